import { afterAll, describe, expect, it } from 'vitest'
import { followPage } from '../docs/page.ts'
import { harness, startVault } from '../providers/vault.harness.ts'
import { Project } from '../support/cli.ts'

afterAll(() => harness.close?.())

/** Every command line of the page, in its order, on a store of its own. */
describe.skipIf(harness.unavailable !== undefined)('pages', () => {
  it('docs/push.md does what it says', { timeout: 120_000 }, async () => {
    const session = await startVault()
    try {
      const commands = await followPage('docs/push.md', new Project(), {
        env: { VAULT_TOKEN: session.token, VAULT_CACERT: session.bao.caFile },
        replace: { 'https://vault.example.com:8200': session.bao.address, 'myapp/production': session.path },
      })
      expect(commands).toBeGreaterThan(8)
      expect(Object.keys((await session.data()) ?? {})).not.toContain('PORT')
    } finally {
      await session.stop()
    }
  })
})
