import type { Generator } from './generator.ts'
import { bitsOf, letters, text } from './sampling.ts'

const prefix = 'whsec_'
/** Decode to 33 bytes, of the 24 to 64 that the specification allows. */
const length = 44

/** A secret for signing webhooks: what follows the prefix is base64; without `+`, `/` and `=` every decoder agrees on it. */
export const whsec: Generator = {
  summary: 'webhook signing secret: whsec_ and 33 bytes in base64',
  source: 'Standard Webhooks specification, section Symmetric',
  alphabet: 'A-Za-z0-9_',
  floorBits: 192,
  entropyBits: () => bitsOf(letters.length, length),
  generate: (_form, random) => prefix + text(letters, length, random),
  matches: value => value.startsWith(prefix) && /^[A-Za-z0-9]{44}$/.test(value.slice(prefix.length)),
}
