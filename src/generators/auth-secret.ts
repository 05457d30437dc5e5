import { base64url } from './base64url.ts'
import { fixed } from './fixed.ts'

/** Auth.js AUTH_SECRET, 44 characters as its own command makes; in the URL-safe alphabet, which it takes as well. */
export const authSecret = fixed(base64url, {
  summary: 'Auth.js AUTH_SECRET: 33 bytes in URL-safe base64',
  source: 'npx auth secret',
  form: { kind: 'base64url', size: 33 },
})
