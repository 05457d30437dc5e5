import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type AdapterModule, providerSuite, seedName, seedValue } from '../contract/published.ts'
import { followPage } from '../docs/page.ts'
import { startKeyValueStore } from '../servers/key-value.ts'
import { Project } from '../support/cli.ts'
import { fileOfPage } from '../support/example-adapter.ts'

const page = 'docs/third-party-adapters.md'
const directory = mkdtempSync(join(tmpdir(), 'secrets-adapter-'))
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})
writeFileSync(join(directory, 'my-store.mjs'), fileOfPage('my-store.mjs'))
const adapter = (await import(pathToFileURL(join(directory, 'my-store.mjs')).href)) as AdapterModule

// The suite as it is published, over the adapter that the page shows.
await providerSuite(
  { describe, it },
  {
    id: 'the adapter of the page',
    adapter,
    async start() {
      const store = await startKeyValueStore()
      return {
        settings: { address: store.address },
        env: { MY_STORE_TOKEN: store.token },
        seed(count) {
          for (let index = 0; index < count; index += 1) store.put(seedName(index), seedValue(index))
          return Promise.resolve()
        },
        breakStore() {
          store.failWith(403)
          return Promise.resolve()
        },
        stop: () => store.stop(),
      }
    },
  },
)

describe(page, () => {
  it('does what it says, through the command line', { timeout: 120_000 }, async () => {
    const store = await startKeyValueStore()
    try {
      const commands = await followPage(page, new Project(), {
        env: { MY_STORE_TOKEN: store.token },
        replace: { 'https://store.example.com': store.address },
      })
      expect(commands).toBeGreaterThan(5)
      expect(store.get('SESSION_SECRET_KEY')).toMatch(/^[0-9a-f]{64}$/)
    } finally {
      await store.stop()
    }
  })

  it.each([
    [401, {}, 'provider.auth'],
    [403, {}, 'provider.denied'],
    [418, {}, 'provider.unavailable'],
    [500, {}, 'provider.unavailable'],
    [429, { 'retry-after': '1' }, 'provider.limited'],
  ] as const)('tells %i of the store as what it is', { timeout: 60_000 }, async (status, headers, code) => {
    const store = await startKeyValueStore()
    try {
      const project = new Project({
        'secrets.yaml': fileOfPage('secrets.yaml').replace('https://store.example.com', store.address),
        'my-store.mjs': fileOfPage('my-store.mjs'),
      })
      await project.run(['trust', '--yes'])
      store.failWith(status, headers)
      const words = ['set', 'TOKEN', '--env', 'production']
      const env = { MY_STORE_TOKEN: store.token }
      const {
        report,
        code: exit,
        stdout,
        stderr,
      } = await project.json(words, { env, input: 'a-value-1234567' })
      expect([exit, report.error?.code]).toEqual([2, code])
      expect(stdout + stderr).not.toContain('a-value-1234567')
    } finally {
      await store.stop()
    }
  })
})
