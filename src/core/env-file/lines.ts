/** Line and column of offsets, asked for in rising order: linear for a whole document, without a table of its lines. */
export class LineCounter {
  readonly #text: string
  #line = 1
  #start = 0
  #looked = 0

  constructor(text: string) {
    this.#text = text
  }

  /** From 1, the column in UTF-16 units. `offset` must not be smaller than the last one. */
  at(offset: number): { readonly line: number; readonly column: number } {
    for (; this.#looked < offset; this.#looked++) {
      const code = this.#text.charCodeAt(this.#looked)
      const isEnd = code === 10 || (code === 13 && this.#text.charCodeAt(this.#looked + 1) !== 10)
      if (!isEnd) continue
      this.#line++
      this.#start = this.#looked + 1
    }
    return { line: this.#line, column: offset - this.#start + 1 }
  }
}

/** The line end that most lines have; `\n` where there is none. */
export function prevailingNewline(text: string): '\n' | '\r\n' {
  let pairs = 0
  let feeds = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at - 1] === '\r') pairs++
    else feeds++
  }
  return pairs > feeds ? '\r\n' : '\n'
}
