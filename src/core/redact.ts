import type { Secret } from './secret.ts'

/** Shorter texts occur everywhere by chance: replacing them would destroy the output and tell the value by its gaps. */
const shortest = 4
const mark = '[redacted]'

/**
 * Replaces every occurrence of the values in a text by `[redacted]`: as they are, in base64 and base64url (also inside
 * something longer, such as `user:password`), hex, percent-encoded and escaped for JSON. The longest spelling goes
 * first, so that a value inside another leaves no rest. Values under four characters are not looked for.
 */
export function createRedactor(secrets: readonly Secret[]): (text: string) => string {
  const spellings = new Set(secrets.flatMap(secret => spellingsOf(secret.reveal())))
  if (spellings.size === 0) return text => text
  const longestFirst = [...spellings].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(escapePattern).join('|'), 'g')
  return text => text.replace(pattern, mark)
}

function spellingsOf(value: string): readonly string[] {
  if (value.length < shortest) return []
  const bytes = Buffer.from(value, 'utf8')
  const hex = bytes.toString('hex')
  const percent = encodePercent(value)
  const json = JSON.stringify(value).slice(1, -1)
  return [
    value,
    ...base64Spellings(bytes),
    hex,
    hex.toUpperCase(),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    percent.replaceAll('%20', '+'),
    json,
    escapeNonAscii(json),
  ]
}

/** The value may begin at any of three places of a group of four; the characters at its borders depend on neighbours. */
function base64Spellings(bytes: Buffer): readonly string[] {
  const whole = bytes.toString('base64')
  const inner = [1, 2].flatMap(offset => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return text.slice(offset + 1, Math.floor(((offset + bytes.length) * 4) / 3))
  })
  const start = whole.slice(0, Math.floor((bytes.length * 4) / 3))
  const all = [whole, whole.replace(/=+$/, ''), start, ...inner].filter(text => text.length >= shortest)
  return [...all, ...all.map(text => text.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** A lone half of a surrogate pair has no encoding, and then stands nowhere in that form. */
function encodePercent(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return value
  }
}

function escapeNonAscii(text: string): string {
  return text.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
}
