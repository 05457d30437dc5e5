import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { publishedModule, publishedValues } from '../../scripts/published-values.mjs'
import { findPlaceholder } from '../../src/core/placeholder.ts'
import { isPublished } from '../../src/core/published.ts'
import { findWeakness } from '../../src/rules/weakness.ts'

const values = publishedValues()

describe('published values', () => {
  it('src/core/published-values.ts is what the script writes', () => {
    const file = new URL('../../src/core/published-values.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(publishedModule())
  })

  it('each is known, and nothing like it', () => {
    for (const value of values) {
      expect([isPublished(value), isPublished(`${value}x`), isPublished(value.slice(1))]).toEqual([
        true,
        false,
        false,
      ])
      expect(publishedModule()).not.toContain(value)
    }
    expect(isPublished('')).toBe(false)
  })

  it('none passes for a strong secret, however random it looks', () => {
    for (const value of values) {
      const isTold = findWeakness('SESSION_SECRET', value, undefined) !== undefined
      expect(isTold || findPlaceholder(value)?.kind === 'placeholder').toBe(true)
    }
    expect(findWeakness('JWT_SECRET', values[0]!, undefined)).toContain('published')
    expect(findWeakness('AWS_SECRET_ACCESS_KEY', values[2]!, undefined)).toContain('published')
  })
})
