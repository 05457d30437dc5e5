import type { Secret } from '../secret.ts'

/** Shorter texts occur everywhere by chance: replacing them would destroy the output and tell the value by its gaps. */
export const shortest = 4

/**
 * The texts in which a value may turn up in what a program prints: as it is; in base64 and base64url, also inside
 * something longer such as `user:password`; hex; percent-encoded; escaped for JSON; quoted for a shell; and each long
 * line of a value of several lines. None for a value under four characters.
 */
export function spellingsOf(secret: Secret): readonly string[] {
  const value = secret.reveal()
  if (value.length < shortest) return []
  const whole = spellingsOfText(value)
  return [...new Set([...whole, ...longLines(value).flatMap(spellingsOfText)])]
}

function spellingsOfText(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8')
  const hex = bytes.toString('hex')
  const encoded = [value, ...base64Spellings(bytes), hex, hex.toUpperCase()]
  const escaped = nothingToEscape.test(value)
    ? []
    : [...percentSpellings(value), ...jsonSpellings(value), ...shellSpellings(value)]
  return [...encoded, ...escaped].filter(text => text.length >= shortest)
}

/** Most values that are generated: the same text in an address, in JSON and in a shell. */
const nothingToEscape = /^[A-Za-z0-9_.-]*$/

/** What is too short, or stands in every file of that kind, would be found everywhere. */
const shortestLine = 16
const armour = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/

function longLines(value: string): readonly string[] {
  const lines = value.split(/\r\n|\r|\n/).map(line => line.trim())
  return lines.length < 2 ? [] : lines.filter(line => line.length >= shortestLine && !armour.test(line))
}

/** The value may begin at any of three places of a group of four; the characters at its borders depend on neighbours. */
function base64Spellings(bytes: Buffer): readonly string[] {
  const whole = bytes.toString('base64')
  const inner = [1, 2].flatMap(offset => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return text.slice(offset + 1, Math.floor(((offset + bytes.length) * 4) / 3))
  })
  const start = whole.slice(0, Math.floor((bytes.length * 4) / 3))
  const all = [whole, whole.replace(/=+$/, ''), start, ...inner]
  return [...all, ...all.map(text => text.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** As browsers, Python (which leaves the slash) and HTML forms do it, with digits in either case. */
function percentSpellings(value: string): readonly string[] {
  const percent = encodePercent(value)
  const strict = percent.replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const all = [percent, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+')]
  return [...all, percent.replaceAll('%20', '+')].flatMap(text => [
    text,
    text.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
  ])
}

/** As most writers do it, as ASCII only, with PHP's escaped slash, and with what Go escapes for HTML. */
function jsonSpellings(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const isHtml = /[<>&]/g
  const all = [json, escapeNonAscii(json), json.replaceAll('/', String.raw`\/`)]
  return [...all, json.replace(isHtml, escapeUnit)]
}

/** Inside single quotes, inside double quotes, and with a backslash before each sign that a shell would read. */
function shellSpellings(value: string): readonly string[] {
  return [
    value.replaceAll("'", String.raw`'\''`),
    value.replaceAll("'", `'"'"'`),
    value.replace(/["$`\\]/g, String.raw`\$&`),
    value.replace(/[^\w@%+=:,./\n-]/g, String.raw`\$&`),
  ]
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
  return text.replace(/[^ -~]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
