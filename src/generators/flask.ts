import { fixed } from './fixed.ts'
import { hex } from './hex.ts'

/** Flask SECRET_KEY as its documentation makes one. */
export const flask = fixed(hex, {
  summary: 'Flask SECRET_KEY: 32 bytes in hex',
  source: 'Flask documentation, SECRET_KEY: secrets.token_hex()',
  form: { kind: 'hex', size: 32 },
})
