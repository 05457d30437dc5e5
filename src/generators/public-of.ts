import { encodingAlphabet } from '../core/key-encoding.ts'
import type { GeneratorFacts } from './generator.ts'

/** The public half of the key pair in another variable: it follows from that one and is never made alone. */
export const publicOf: GeneratorFacts = {
  summary: 'the public half of the key in the variable NAME; made together with it',
  source: 'SPKI (RFC 5280), JWK (RFC 7517)',
  alphabet: encodingAlphabet,
  floorBits: 0,
  entropyBits: () => 0,
  matches: value => value !== '',
}
