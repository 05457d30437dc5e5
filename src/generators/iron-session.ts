import { base64url } from './base64url.ts'
import { fixed } from './fixed.ts'

/** The password from which iron-session derives its keys: 32 characters or more. */
export const ironSession = fixed(base64url, {
  summary: 'iron-session password: 32 bytes in URL-safe base64',
  source: 'iron-session: a password of at least 32 characters',
  form: { kind: 'base64url', size: 32 },
})
