import { SecretsError } from '../errors.ts'
import { isLineEnd, skipBlanks } from './characters.ts'
import { placeOf, type AssignmentNode, type EnvNode, type Span } from './document.ts'
import { EnvDocument } from './parse.ts'

/** The order at one offset: the value of the node before it, what follows that node, what precedes the node there. */
const ranks = { value: 0, after: 1, before: 2, remove: 3, append: 4 } as const

interface Edit extends Span {
  readonly rank: (typeof ranks)[keyof typeof ranks]
  /** Whole lines (a line end before them where one is missing) or text inside a line. */
  readonly content: { readonly lines: readonly string[] } | { readonly text: string }
}

/**
 * Collects edits of one document and applies them in one pass, however many they are. Nodes are those of the
 * document given; edits do not see each other, and several insertions at one place keep their order. What is not
 * edited stays as it is, byte for byte.
 */
export class EditSession {
  readonly #document: EnvDocument
  readonly #edits: Edit[] = []
  readonly #values = new Map<AssignmentNode, string>()

  constructor(document: EnvDocument) {
    this.#document = document
  }

  /**
   * Puts `encoded` (see `encodeValue`) where the value stands, or just behind `=`. Keeps `export`, spacing and an
   * inline comment; adds a blank where a comment would otherwise touch the value or `:` needs one.
   */
  setValue(node: AssignmentNode, encoded: string): this {
    this.#requireOwn(node)
    const { span, before, after } = this.#valueRegion(node, encoded)
    this.#values.set(node, encoded)
    this.#edits.push({ ...span, rank: ranks.value, content: { text: before + encoded + after } })
    return this
  }

  remove(nodes: readonly EnvNode[]): this {
    for (const node of nodes) {
      this.#requireOwn(node)
      this.#edits.push({ ...node.span, rank: ranks.remove, content: { text: '' } })
    }
    return this
  }

  /** Removes the nodes and puts the lines where the first of them stood. */
  replaceNodes(nodes: readonly EnvNode[], lines: readonly string[]): this {
    const first = nodes[0]
    return first === undefined ? this : this.insertBefore(first, lines).remove(nodes)
  }

  /** Lines carry no line end of their own; they get the document's. */
  insertBefore(node: EnvNode, lines: readonly string[]): this {
    this.#requireOwn(node)
    return this.#insert(node.span.start, ranks.before, lines)
  }

  insertAfter(node: EnvNode, lines: readonly string[]): this {
    this.#requireOwn(node)
    return this.#insert(node.span.end, ranks.after, lines)
  }

  /** At the end of the file, behind a line end that is added where it is missing. */
  append(lines: readonly string[]): this {
    return this.#insert(this.#document.length, ranks.append, lines)
  }

  /**
   * The edited document. Throws `env_file.unsupported_value` rather than return a document in which an assignment
   * that was kept or set reads otherwise than meant (an open quote can swallow lines that are put behind it).
   */
  apply(): EnvDocument {
    if (this.#edits.length === 0) return this.#document
    const { text, operators } = this.#write()
    const mark = this.#document.hasByteOrderMark ? '\ufeff' : ''
    const edited = EnvDocument.fromText(mark + text, this.#document.path)
    this.#verify(edited, operators)
    return edited
  }

  #insert(at: number, rank: Edit['rank'], lines: readonly string[]): this {
    if (lines.length > 0) this.#edits.push({ start: at, end: at, rank, content: { lines } })
    return this
  }

  #requireOwn(node: EnvNode): void {
    if (this.#document.indexOf(node) === -1) throw new TypeError('a node of another document was edited')
  }

  #valueRegion(node: AssignmentNode, encoded: string): { span: Span; before: string; after: string } {
    const { operatorEnd, valueSpan, span } = node
    const line = { start: operatorEnd, end: span.end }
    const source = this.#document.slice(line)
    const isColon = this.#document.slice({ start: operatorEnd - 1, end: operatorEnd }) === ':'
    const valueStart = valueSpan.start - operatorEnd
    const valueEnd = valueSpan.end - operatorEnd
    const isOnNextLine = hasLineEnd(source, 0, valueStart)
    let [start, end] = isOnNextLine ? [0, valueEnd] : [valueStart, valueEnd]
    if (encoded === '' && !isColon) {
      // Node 22 reads `A=` with blanks behind it as if the next line were the value.
      const rest = skipBlanks(source, end)
      if (rest >= source.length || isLineEnd(source.charCodeAt(rest))) [start, end] = [0, rest]
    }
    return {
      span: { start: operatorEnd + start, end: operatorEnd + end },
      before: isColon && start === 0 ? ' ' : '',
      after: source[end] === '#' ? ' ' : '',
    }
  }

