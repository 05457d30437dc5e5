import { expands, refused, valueOf, type ReaderModel, type Reading } from './model.ts'

/** A file that bash sources (`set -a; . ./.env`). The tests run it. */
export const bashReader: ReaderModel = {
  id: 'bash',
  head: /^(?:export[ \t]+)?[A-Za-z_]\w*=$/,
  read: readBash,
}

/** A piece of a word: what it adds to the value, and where the next piece starts. */
type Piece = { readonly text: string; readonly end: number } | 'expands' | 'refused'

function readBash(text: string): Reading {
  // Bash marks quoting with these two inside and loses some of them (seen in 5.2).
  if (text.includes('\u0001') || text.includes('\u007f')) return refused
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] === ' ' || text[at] === '\t') {
      // A word behind the assignment would be run as a command.
      return isCommentOrBlank(text.slice(at)) ? valueOf(parts.join('')) : refused
    }
    const piece = readPiece(text, at)
    if (piece === 'expands') return expands
    if (piece === 'refused') return refused
    parts.push(piece.text)
    at = piece.end
  }
  return valueOf(parts.join(''))
}

function isCommentOrBlank(text: string): boolean {
  return /^[ \t]*(?:[ \t]#[^\n]*)?$/.test(text)
}

function readPiece(text: string, at: number): Piece {
  const first = text.charAt(at)
  if (first === "'") return readSingle(text, at)
  if (first === '"') return readDouble(text, at)
  if (first === '\\') return readEscaped(text, at)
  if (first === '$')
    return isExpansion(text, at, /[\w{([*@#?$!'"-]/) ? 'expands' : { text: first, end: at + 1 }
  if (first === '`') return 'expands'
  if (first === '~' && (at === 0 || text[at - 1] === ':')) return 'expands'
  if (/[\n\r&|;()<>]/.test(first)) return 'refused'
  const end = findSpecial(text, at + 1)
  return { text: text.slice(at, end), end }
}

function findSpecial(text: string, from: number): number {
  const special = /[\s'"\\$`~&|;()<>]/g
  special.lastIndex = from
  return special.exec(text)?.index ?? text.length
}

function readSingle(text: string, open: number): Piece {
  const close = text.indexOf("'", open + 1)
  return close === -1 ? 'refused' : { text: text.slice(open + 1, close), end: close + 1 }
}

function readEscaped(text: string, at: number): Piece {
  const escaped = text.codePointAt(at + 1)
  if (escaped === undefined) return 'refused'
  const character = String.fromCodePoint(escaped)
  return { text: character === '\n' ? '' : character, end: at + 1 + character.length }
}

function readDouble(text: string, open: number): Piece {
  const parts: string[] = []
  let copied = open + 1
  for (let at = open + 1; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') return { text: parts.join('') + text.slice(copied, at), end: at + 1 }
    if (character === '`' || (character === '$' && isExpansion(text, at, /[\w{([*@#?$!-]/))) return 'expands'
    if (character !== '\\') continue
    at++
    if (!/[$`"\\\n]/.test(text.charAt(at))) continue
    parts.push(text.slice(copied, at - 1), text[at] === '\n' ? '' : text.charAt(at))
    copied = at + 1
  }
  return 'refused'
}

function isExpansion(text: string, dollar: number, starts: RegExp): boolean {
  return starts.test(text.charAt(dollar + 1))
}
