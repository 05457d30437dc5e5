import type { Generator } from './generator.ts'
import { base64url } from './base64url.ts'

const count = 4
const key = { kind: 'base64url', size: 16 } as const

/**
 * Strapi APP_KEYS: four keys joined by commas, the first signs cookies and the others are still accepted. Its own set-up
 * makes them of 16 bytes each in base64; any text without a comma will do.
 */
export const strapiKeys: Generator = {
  summary: 'Strapi APP_KEYS: four keys of 16 bytes in URL-safe base64, joined by commas',
  source: 'create-strapi-app: generateASecret, four times',
  alphabet: 'A-Za-z0-9_,-',
  floorBits: count * key.size * 8,
  entropyBits: () => count * key.size * 8,
  async generate(_form, random, options) {
    const keys: string[] = []
    while (keys.length < count) keys.push(await base64url.generate(key, random, options))
    return keys.join(',')
  },
  matches(value) {
    const keys = value.split(',')
    return keys.length === count && keys.every(each => base64url.matches(each, key))
  },
}
