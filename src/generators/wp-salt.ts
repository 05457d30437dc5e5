import { type Generator, safeAlphabet } from './generator.ts'
import { bitsOf, letters, safeSpecials, text } from './sampling.ts'

const alphabet = letters + safeSpecials

/** One of WordPress' keys and salts: 64 characters; WordPress takes any, so the safe ones are used. */
export const wpSalt: Generator = {
  summary: 'WordPress key or salt: 64 characters',
  source: 'api.wordpress.org/secret-key/1.1/salt',
  alphabet: safeAlphabet,
  floorBits: 256,
  entropyBits: () => bitsOf(alphabet.length, 64),
  generate: (_form, random) => text(alphabet, 64, random),
  matches: value => /^[A-Za-z0-9_-]{64}$/.test(value),
}
