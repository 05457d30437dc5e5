import type { AssignmentNode, EnvDocument } from '../env-file/index.ts'
import type { Evidence } from './decision.ts'

/** Comment lines that stand together. */
export interface CommentGroup {
  readonly text: string
  /** Where the character at `offset` of `text` stands in the file. */
  placeOf(offset: number): Evidence
}

/** The comments around one variable, nearest first. */
export interface Comments {
  /** Behind the value. */
  readonly inline?: CommentGroup
  /** On the lines directly above, or with blank lines between where nothing else stands there. */
  readonly direct?: CommentGroup
  /** Above an earlier variable of the same paragraph, where it has none of its own: `# generate all of these`. */
  readonly covering?: CommentGroup
  /** The last paragraph of nothing but comments above: a title with its introduction. */
  readonly section?: CommentGroup
  /** The same where it is the first of the file: it introduces everything and so says little of one variable. */
  readonly header?: CommentGroup
}

interface Line extends Evidence {
  readonly text: string
}

/** Reading stops here: the words that matter stand near the variable, at the end of a long comment. */
const longest = 4000

/** The comments of every active assignment, and every group of comment lines in the file. */
export function readComments(document: EnvDocument): {
  readonly of: ReadonlyMap<AssignmentNode, Comments>
  readonly groups: readonly CommentGroup[]
} {
  const reader = new CommentReader()
  for (const node of document.nodes) {
    switch (node.kind) {
      case 'comment':
        reader.addLine({ text: node.text, line: node.line, column: node.column })
        break
      case 'commented-assignment':
        reader.addAlternative(node.name)
        break
      case 'assignment':
        reader.addAssignment(node)
        break
      case 'blank':
        reader.endParagraph()
        break
      case 'directive':
      case 'unreadable':
        break
      default:
        node satisfies never
    }
  }
  return { of: reader.found, groups: reader.groups }
}

/** One pass from top to bottom; remembers what stands above the next variable. */
class CommentReader {
  readonly found = new Map<AssignmentNode, Comments>()
  readonly groups: CommentGroup[] = []
  #lines: Line[] = []
  /** Lines above a commented-out assignment belong to it; they count again when the same name follows. */
  #alternative: { readonly name: string; readonly lines: readonly Line[] } | undefined
  #covering: CommentGroup | undefined
  #section: CommentGroup | undefined
  #header: CommentGroup | undefined
  #isFirst = true
  /** A paragraph of comments with nothing but blank lines since. */
  #adjacent: CommentGroup | undefined

  addLine(line: Line): void {
    this.#lines.push(line)
  }

  addAlternative(name: string): void {
    if (this.#lines.length > 0) this.#addGroup(this.#lines)
    this.#alternative = { name, lines: this.#lines }
    this.#lines = []
  }

  addAssignment(node: AssignmentNode): void {
    const above = this.#alternative?.name === node.name ? this.#alternative.lines : []
    const lines = [...above, ...this.#lines]
    const direct = lines.length > 0 ? this.#addGroup(lines) : undefined
    const adjacent = direct === undefined ? this.#adjacent : undefined
    const inline = readInline(node)
    if (inline !== undefined) this.groups.push(inline)
    const nearest = direct ?? adjacent
    this.found.set(node, {
      ...(inline === undefined ? {} : { inline }),
      ...(nearest === undefined ? {} : { direct: nearest }),
      ...(nearest !== undefined || this.#covering === undefined ? {} : { covering: this.#covering }),
      ...(this.#section === undefined || adjacent === this.#section ? {} : { section: this.#section }),
      ...(this.#header === undefined ? {} : { header: this.#header }),
    })
    this.#covering = nearest ?? this.#covering
    this.#isFirst = false
    this.#lines = []
    this.#alternative = undefined
    this.#adjacent = undefined
  }

  endParagraph(): void {
    if (this.#lines.length > 0) {
      const group = this.#addGroup(this.#lines)
      if (this.#isFirst) this.#header = group
      else this.#section = group
      this.#isFirst = false
      this.#adjacent = group
    }
    this.#lines = []
    this.#alternative = undefined
    this.#covering = undefined
  }

  #addGroup(lines: readonly Line[]): CommentGroup {
    const group = makeGroup(lines)
    this.groups.push(group)
    return group
  }
}

function readInline(node: AssignmentNode): CommentGroup | undefined {
  if (node.inlineComment === undefined) return undefined
  return makeGroup([
    { text: node.inlineComment.text, line: node.valueLine, column: node.inlineComment.column },
  ])
}

function makeGroup(lines: readonly Line[]): CommentGroup {
  const kept: Line[] = []
  let length = 0
  for (let at = lines.length - 1; at >= 0 && length < longest; at--) {
    const line = lines[at]
    if (line === undefined) continue
    kept.unshift({ ...line, text: line.text.slice(0, longest) })
    length += line.text.length + 1
  }
  return {
    text: kept.map(({ text }) => text).join('\n'),
    placeOf(offset) {
      let rest = offset
      for (const { text, line, column } of kept) {
        if (rest <= text.length) return { line, column }
        rest -= text.length + 1
      }
      return { line: kept.at(-1)?.line ?? 1, column: kept.at(-1)?.column ?? 1 }
    },
  }
}
