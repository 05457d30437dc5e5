/** One element of DER: its tag and where its content begins and ends. */
export interface DerElement {
  readonly tag: number
  readonly start: number
  readonly end: number
}

/** One DER element; lengths beyond four bytes or the end of the text are none. */
export function readElement(bytes: Uint8Array, at: number): DerElement | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) return undefined
  const more = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || more > 4) return undefined
  const length =
    more === 0 ? first : bytes.slice(at + 2, at + 2 + more).reduce((sum, byte) => sum * 256 + byte, 0)
  const start = at + 2 + more
  return start + length > bytes.length ? undefined : { tag, start, end: start + length }
}
