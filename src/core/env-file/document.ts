import type { Place } from '../errors.ts'

/** Half-open range of UTF-16 offsets in the document's text, which does not count a byte order mark at its start. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type Quote = 'none' | 'single' | 'double' | 'backtick'

interface NodeBase {
  /** The whole node with its line end(s); the spans of all nodes tile the text without gaps. */
  readonly span: Span
  /** From 1. Lines end with `\n`, `\r\n` or a lone `\r`. */
  readonly line: number
}

/** All the blank lines that stand together; `line` is the first of them. */
export interface BlankNode extends NodeBase {
  readonly kind: 'blank'
}

/** A comment line that is neither a commented-out assignment nor a directive. */
export interface CommentNode extends NodeBase {
  readonly kind: 'comment'
  /** Without the `#` (or run of them) at its start and surrounding blanks. */
  readonly text: string
  readonly column: number
}

/** `# NAME=value`: stays a comment; tells the classifier about alternatives. */
export interface CommentedAssignmentNode extends NodeBase {
  readonly kind: 'commented-assignment'
  readonly name: string
  /** Text after `=` without surrounding blanks; not unquoted. */
  readonly text: string
  readonly column: number
}

/** `# secrets: <verb> …`, read or not: a malformed one carries its problem. */
export interface DirectiveNode extends NodeBase {
  readonly kind: 'directive'
  readonly column: number
  readonly directive: Directive | { readonly problem: string }
}

export interface Directive {
  readonly verb: string
  readonly args: readonly string[]
  readonly keys: Readonly<Record<string, string>>
}

export interface AssignmentNode extends NodeBase {
  /** `line` is the line of the name (`export` may stand on a line before it). */
  readonly kind: 'assignment'
  readonly name: string
  readonly nameColumn: number
  readonly exported: boolean
  /** The quotes that `dotenv` takes off the value. */
  readonly quote: Quote
  /** Offset just behind `=` or `:`. */
  readonly operatorEnd: number
  /** The value with its quotes, without surrounding blanks; where there is no value, empty and at `operatorEnd`. */
  readonly valueSpan: Span
  readonly valueLine: number
  readonly valueColumn: number
  /** The comment after the value, without `#` and blanks. */
  readonly inlineComment?: { readonly text: string; readonly column: number }
}

/** A line (or lines) that the `dotenv` package does not read as an assignment. */
export interface UnreadableNode extends NodeBase {
  readonly kind: 'unreadable'
  readonly column: number
}

export type EnvNode =
  BlankNode | CommentNode | CommentedAssignmentNode | DirectiveNode | AssignmentNode | UnreadableNode

export function placeOf(path: string, node: EnvNode): Place {
  const column = node.kind === 'assignment' ? node.nameColumn : 'column' in node ? node.column : 1
  return { path, line: node.line, column }
}
