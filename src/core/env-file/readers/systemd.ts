import { refused, trimEndOf, valueOf, type ReaderModel, type Reading } from './model.ts'

/**
 * `EnvironmentFile=` of a systemd unit. Quoted and unquoted parts join, so that a comment behind a value is part of
 * it; a backslash escapes outside quotes; nothing expands. A noncharacter makes it ignore the file, and older
 * releases drop values with control characters other than tab and line feed. Measured with systemd 252.
 */
export const systemdReader: ReaderModel = { id: 'systemd', head: /^[A-Za-z_]\w*[ \t]*=$/, read: readSystemd }

const dropped = /[\u0000-\u0008\u000b-\u001f\u007f]/

function readSystemd(text: string): Reading {
  const value = joinParts(text)
  return value === undefined || dropped.test(value) || hasNoncharacter(value) ? refused : valueOf(value)
}

/** Unicode's 66: the last two of each plane, and U+FDD0 to U+FDEF. By name in a pattern they cost 1 ms at every start. */
function hasNoncharacter(text: string): boolean {
  return Array.from(text, character => character.codePointAt(0) ?? 0).some(
    code => (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef),
  )
}

/** `undefined` for an open quote, and for a line that goes on below. */
function joinParts(text: string): string | undefined {
  const parts: string[] = []
  let at = 0
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++
    const first = text[at]
    if (first === undefined) return parts.join('')
    const part = first === "'" || first === '"' ? readQuoted(text, at, first) : readUnquoted(text, at)
    if (part === undefined) return undefined
    parts.push(part.text)
    at = part.end
  }
}

interface Part {
  readonly text: string
  readonly end: number
}

function readQuoted(text: string, open: number, quote: string): Part | undefined {
  if (quote === "'") {
    const close = text.indexOf(quote, open + 1)
    return close === -1 ? undefined : { text: text.slice(open + 1, close), end: close + 1 }
  }
  const parts: string[] = []
  let copied = open + 1
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '"') return { text: parts.join('') + text.slice(copied, at), end: at + 1 }
    if (text[at] !== '\\') continue
    at++
    if (!/["\\`$\n]/.test(text.charAt(at))) continue
    parts.push(text.slice(copied, at - 1), text[at] === '\n' ? '' : text.charAt(at))
    copied = at + 1
  }
  return undefined
}

/** To the end of the line: quotes inside it are characters. Blanks at its end go, unless a backslash keeps them. */
function readUnquoted(text: string, start: number): Part | undefined {
  if (/[\n\r]/.test(text.slice(start))) return undefined
  let kept = ''
  let end = start
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') {
      kept += text.slice(end, at)
      at++
      if (at === text.length) return undefined
      kept += text.charAt(at)
      end = at + 1
    }
  }
  return { text: kept + trimEndOf(text.slice(end), /[ \t]/), end: text.length }
}
