import { readElement, type DerElement } from './der.ts'
import { readPem } from './schema/types/pem.ts'

/**
 * The bits of an RSA key's modulus; `undefined` for what is no RSA key, or one that cannot be looked into (encrypted).
 * Read are PEM (PKCS#1, PKCS#8, SPKI; line ends as `\n`, or all of it in base64 once more) and JSON Web Keys. Pure.
 */
export function rsaBits(value: string): number | undefined {
  const text = value.trim()
  if (text.startsWith('{')) return bitsOfJwk(text)
  const block = readPem(text.startsWith('LS0tLS1') ? decodeBase64(text) : text)
  if (block === undefined) return undefined
  const { label, bytes } = block
  const outer = childrenOf(bytes, readElement(bytes, 0))
  switch (label) {
    case 'RSA PRIVATE KEY':
      return bitsOf(bytes, outer[1])
    case 'RSA PUBLIC KEY':
      return bitsOf(bytes, outer[0])
    case 'PRIVATE KEY':
      return isRsa(bytes, outer[1]) ? bitsOf(bytes, within(bytes, outer[2], 0)[1]) : undefined
    case 'PUBLIC KEY':
      // A string of bits begins with the number of those that do not count.
      return isRsa(bytes, outer[0]) ? bitsOf(bytes, within(bytes, outer[1], 1)[0]) : undefined
    default:
      return undefined
  }
}

/** More than any key has. */
const mostChildren = 16

function childrenOf(bytes: Uint8Array, parent: DerElement | undefined): readonly DerElement[] {
  const children: DerElement[] = []
  let at = parent?.start ?? 0
  while (parent !== undefined && at < parent.end && children.length < mostChildren) {
    const child = readElement(bytes, at)
    if (child === undefined) break
    children.push(child)
    at = child.end
  }
  return children
}

/** The elements of the sequence that stands in a string, `skipped` bytes after its begin. */
function within(bytes: Uint8Array, string: DerElement | undefined, skipped: number): readonly DerElement[] {
  return string === undefined ? [] : childrenOf(bytes, readElement(bytes, string.start + skipped))
}

/** rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017); the last number is another one for RSA-PSS, 10. */
const rsaNumbers = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]

function isRsa(bytes: Uint8Array, algorithm: DerElement | undefined): boolean {
  const [identifier] = childrenOf(bytes, algorithm)
  return identifier?.tag === 6 && rsaNumbers.every((byte, at) => bytes[identifier.start + at] === byte)
}

/** Of a positive integer, whose first byte may be 0 for the sign. */
function bitsOf(bytes: Uint8Array, integer: DerElement | undefined): number | undefined {
  if (integer?.tag !== 2) return undefined
  return bitsOfBytes(bytes.subarray(integer.start, integer.end))
}

function bitsOfBytes(bytes: Uint8Array): number | undefined {
  const first = bytes.findIndex(byte => byte !== 0)
  if (first < 0) return undefined
  return (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
}

function bitsOfJwk(text: string): number | undefined {
  try {
    const { kty, n } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (kty !== 'RSA' || typeof n !== 'string' || !/^[A-Za-z0-9_-]+$/.test(n)) return undefined
    return bitsOfBytes(bytesOf(n.replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    // The parser's own message quotes the text.
    return undefined
  }
}

function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll(/\s+/g, ''))
  } catch {
    return ''
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}
