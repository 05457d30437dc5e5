import type { Generator } from './generator.ts'
import { hex } from './hex.ts'

const form = { kind: 'hex', size: 32 } as const

/** Flask SECRET_KEY, as the documentation makes it with `secrets.token_hex()`: 32 random bytes in hex. */
export const flask: Generator = {
  summary: 'Flask SECRET_KEY: 32 bytes in hex',
  floorBits: 256,
  entropyBits: () => form.size * 8,
  generate: (_form, random, options) => hex.generate(form, random, options),
  matches: value => hex.matches(value, form),
}