  /** The new text, and where the operators of the kept assignments came to stand in it. */
  #write(): { text: string; operators: Map<AssignmentNode, number> } {
    const output = new Output(this.#document)
    for (const edit of this.#edits.sort(compareEdits)) {
      if (edit.start < output.copied) throw new TypeError('two edits of one document overlap')
      output.copyTo(edit.start)
      output.skipTo(edit.end)
      if ('text' in edit.content) output.write(edit.content.text)
      else output.writeLines(edit.content.lines)
    }
    output.copyTo(this.#document.length)
    return { text: output.text(), operators: output.operators }
  }

  #verify(edited: EnvDocument, operators: ReadonlyMap<AssignmentNode, number>): void {
    const byOperator = new Map(edited.assignments.map(node => [node.operatorEnd, node]))
    for (const [node, operatorEnd] of operators) {
      const now = byOperator.get(operatorEnd)
      const meant = this.#values.get(node) ?? this.#document.slice(node.valueSpan)
      if (now?.name === node.name && edited.slice(now.valueSpan) === meant) continue
      throw new SecretsError(
        'env_file.unsupported_value',
        `the change would alter what ${node.name} reads as`,
        {
          at: placeOf(this.#document.path, node),
          hints: ['look for a quote without its partner near that line'],
        },
      )
    }
  }
}

function compareEdits(a: Edit, b: Edit): number {
  return a.start - b.start || a.rank - b.rank
}

function hasLineEnd(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (isLineEnd(text.charCodeAt(at))) return true
  return false
}

/** The text under construction: parts of the old one and what is put between them. */
class Output {
  /** How far the old text has been copied or skipped. */
  copied = 0
  /** In the new text: the offset behind the operator of each assignment that was copied. */
  readonly operators = new Map<AssignmentNode, number>()
  readonly #document: EnvDocument
  readonly #parts: string[] = []
  #length = 0
  #endsLine = true
  #nextAssignment = 0

  constructor(document: EnvDocument) {
    this.#document = document
  }

  copyTo(end: number): void {
    const shift = this.#length - this.copied
    for (const node of this.#takeUntil(end)) this.operators.set(node, node.operatorEnd + shift)
    this.write(this.#document.slice({ start: this.copied, end }))
    this.copied = end
  }

  skipTo(end: number): void {
    this.#takeUntil(end)
    this.copied = end
  }

  write(text: string): void {
    if (text === '') return
    this.#parts.push(text)
    this.#length += text.length
    this.#endsLine = text.endsWith('\n') || text.endsWith('\r')
  }

  writeLines(lines: readonly string[]): void {
    const { newline } = this.#document
    if (!this.#endsLine) this.write(newline)
    this.write(lines.join(newline) + newline)
  }

  text(): string {
    return this.#parts.join('')
  }

  /** The next assignments whose operator stands before `end`. */
  #takeUntil(end: number): readonly AssignmentNode[] {
    const first = this.#nextAssignment
    const { assignments } = this.#document
    while ((assignments[this.#nextAssignment]?.operatorEnd ?? Infinity) <= end) this.#nextAssignment++
    return assignments.slice(first, this.#nextAssignment)
  }
}

/** One edit of its own; `EditSession` for more than one, because nodes belong to one document. */
export function setValue(document: EnvDocument, node: AssignmentNode, encoded: string): EnvDocument {
  return new EditSession(document).setValue(node, encoded).apply()
}

export function replaceNodes(
  document: EnvDocument,
  nodes: readonly EnvNode[],
  lines: readonly string[],
): EnvDocument {
  return new EditSession(document).replaceNodes(nodes, lines).apply()
}

export function insertBefore(document: EnvDocument, node: EnvNode, lines: readonly string[]): EnvDocument {
  return new EditSession(document).insertBefore(node, lines).apply()
}

export function insertAfter(document: EnvDocument, node: EnvNode, lines: readonly string[]): EnvDocument {
  return new EditSession(document).insertAfter(node, lines).apply()
}

export function append(document: EnvDocument, lines: readonly string[]): EnvDocument {
  return new EditSession(document).append(lines).apply()
}

export function remove(document: EnvDocument, nodes: readonly EnvNode[]): EnvDocument {
  return new EditSession(document).remove(nodes).apply()
}
