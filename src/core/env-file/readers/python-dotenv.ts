import { expands, refused, trimEndOf, valueOf, type ReaderModel, type Reading } from './model.ts'

/**
 * The Python package `python-dotenv` with its default, interpolation on. It replaces `${NAME}` in every value, in
 * single quotes too, and has no escape for it; it decodes `\\` and `\'` in single quotes. Source of the facts: its
 * parser, which the tests run where it is installed.
 */
export const pythonDotenvReader: ReaderModel = {
  id: 'python-dotenv',
  head: /^(?:export[ \t]+)?[^\s=:#]+[ \t]*=$/,
  read: readPython,
}

/** `\s` of Python's `re` without the line ends that its parser knows. */
const blank = '[\\t\\v\\f\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const leading = new RegExp(`^${blank}*`)
const lineRest = new RegExp(`^${blank}*(?:#[^\\n]*)?$`)
const commentStart = new RegExp(`${blank}#`)
const trailing = new RegExp(blank)

const controlEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function readPython(text: string): Reading {
  if (text.includes('\r')) return refused
  const start = text.replace(leading, '')
  const reading = readValue(start)
  return reading.kind === 'value' && isInterpolated(reading.value) ? expands : reading
}

/** A name up to the first `}` or `:`, and then only `:-default`. Nothing behind the last `}` can match: linear. */
function isInterpolated(value: string): boolean {
  return /\$\{[^}:]*(?::-[^}]*)?\}/.test(value.slice(0, value.lastIndexOf('}') + 1))
}

function readValue(text: string): Reading {
  if (text.startsWith("'")) return readQuoted(text, /\\([\\'])/g)
  if (text.startsWith('"')) return readQuoted(text, /\\([\\'"abfnrtv])/g)
  return text.includes('\n') ? refused : valueOf(trimEndOf(cutComment(text), trailing))
}

function readQuoted(text: string, escapes: RegExp): Reading {
  const close = findUnescaped(text, text.charAt(0))
  if (close === undefined || !lineRest.test(text.slice(close + 1))) return refused
  const inner = text.slice(1, close)
  return valueOf(inner.replace(escapes, (_match, escaped: string) => controlEscapes[escaped] ?? escaped))
}

/** Only the character before a quote decides, a backslash that is itself escaped included. */
function findUnescaped(text: string, quote: string): number | undefined {
  let at = text.indexOf(quote, 1)
  while (at !== -1 && text[at - 1] === '\\') at = text.indexOf(quote, at + 1)
  return at === -1 ? undefined : at
}

/** A comment starts at a `#` that a blank precedes. */
function cutComment(line: string): string {
  const start = commentStart.exec(line)
  return start === null ? line : line.slice(0, start.index)
}
