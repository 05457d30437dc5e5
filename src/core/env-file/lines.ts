/** Line and column of offsets, asked for in rising order: linear for a whole document. */
export class LineCounter {
  readonly #starts: readonly number[]
  #line = 0

  constructor(text: string) {
    this.#starts = findLineStarts(text)
  }

  /** From 1, the column in UTF-16 units. `offset` must not be smaller than the last one. */
  at(offset: number): { readonly line: number; readonly column: number } {
    while ((this.#starts[this.#line + 1] ?? Infinity) <= offset) this.#line++
    return { line: this.#line + 1, column: offset - (this.#starts[this.#line] ?? 0) + 1 }
  }
}

function findLineStarts(text: string): number[] {
  const starts = [0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1)
  }
  return starts
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
