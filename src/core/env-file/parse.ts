import { decodeText, requireText } from './decode.ts'
import type { AssignmentNode, Directive, DirectiveNode, EnvNode, Span } from './document.ts'
import { prevailingNewline } from './lines.ts'
import { parseNodes } from './nodes.ts'
import { readDotenvValue } from './value.ts'

const inspectSymbol = Symbol.for('nodejs.util.inspect.custom')
const byteOrderMark = '\ufeff'

/**
 * A `.env` file as it stands, immutable. Printing gives back its bytes; values are those that the `dotenv` package
 * reads (its default mode, without expansion). The text is private, and `inspect` and JSON show no content, but
 * nodes carry comments, which may hold a secret: do not print nodes.
 */
export class EnvDocument {
  readonly path: string
  readonly nodes: readonly EnvNode[]
  /** Active assignments in the order of the file, duplicates included. */
  readonly assignments: readonly AssignmentNode[]
  /** The line end that most lines have; `\n` where there is none. */
  readonly newline: '\n' | '\r\n'
  readonly #text: string
  readonly #hasMark: boolean
  #byName: Map<string, AssignmentNode[]> | undefined
  #position: Map<EnvNode, number> | undefined

  private constructor(text: string, path: string) {
    this.path = path
    this.#hasMark = text.startsWith(byteOrderMark)
    this.#text = this.#hasMark ? text.slice(1) : text
    this.nodes = parseNodes(this.#text)
    this.assignments = this.nodes.filter(node => node.kind === 'assignment')
    this.newline = prevailingNewline(this.#text)
  }

  /** Throws `env_file.not_text` for NUL bytes, UTF-16 and invalid UTF-8; any other content is a document. */
  static parse(bytes: Uint8Array, path: string): EnvDocument {
    return new EnvDocument(decodeText(bytes, path), path)
  }

  /** The same from text; throws `env_file.not_text` for NUL and for half surrogate pairs. */
  static fromText(text: string, path: string): EnvDocument {
    requireText(text, path)
    return new EnvDocument(text, path)
  }

  /** The bytes of the file, a byte order mark included. */
  print(): Uint8Array {
    return new TextEncoder().encode(this.#hasMark ? byteOrderMark + this.#text : this.#text)
  }

  /** Of the text that spans refer to, in UTF-16 units. */
  get length(): number {
    return this.#text.length
  }

  get hasByteOrderMark(): boolean {
    return this.#hasMark
  }

  /** The text that spans refer to: all of the file but the byte order mark. Holds values: never for messages. */
  slice(span: Span): string {
    return this.#text.slice(span.start, span.end)
  }

  /** The node's own text with its line end. Holds values: never for messages. */
  sourceText(node: EnvNode): string {
    return this.slice(node.span)
  }

  /** The assignment that counts, which is the last one of that name. */
  find(name: string): AssignmentNode | undefined {
    return this.#index().get(name)?.at(-1)
  }

  findAll(name: string): readonly AssignmentNode[] {
    return this.#index().get(name) ?? []
  }

  /** What `dotenv` reads for this assignment. */
  value(node: AssignmentNode): string {
    return readDotenvValue(this.slice(node.valueSpan))
  }

  /** What `dotenv` reads for the file; the last assignment of a name wins. A Map, so that `__proto__` is a name too. */
  values(): Map<string, string> {
    return new Map(this.assignments.map(node => [node.name, this.value(node)]))
  }

  /** The readable directives on the lines directly above; any line of another kind ends the block. In file order. */
  directivesFor(node: AssignmentNode): readonly Directive[] {
    const found: Directive[] = []
    for (let at = this.indexOf(node) - 1; ; at--) {
      const above = this.nodes[at]
      if (above?.kind !== 'directive') return found.reverse()
      if (!('problem' in above.directive)) found.push(above.directive)
    }
  }

  /** Every readable directive of the file, whatever stands below it. */
  directives(): { readonly node: DirectiveNode; readonly directive: Directive }[] {
    return this.nodes.flatMap(node =>
      node.kind === 'directive' && !('problem' in node.directive)
        ? [{ node, directive: node.directive }]
        : [],
    )
  }

  /** Directive lines that cannot be read. The problem quotes nothing of the line. */
  directiveProblems(): { readonly node: DirectiveNode; readonly problem: string }[] {
    return this.nodes.flatMap(node =>
      node.kind === 'directive' && 'problem' in node.directive
        ? [{ node, problem: node.directive.problem }]
        : [],
    )
  }

  /** The place of a node of this document in `nodes`; -1 for a node of another document. */
  indexOf(node: EnvNode): number {
    this.#position ??= new Map(this.nodes.map((each, index) => [each, index]))
    return this.#position.get(node) ?? -1
  }

  toJSON(): { path: string; nodes: number } {
    return { path: this.path, nodes: this.nodes.length }
  }

  [inspectSymbol](): string {
    return `EnvDocument(${this.path}, ${String(this.nodes.length)} nodes)`
  }

  #index(): Map<string, AssignmentNode[]> {
    if (this.#byName !== undefined) return this.#byName
    const index = new Map<string, AssignmentNode[]>()
    for (const node of this.assignments) {
      const same = index.get(node.name)
      if (same === undefined) index.set(node.name, [node])
      else same.push(node)
    }
    this.#byName = index
    return index
  }
}
