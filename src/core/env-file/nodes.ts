import { scanAssignment, trimSpan, type ScannedAssignment } from './assignment.ts'
import { findLineEnd, isLineEnd, skipBlanks, skipLineEnd } from './characters.ts'
import { parseDirective } from './directives.ts'
import type { AssignmentNode, EnvNode, Span } from './document.ts'
import { LineCounter } from './lines.ts'
import { quoteOf } from './value.ts'

/** Splits a text into nodes whose spans tile it, in one pass. */
export function parseNodes(text: string): EnvNode[] {
  const lines = new LineCounter(text)
  const nodes: EnvNode[] = []
  for (let start = 0; start < text.length;) {
    const node = parseNode(text, start, lines)
    nodes.push(node)
    start = node.span.end
  }
  return nodes
}

function parseNode(text: string, start: number, lines: LineCounter): EnvNode {
  const first = skipBlanks(text, start)
  const isBlankLine = first >= text.length || isLineEnd(text.charCodeAt(first))
  if (!isBlankLine && text[first] !== '#') {
    const scanned = scanAssignment(text, first)
    if (scanned !== undefined) return makeAssignment(text, start, scanned, lines)
  }
  const content = { start: first, end: findLineEnd(text, first) }
  const span = { start, end: skipLineEnd(text, content.end) }
  const { line, column } = lines.at(first)
  if (isBlankLine) return { kind: 'blank', span: { start, end: skipBlankLines(text, span.end) }, line }
  if (text[first] !== '#') return { kind: 'unreadable', span, line, column }
  return makeComment(text.slice(content.start, content.end), { span, line, column })
}

/** Behind the last of the blank lines that follow each other: a file may hold millions of them. */
function skipBlankLines(text: string, from: number): number {
  for (let end = from; ;) {
    const first = skipBlanks(text, end)
    const next = skipLineEnd(text, first)
    // Blanks at the very end are a line too.
    if (next === first) return first >= text.length ? first : end
    end = next
  }
}

/** `source` starts with `#`. */
function makeComment(source: string, base: { span: Span; line: number; column: number }): EnvNode {
  const directive = parseDirective(source)
  if (directive !== undefined) return { kind: 'directive', ...base, directive }
  const text = source.replace(/^#+/, '').trim()
  const assignment = /^(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=/.exec(text)
  if (assignment?.[1] === undefined) return { kind: 'comment', ...base, text }
  const value = text.slice(assignment[0].length).trim()
  return { kind: 'commented-assignment', ...base, name: assignment[1], text: value }
}

function makeAssignment(
  text: string,
  start: number,
  scanned: ScannedAssignment,
  lines: LineCounter,
): AssignmentNode {
  const { name, exported, operatorEnd, value, comment, end } = scanned
  const namePlace = lines.at(name.start)
  const valuePlace = lines.at(value.start)
  const node: AssignmentNode = {
    kind: 'assignment',
    span: { start, end },
    line: namePlace.line,
    name: text.slice(name.start, name.end),
    nameColumn: namePlace.column,
    exported,
    quote: quoteOf(text.slice(value.start, value.end)),
    operatorEnd,
    valueSpan: value,
    valueLine: valuePlace.line,
    valueColumn: valuePlace.column,
  }
  if (comment === undefined) return node
  const shown = trimSpan(text, { start: comment.start + 1, end: comment.end })
  const { column } = lines.at(comment.start)
  return { ...node, inlineComment: { text: text.slice(shown.start, shown.end), column } }
}
