import type { Generator } from './generator.ts'
import { hex } from './hex.ts'

const form = { kind: 'hex', size: 64 } as const

/** Rails secret_key_base, as `rails secret` prints it: 64 random bytes in hex. */
export const railsKey: Generator = {
  summary: 'Rails secret_key_base: 64 bytes in hex',
  floorBits: 512,
  entropyBits: () => form.size * 8,
  generate: (_form, random, options) => hex.generate(form, random, options),
  matches: value => hex.matches(value, form),
}
