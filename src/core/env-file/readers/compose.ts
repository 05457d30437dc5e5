import { expands, isLineRest, refused, trimEndOf, valueOf, type ReaderModel, type Reading } from './model.ts'

/**
 * Docker Compose (`env_file`, `.env`): the dotenv parser of compose-go v2. Single quotes are literal but for an
 * escaped quote, double quotes process escapes and variables, an unquoted value variables; ` #` starts a comment.
 * Fixtures were measured with compose-go 2.16.
 */
export const composeReader: ReaderModel = {
  id: 'compose',
  head: /^(?:export[ \t]+)?[\w.-]+[ \t]*[=:]$/,
  read: readCompose,
}

/** Go's `unicode.IsSpace`: the `\\s` of JavaScript without U+FEFF, with U+0085. */
const unquotedEnd = /[^\S\ufeff]|\u0085/

function readCompose(text: string): Reading {
  if (text.includes('\r')) return refused
  const start = text.replace(/^[ \t\v\f\u0085\u00a0]+/, '')
  const quote = start.charAt(0)
  if (quote === '"' || quote === "'") return readQuoted(start, quote)
  if (start.includes('\n')) return refused
  const [value = ''] = start.split(' #', 1)
  return substitute(trimEndOf(value, unquotedEnd))
}

/** A backslash escapes the quote and keeps itself before anything else; escapes pair up from the left. */
function readQuoted(text: string, quote: string): Reading {
  const inner: string[] = []
  for (let at = 1, copied = 1; at < text.length; at++) {
    const isEscape = text[at] === '\\'
    if (!isEscape && text[at] !== quote) continue
    inner.push(text.slice(copied, at))
    if (!isEscape) {
      if (!isLineRest(text.slice(at + 1))) return refused
      return quote === '"' ? expandEscapes(inner.join('')) : valueOf(inner.join(''))
    }
    at++
    inner.push(text[at] === quote ? quote : text.slice(at - 1, at + 1))
    copied = at + 1
  }
  return refused
}

const goEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  c: '\\c',
  $: '$$',
}

/** Octal escapes (`\0…`) are left out: nobody writes them, and their reading varies with their length. */
function expandEscapes(text: string): Reading {
  if (/\\0/.test(text)) return refused
  return substitute(
    text.replace(/\\([abcfnrtv$"\\])/g, (match, escaped: string) => goEscapes[escaped] ?? match),
  )
}

/** `$$` is a dollar, `$NAME` and `${` need other variables, any other `$` is itself. */
function substitute(text: string): Reading {
  if (!text.includes('$')) return valueOf(text)
  const literal = text.replaceAll('$$', '')
  if (/\$(?:[A-Za-z_]|\{)/.test(literal)) return expands
  return valueOf(text.replace(/\$\$/g, '$'))
}
