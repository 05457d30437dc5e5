import { base64url } from './base64url.ts'
import type { Generator } from './generator.ts'

const form = { kind: 'base64url', size: 48 } as const

/** Phoenix secret_key_base, 64 characters as `mix phx.gen.secret` prints; in the URL-safe alphabet, which its consumer takes as well. */
export const phoenixKey: Generator = {
  summary: 'Phoenix secret_key_base: 48 bytes in URL-safe base64',
  floorBits: 384,
  entropyBits: () => form.size * 8,
  generate: (_form, random, options) => base64url.generate(form, random, options),
  matches: value => base64url.matches(value, form),
}
