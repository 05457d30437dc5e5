import { SecretsError } from '../errors.ts'
import { conversionCommand, type Encoding, findEncoding } from './encoding.ts'

const decoder = { fatal: true, ignoreBOM: true }

/**
 * The text of a file, its byte order mark included. Throws `env_file.not_text` with the name of the encoding that the bytes
 * are in, as far as they tell, and the line where that is known.
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const zero = bytes.indexOf(0)
  if (zero === -1) {
    try {
      return new TextDecoder('utf-8', decoder).decode(bytes)
    } catch {
      // Said below.
    }
  }
  const encoding = findEncoding(bytes)
  if (encoding !== undefined) throw inEncoding(encoding, path, bytes)
  throw zero === -1
    ? notText('the file is not valid UTF-8', path, findInvalidLine(bytes))
    : notText('the file contains a NUL byte: it is binary', path, lineOf(bytes, zero))
}

/** The same demands on text: no NUL, and no lone surrogate, which has no bytes and could not be written back. */
export function requireText(text: string, path: string): void {
  if (text.includes('\0')) throw notText('the text contains a NUL character', path)
  if (hasLoneSurrogate(text)) throw notText('the text contains half of a surrogate pair', path)
}

export function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed()
}

function notText(
  message: string,
  path: string,
  line?: number,
  hints: readonly string[] = ['save the file as UTF-8 text'],
): SecretsError {
  return new SecretsError('env_file.not_text', message, {
    at: line === undefined ? { path } : { path, line },
    hints,
  })
}

function inEncoding({ name, iconv, isGuess }: Encoding, path: string, bytes: Uint8Array): SecretsError {
  const convert = iconv === undefined ? [] : [`convert it: ${conversionCommand(path, iconv)}`]
  if (isGuess === undefined) return notText(`the file is ${name}, not UTF-8`, path, undefined, convert)
  return notText(`the file is not UTF-8; its bytes fit ${name}`, path, findInvalidLine(bytes), [
    ...convert,
    'other encodings have the same bytes: look at the line before you convert',
  ])
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line++
  return line
}

/** No UTF-8 sequence contains a line feed, so every line can be judged alone. */
function findInvalidLine(bytes: Uint8Array): number {
  let start = 0
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start)
    try {
      new TextDecoder('utf-8', decoder).decode(bytes.subarray(start, end === -1 ? bytes.length : end))
    } catch {
      return line
    }
    if (end === -1) return line
    start = end + 1
  }
}
