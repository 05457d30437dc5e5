import { describe, expect, it } from 'vitest'
import { layersOf, type LayeringId } from '../../src/core/layering.ts'

// The strongest first, as each framework's documentation and source have it.
const table: readonly (readonly [LayeringId, string, string])[] = [
  ['next', 'development', '.env.development.local .env.local .env.development .env'],
  ['next', 'production', '.env.production.local .env.local .env.production .env'],
  ['next', 'staging', '.env.production.local .env.local .env.production .env'],
  ['next', 'test', '.env.test.local .env.test .env'],
  ['vite', 'production', '.env.production.local .env.production .env.local .env'],
  ['vite', 'staging', '.env.staging.local .env.staging .env.local .env'],
  ['vite', 'test', '.env.test.local .env.test .env.local .env'],
  ['dotenv-flow', 'production', '.env.production.local .env.production .env.local .env .env.defaults'],
  ['dotenv-flow', 'test', '.env.test.local .env.test .env .env.defaults'],
]

describe('layersOf', () => {
  it.each(table)('%s in %s', (layering, environment, files) => {
    expect(layersOf(layering, environment).join(' ')).toBe(files)
  })
})
