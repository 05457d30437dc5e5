import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { rulesPage } from '../../scripts/rules-page.ts'

it('docs/rules.md is what the rules say (npm run docs:rules)', async () => {
  const written = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8')
  expect(written).toBe(await rulesPage())
})
