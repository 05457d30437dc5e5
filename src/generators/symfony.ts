import { fixed } from './fixed.ts'
import { hex } from './hex.ts'

/** Symfony APP_SECRET, as its recipe writes it. */
export const symfony = fixed(hex, {
  summary: 'Symfony APP_SECRET: 16 bytes in hex',
  source: 'recipe of symfony/framework-bundle: %generate(secret)%',
  form: { kind: 'hex', size: 16 },
})
