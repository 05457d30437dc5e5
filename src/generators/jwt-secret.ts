import type { Generator } from './generator.ts'
import { bitsOf, letters, text } from './sampling.ts'

/** Size of the hash in bits → characters: the fewest, divisible by four, that carry as many random bits. */
const lengths: ReadonlyMap<number, number> = new Map([
  [256, 44],
  [384, 68],
  [512, 88],
])

/**
 * A key for HS256, HS384 or HS512, which must not be shorter than its hash (RFC 7518 section 3.2). Some libraries take the text
 * as it stands, others (jjwt, Spring) decode it from base64 or its URL-safe form first: letters and digits in groups of four
 * are long enough read either way, and read the same by both decoders.
 */
export const jwtSecret: Generator = {
  summary: 'HMAC key for tokens: 256, 384 or 512 bits, as text and as base64',
  source: 'RFC 7518 section 3.2; io.jsonwebtoken.security.Keys.hmacShaKeyFor',
  alphabet: 'A-Za-z0-9',
  floorBits: 256,
  entropyBits: ({ size = 0 }) => bitsOf(letters.length, lengths.get(size) ?? 0),
  generate: ({ size = 0 }, random) => text(letters, lengths.get(size) ?? 0, random),
  matches: (value, { size = 0 }) => value.length === lengths.get(size) && /^[A-Za-z0-9]+$/.test(value),
}
