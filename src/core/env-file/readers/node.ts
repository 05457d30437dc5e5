import { refused, trimEndOf, valueOf, type ReaderModel, type Reading } from './model.ts'

/**
 * `node --env-file` and `util.parseEnv`, from Node 20.19 on. Measured on 20, 22 and 24: a quote closes at its next
 * occurrence, backslashes escape nothing but `\n` in double quotes. Where the versions differ (tabs around a value;
 * blanks and nothing else behind `=`, which 22 follows to the next line) the reading counts as refused.
 */
export const nodeReader: ReaderModel = { id: 'node', head: /^(?:export +)?[^\s=:#]+ *=$/, read: readNode }

function readNode(text: string): Reading {
  if (text.includes('\r')) return refused
  if (text === '') return valueOf('')
  const start = text.replace(/^ +/, '')
  if (/^(?:\s|$)/.test(start)) return refused
  const quote = start.charAt(0)
  return quote === '"' || quote === "'" || quote === '`' ? readQuoted(start, quote) : readUnquoted(start)
}

function readQuoted(text: string, quote: string): Reading {
  const close = text.indexOf(quote, 1)
  if (close === -1 || text.includes('\n', close)) return refused
  const inner = text.slice(1, close)
  return valueOf(quote === '"' ? inner.replaceAll('\\n', '\n') : inner)
}

function readUnquoted(text: string): Reading {
  if (text.includes('\n')) return refused
  const [value = ''] = text.split('#', 1)
  const trimmed = trimEndOf(value, / /)
  return /[\t\f\v]$/.test(trimmed) ? refused : valueOf(trimmed)
}
