/**
 * Character classes exactly as JavaScript's regular expressions see them, because `dotenv` reads with one: `\s`,
 * the line terminators of `^` and `$`, and `[\w.-]` for names. Offsets are UTF-16 units; a line terminator of a
 * file is `\n`, `\r\n` or `\r`, and for `^`, `$` and comments also U+2028 and U+2029.
 */

const lineFeed = 10
const carriageReturn = 13

/** Unicode blanks above ASCII that `\s` matches, without the line and paragraph separators. */
const wideSpaces = new Set([
  0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x202f, 0x205f, 0x3000, 0xfeff,
])

/** Whether `^` matches after this character and `$` before it. */
export function isLineEnd(code: number): boolean {
  return code === lineFeed || code === carriageReturn || code === 0x2028 || code === 0x2029
}

/** `\s` without the line ends. */
export function isBlank(code: number): boolean {
  if (code < 128) return code === 32 || code === 9 || code === 11 || code === 12
  return wideSpaces.has(code)
}

export function isSpace(code: number): boolean {
  return isBlank(code) || isLineEnd(code)
}

/** `[\w.-]`. */
export function isNameCharacter(code: number): boolean {
  if (code >= 97) return code <= 122
  if (code >= 65) return code <= 90 || code === 95
  return (code >= 48 && code <= 57) || code === 45 || code === 46
}

export function isQuote(code: number): boolean {
  return code === 39 || code === 34 || code === 96
}

export function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return at
}

export function skipSpaces(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

/** Where `.*` stops: the next line end, or the end of the text. */
export function findLineEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && !isLineEnd(text.charCodeAt(at))) at++
  return at
}

/** The offset behind the line end at `at`, `\r\n` being one; `at` itself where there is none. */
export function skipLineEnd(text: string, at: number): number {
  if (at >= text.length || !isLineEnd(text.charCodeAt(at))) return at
  const isPair = text.charCodeAt(at) === carriageReturn && text.charCodeAt(at + 1) === lineFeed
  return at + (isPair ? 2 : 1)
}
