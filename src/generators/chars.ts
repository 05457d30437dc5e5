import type { Generator } from './generator.ts'
import { bitsOf, letters, text } from './sampling.ts'

/**
 * Exactly as many characters as the consumer demands ("must be 32 characters"). Its floor is lower, because the length
 * is not ours: 16 characters, the shortest key that ciphers take, are 95 bits.
 */
export const chars: Generator = {
  summary: 'exactly so many letters and digits, for consumers that demand a length',
  source: 'the length that a consumer demands of the key of a cipher',
  alphabet: 'A-Za-z0-9',
  floorBits: 64,
  entropyBits: ({ size = 0 }) => bitsOf(letters.length, size),
  generate: ({ size = 0 }, random) => text(letters, size, random),
  matches: (value, { size = 0 }) => value.length === size && /^[A-Za-z0-9]+$/.test(value),
}
