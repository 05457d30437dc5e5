import { base64url } from './base64url.ts'
import type { Generator } from './generator.ts'

const form = { kind: 'base64url', size: 33 } as const

/** Auth.js AUTH_SECRET, 44 characters as `npx auth secret` makes; in the URL-safe alphabet, which its consumer takes as well. */
export const authSecret: Generator = {
  summary: 'Auth.js AUTH_SECRET: 33 bytes in URL-safe base64',
  floorBits: 264,
  entropyBits: () => form.size * 8,
  generate: (_form, random, options) => base64url.generate(form, random, options),
  matches: value => base64url.matches(value, form),
}
