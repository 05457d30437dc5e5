import {
  findLineEnd,
  isBlank,
  isLineEnd,
  isNameCharacter,
  isQuote,
  isSpace,
  skipBlanks,
  skipLineEnd,
  skipSpaces,
} from './characters.ts'
import type { Span } from './document.ts'

/** One assignment as offsets into the text. */
export interface ScannedAssignment {
  readonly name: Span
  readonly exported: boolean
  /** Just behind `=` or `:`. */
  readonly operatorEnd: number
  readonly value: Span
  /** From `#` to the end of the line. */
  readonly comment: Span | undefined
  /** Behind the line end. */
  readonly end: number
}

interface Head {
  readonly name: Span
  readonly exported: boolean
  readonly operatorEnd: number
  /** Where the value may start: behind the one blank (or line end) that `:` needs. */
  readonly content: number
}

/**
 * Reads the assignment that starts at `start` (its first character that is no blank), or `undefined` where `dotenv`
 * reads none. Follows dotenv's default expression
 * `^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(quoted|[^#\r\n]+)?\s*(?:#.*)?$` step by step, without
 * backtracking: every character is looked at a bounded number of times.
 */
export function scanAssignment(text: string, start: number): ScannedAssignment | undefined {
  const head = scanHead(text, start)
  if (head === undefined) return undefined
  return scanQuoted(text, head) ?? scanUnquoted(text, head)
}

function scanHead(text: string, start: number): Head | undefined {
  if (text.startsWith('export', start) && isSpace(text.charCodeAt(start + 6))) {
    const name = skipSpaces(text, start + 6)
    if (isNameCharacter(text.charCodeAt(name))) return scanOperator(text, name, true)
  }
  return scanOperator(text, start, false)
}

function scanOperator(text: string, start: number, exported: boolean): Head | undefined {
  let end = start
  while (end < text.length && isNameCharacter(text.charCodeAt(end))) end++
  if (end === start) return undefined
  const name = { start, end }
  const equals = skipSpaces(text, end)
  if (text[equals] === '=') return { name, exported, operatorEnd: equals + 1, content: equals + 1 }
  if (text[end] !== ':' || !isSpace(text.charCodeAt(end + 1))) return undefined
  const lineEnd = skipLineEnd(text, end + 1)
  return { name, exported, operatorEnd: end + 1, content: lineEnd > end + 1 ? lineEnd : end + 2 }
}

function scanQuoted(text: string, head: Head): ScannedAssignment | undefined {
  const open = skipSpaces(text, head.content)
  if (!isQuote(text.charCodeAt(open))) return undefined
  const close = findClosingQuote(text, open)
  if (close === undefined) return undefined
  const after = skipBlanks(text, close + 1)
  return finish(text, head, { start: open, end: close + 1 }, after)
}

/**
 * The quote that closes the one at `open`: the first that no backslash precedes, if the rest of its line is empty
 * or a comment; else the last escaped one before it of which that is true. (The expression tries them in that
 * order.) The next opening quote of the same kind is never escaped, so all searches together stay linear.
 */
function findClosingQuote(text: string, open: number): number | undefined {
  const quote = text.charAt(open)
  let found: number | undefined
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    const rest = skipBlanks(text, at + 1)
    if (rest >= text.length || text[rest] === '#' || isLineEnd(text.charCodeAt(rest))) found = at
    if (text[at - 1] !== '\\') break
  }
  return found
}

function scanUnquoted(text: string, head: Head): ScannedAssignment {
  let stop = head.content
  while (stop < text.length && !stopsUnquoted(text.charCodeAt(stop))) stop++
  let start = head.content
  while (start < stop && isSpace(text.charCodeAt(start))) start++
  let end = stop
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  if (start < end) return finish(text, head, { start, end }, stop)
  const value = { start: head.operatorEnd, end: head.operatorEnd }
  const hasEndedLine = head.content > head.operatorEnd && isLineEnd(text.charCodeAt(head.operatorEnd))
  return finish(text, head, value, hasEndedLine ? head.operatorEnd : stop)
}

function stopsUnquoted(code: number): boolean {
  return code === 35 || code === 10 || code === 13
}

/** Adds what follows the value: a comment, and the line end. */
function finish(text: string, head: Head, value: Span, rest: number): ScannedAssignment {
  const { name, exported, operatorEnd } = head
  const lineEnd = findLineEnd(text, rest)
  const comment = text[rest] === '#' ? { start: rest, end: lineEnd } : undefined
  return { name, exported, operatorEnd, value, comment, end: skipLineEnd(text, lineEnd) }
}

/** Without blanks at both ends: comments are shown, not kept, in this form. */
export function trimSpan(text: string, span: Span): Span {
  let { start, end } = span
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return { start, end }
}
