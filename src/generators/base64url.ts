import { commonFloor, type Generator, safeAlphabet } from './generator.ts'

/** Random bytes in URL-safe base64 without padding (RFC 4648 §5): Python's `secrets.token_urlsafe(N)`. */
export const base64url: Generator = {
  summary: 'random bytes in URL-safe base64 without padding',
  source: 'RFC 4648 section 5; Python secrets.token_urlsafe',
  alphabet: safeAlphabet,
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => size * 8,
  generate: ({ size = 0 }, random) => Buffer.from(random.bytes(size)).toString('base64url'),
  matches: (value, { size = 0 }) => {
    const bytes = Buffer.from(value, 'base64url')
    return bytes.length === size && bytes.toString('base64url') === value
  },
}
