import { fixed } from './fixed.ts'
import { hex } from './hex.ts'

/** Rails secret_key_base, as its own command prints it. */
export const railsKey = fixed(hex, {
  summary: 'Rails secret_key_base: 64 bytes in hex',
  source: 'rails secret',
  form: { kind: 'hex', size: 64 },
})
