import { base64url } from './base64url.ts'
import { fixed } from './fixed.ts'

/** Phoenix secret_key_base: 64 characters, the fewest that Plug takes; in the URL-safe alphabet, as it takes any text. */
export const phoenixKey = fixed(base64url, {
  summary: 'Phoenix secret_key_base: 48 bytes in URL-safe base64',
  source: 'mix phx.gen.secret; Plug.Session.COOKIE wants 64 bytes',
  form: { kind: 'base64url', size: 48 },
})
