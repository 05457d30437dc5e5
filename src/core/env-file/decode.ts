import { SecretsError } from '../errors.ts'

const decoder = { fatal: true, ignoreBOM: true }

/** The text of a file, its byte order mark included. Throws `env_file.not_text`, with the line where that is known. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const utf16 = namedEncoding(bytes)
  if (utf16 !== undefined) throw notText(`the file is ${utf16}, not UTF-8`, path)
  const zero = bytes.indexOf(0)
  if (zero !== -1) {
    throw notText(
      'the file contains a NUL byte (binary, or UTF-16 without a mark)',
      path,
      lineOf(bytes, zero),
    )
  }
  try {
    return new TextDecoder('utf-8', decoder).decode(bytes)
  } catch {
    throw notText('the file is not valid UTF-8', path, findInvalidLine(bytes))
  }
}

/** The same demands on text: no NUL, and no lone surrogate, which has no bytes and could not be written back. */
export function requireText(text: string, path: string): void {
  if (text.includes('\0')) throw notText('the text contains a NUL character', path)
  if (hasLoneSurrogate(text)) throw notText('the text contains half of a surrogate pair', path)
}

export function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed()
}

function notText(message: string, path: string, line?: number): SecretsError {
  return new SecretsError('env_file.not_text', message, {
    at: line === undefined ? { path } : { path, line },
    hints: ['save the file as UTF-8 text'],
  })
}

function namedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return bytes[2] === 0 && bytes[3] === 0 ? 'UTF-32LE' : 'UTF-16LE'
  }
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'UTF-16BE' : undefined
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
