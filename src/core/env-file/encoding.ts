/** What the bytes of a file that is not UTF-8 say of themselves. */
export interface Encoding {
  /** For messages. */
  readonly name: string
  /** The name that `iconv -f` knows; absent where the bytes fit no encoding that could be named. */
  readonly iconv?: string
  /** The bytes fit it, and would fit others too: nothing in the file says which was meant. */
  readonly isGuess?: true
}

/** Looked at from the start: what a file is in, it is in from its first lines on. */
const looked = 65_536

/**
 * The encoding of bytes that are not UTF-8 text: by its mark, by where its NUL bytes stand, or, for one byte a character, by which
 * bytes there are. `undefined` for what is no text in any of them. Never throws.
 */
export function findEncoding(bytes: Uint8Array): Encoding | undefined {
  return encodingOfMark(bytes) ?? encodingOfNul(bytes) ?? encodingOfBytes(bytes)
}

/** With a mark iconv finds the order of the bytes itself, and leaves the mark out. */
function encodingOfMark(bytes: Uint8Array): Encoding | undefined {
  const starts = (...mark: readonly number[]): boolean => mark.every((byte, at) => bytes[at] === byte)
  if (starts(0xff, 0xfe, 0, 0)) return { name: 'UTF-32LE', iconv: 'UTF-32' }
  if (starts(0, 0, 0xfe, 0xff)) return { name: 'UTF-32BE', iconv: 'UTF-32' }
  if (starts(0xff, 0xfe)) return { name: 'UTF-16LE', iconv: 'UTF-16' }
  return starts(0xfe, 0xff) ? { name: 'UTF-16BE', iconv: 'UTF-16' } : undefined
}

/** Names, `=` and line ends are ASCII: in UTF-16 every other byte of them is NUL, and none of the rest. */
function encodingOfNul(bytes: Uint8Array): Encoding | undefined {
  const start = bytes.subarray(0, looked)
  const nul = [0, 0]
  for (let at = 0; at < start.length; at += 1) if (start[at] === 0) nul[at % 2] = (nul[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = nul
  const isText = bytes.length % 2 === 0 && Math.max(even, odd) * 10 >= start.length * 3
  // A few characters of other scripts have it in their other half.
  if (!isText || Math.min(even, odd) * 20 > Math.max(even, odd)) return undefined
  const name = odd > even ? 'UTF-16LE' : 'UTF-16BE'
  return { name: `${name} without a mark`, iconv: name }
}

/** Bytes that Windows-1252 has no character for. */
const unassigned: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

function encodingOfBytes(bytes: Uint8Array): Encoding | undefined {
  if (hasUtf8Characters(bytes)) return undefined
  let isWindows = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (unassigned.has(byte) || byte === 0x7f || (byte < 32 && !isLayout(byte))) return undefined
    isWindows ||= byte >= 0x80 && byte < 0xa0
  }
  // The two are one but for quotes, dashes and the euro sign of Windows.
  return isWindows
    ? { name: 'Windows-1252', iconv: 'WINDOWS-1252', isGuess: true }
    : { name: 'ISO-8859-1 (Latin-1)', iconv: 'ISO-8859-1', isGuess: true }
}

/** Tab, line ends, form feed. */
function isLayout(byte: number): boolean {
  return byte >= 9 && byte <= 13
}

/** Two bytes that are one character of UTF-8 and two capitals with signs in Latin-1: then the file is damaged UTF-8. */
function hasUtf8Characters(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    const next = bytes[at + 1] ?? 0
    if (byte >= 0xc2 && byte <= 0xf4 && next >= 0x80 && next <= 0xbf) return true
  }
  return false
}

/** A command that converts a file in place; nobody else may read the file in between. */
export function conversionCommand(path: string, iconv: string): string {
  const [from, to] = [quote(path), quote(`${path}.utf8`)]
  return `(umask 077; iconv -f ${iconv} -t UTF-8 ${from} > ${to} && mv ${to} ${from})`
}

function quote(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path
  return /^[\w./@%+-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", String.raw`'\''`)}'`
}
