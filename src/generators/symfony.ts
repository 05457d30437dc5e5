import type { Generator } from './generator.ts'
import { hex } from './hex.ts'

const form = { kind: 'hex', size: 16 } as const

/** Symfony APP_SECRET, as its recipe writes it: 16 random bytes in hex. */
export const symfony: Generator = {
  summary: 'Symfony APP_SECRET: 16 bytes in hex',
  floorBits: 128,
  entropyBits: () => form.size * 8,
  generate: (_form, random, options) => hex.generate(form, random, options),
  matches: value => hex.matches(value, form),
}
