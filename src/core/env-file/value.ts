import type { Quote } from './document.ts'

const quoteNames = new Map<string, Quote>([
  ["'", 'single'],
  ['"', 'double'],
  ['`', 'backtick'],
])

/**
 * The value that `dotenv` makes of a value's source text (with its quotes, without surrounding blanks): line ends
 * become `\n`, one pair of quotes is taken off, and `\n` and `\r` are expanded where the text starts with `"`,
 * closed or not.
 */
export function readDotenvValue(source: string): string {
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source
  const bare = stripQuotes(text)
  if (!text.startsWith('"')) return bare
  return bare.replaceAll('\\n', '\n').replaceAll('\\r', '\r')
}

/** The quotes around a value's source text, `none` also for those that nothing closes. */
export function quoteOf(source: string): Quote {
  const quote = quoteNames.get(source.charAt(0))
  return quote !== undefined && source.length > 1 && source.endsWith(source.charAt(0)) ? quote : 'none'
}

/**
 * What `replace(/^(['"`])([\s\S]*)\1$/gm, '$2')` does, in linear time. Only a text with line ends inside and no
 * closing quote at its end can have more than one match, and that is rare.
 */
function stripQuotes(text: string): string {
  if (quoteOf(text) !== 'none') return text.slice(1, -1)
  return /[\n\u2028\u2029]/.test(text) ? stripQuotesByLine(text) : text
}

function stripQuotesByLine(text: string): string {
  const lastClosing = new Map<string, number>()
  for (const match of text.matchAll(/['"`](?=[\n\u2028\u2029]|$)/g)) {
    lastClosing.set(match[0], match.index)
  }
  let stripped = ''
  let copied = 0
  for (const match of text.matchAll(/(?<![^\n\u2028\u2029])['"`]/g)) {
    const close = lastClosing.get(match[0]) ?? -1
    if (match.index < copied || close <= match.index) continue
    stripped += text.slice(copied, match.index) + text.slice(match.index + 1, close)
    copied = close + 1
  }
  return stripped + text.slice(copied)
}
