import { chmodSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ProviderEntry } from '../../providers/index.ts'
import { providers as registry } from '../../providers/index.ts'
import { provider as providerCommand } from '../../src/commands/provider.ts'
import { trust } from '../../src/commands/trust.ts'
import { createConnect } from '../../src/connect.ts'
import type { Context, TargetConfig } from '../../src/context.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { withInventory } from '../../src/flows/inventory.ts'
import type { TrustReport } from '../../src/flows/trust/trust.ts'
import { createFakeStore, type FakeStore } from '../connect/fake-provider.ts'
import { rejection } from '../contract/harness.ts'
import { Project } from '../support/cli.ts'
import { createTestContext, type FakePerson } from '../support/context.ts'

const manifest = `version: 1
environments:
  development: { provider: dotenv, path: .env }
  production:
    provider: far
    address: https://store.test
    hooks: { afterCommit: [{ run: [./restart.sh] }] }
`

/** A registry with a remote store that notices when it is loaded and contacted. */
class Place {
  readonly project = new Project({ 'secrets.yaml': manifest, '.env': 'A=1\n', 'restart.sh': 'true\n' })
  readonly store: FakeStore = createFakeStore()
  readonly #far: ProviderEntry = {
    title: 'A store far away',
    kind: 'remote',
    fields: { address: { required: true, description: 'where it is' } },
    limits: { concurrent: 4, perSecond: 1000 },
    load: () => {
      this.loads += 1
      return Promise.resolve({
        connect: ({ names }) => {
          this.names = names
          return Promise.resolve(this.store.provider)
        },
      })
    },
  }
  loads = 0
  /** What the store was told of places. */
  names: TargetConfig['names']
  readonly #followsPlaces: boolean

  constructor(followsPlaces = false) {
    this.#followsPlaces = followsPlaces
  }

  context(options: Partial<Context['options']> = {}, person?: FakePerson): Context {
    const far = { ...this.#far, ...(this.#followsPlaces ? { places: true } : {}) }
    const providers = { ...registry, far }
    const { signal } = new AbortController()
    const env = this.project.env()
    const deps = { files: createFiles(), random: systemRandom, env, signal, note: () => undefined }
    return createTestContext(this.project, {
      providers,
      options,
      connect: createConnect(deps, providers),
      ...(person === undefined ? {} : { person }),
    })
  }

  async trust(
    options: Record<string, boolean> = { yes: true },
    person?: FakePerson,
    globals: Partial<Context['options']> = {},
  ): Promise<TrustReport> {
    const { data } = await trust.run({ args: [], options }, this.context(globals, person))
    return (data as { trust: TrustReport }).trust
  }

  async open(options: Partial<Context['options']> = {}): Promise<void> {
    await withInventory(this.context(options), () => Promise.resolve())
  }
}

describe('a remote store', () => {
  it('is neither loaded nor contacted before the user has trusted the manifest', async () => {
    const place = new Place()
    await rejection(place.open(), 'trust.required')
    await rejection(place.open({ env: 'production' }), 'trust.required')
    expect([place.loads, place.store.calls.length]).toEqual([0, 0])
    await place.open({ env: 'development' })
    expect(await place.trust()).toMatchObject({ action: 'recorded', state: 'new' })
    await place.open()
    expect([place.loads, place.store.calls.map(({ verb }) => verb)]).toEqual([1, ['close']])
  })

  it.each([
    ['the manifest', 'secrets.yaml', `${manifest}# a comment\n`],
    ['a program that it names', 'restart.sh', 'truE\n'],
  ])(
    'is out of reach again when one byte of %s changes, and in reach when it is back',
    async (_, file, text) => {
      const place = new Place()
      await place.trust()
      const before = place.project.read(file)
      place.project.write(file, text)
      await rejection(place.open(), 'trust.required')
      place.project.write(file, before)
      await place.open()
      expect(place.loads).toBe(1)
    },
  )

  it('is out of reach when its trust is taken back', async () => {
    const place = new Place()
    await place.trust()
    await place.trust({ revoke: true })
    await rejection(place.open(), 'trust.required')
    expect(place.loads).toBe(0)
  })

  it('is reached with exactly the digest of --trust, recorded or not', async () => {
    const place = new Place()
    const { sha256: digest } = await place.trust({ print: true })
    await rejection(place.open(), 'trust.required')
    await place.open({ trust: digest })
    await place.open({ trust: digest.toUpperCase() })
    await place.trust()
    const error = await rejection(place.open({ trust: 'a'.repeat(64) }), 'trust.required')
    expect(error.hints.join('\n')).toContain(digest)
    await rejection(place.open({ trust: 'not-a-digest' }), 'usage.invalid_argument', ['not-a-digest'])
    expect(place.loads).toBe(2)
  })

  it('is not reached by what others may have written into the record', async () => {
    const place = new Place()
    await place.trust()
    chmodSync(`${place.project.home}/.config/secrets/trust.json`, 0o666)
    await rejection(place.open(), 'trust.damaged')
    expect(place.loads).toBe(0)
  })
})

describe('a variable that stands elsewhere in a remote store', () => {
  it.each(['ref: shop/key', 'field: key'])(
    'is refused rather than looked for by its own name: %s',
    async place => {
      const one = new Place()
      const variables = `variables:\n  KEY: { environments: { production: { ${place} } } }\n`
      one.project.write('secrets.yaml', manifest + variables)
      await one.trust()
      await rejection(one.open({ env: 'production' }), 'manifest.invalid')
      expect(one.loads).toBe(0)
      await one.open({ env: 'development' })
    },
  )

  it.each(['ref: shop/key', 'field: key'])('is left to a store that follows it: %s', async place => {
    const one = new Place(true)
    const variables = `variables:\n  KEY: { environments: { production: { ${place} } } }\n`
    one.project.write('secrets.yaml', manifest + variables)
    await one.trust()
    await one.open({ env: 'production' })
    expect(one.loads).toBe(1)
    const [key = '', value = ''] = place.split(': ')
    expect(one.names).toEqual({ KEY: { [key]: value } })
  })
})

describe('the question', () => {
  it('shows everything that is agreed to, and records only a yes', async () => {
    const place = new Place()
    const no: FakePerson = { agrees: false, asked: [] }
    await rejection(place.trust({}, no, { quiet: true }), 'usage.interrupted')
    for (const part of ['production', 'far', 'https://store.test', './restart.sh', 'afterCommit'])
      expect(no.asked[0]).toContain(part)
    await rejection(place.open(), 'trust.required')
    const yes: FakePerson = { agrees: true, asked: [] }
    const report = await place.trust({}, yes)
    expect([report.action, yes.asked.length]).toEqual(['recorded', 1])
    expect(yes.asked[0]).toContain(report.sha256)
    expect(await place.trust({}, yes)).toMatchObject({ action: 'none', state: 'trusted' })
    expect(yes.asked.length).toBe(1)
  })

  it('shows names that would move the cursor or end the line as escapes', async () => {
    const place = new Place()
    place.project.write(
      'secrets.yaml',
      `${manifest}variables: { A: { hooks: { verify: [{ run: ["a\\nb", "\\e[2J\\e[31m\\u009b2J\\u202e"] }] } } }\n`,
    )
    const person: FakePerson = { agrees: false, asked: [] }
    await rejection(place.trust({}, person), 'usage.interrupted')
    expect(person.asked[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(person.asked[0]).not.toContain('a\nb')
  })
})

describe('provider check', () => {
  it('says who we are at each store, what it promises, and why one could not be asked', async () => {
    const place = new Place()
    const untrusted = await providerCommand.run({ args: ['check'], options: {} }, place.context())
    expect(untrusted).toMatchObject({
      exitCode: 2,
      error: { code: 'trust.required' },
      data: { checks: [{ reachable: true }, { reachable: false, error: { code: 'trust.required' } }] },
    })
    expect(place.loads).toBe(0)
    await place.trust()
    place.store.answers.push('denied')
    const denied = await providerCommand.run({ args: ['check'], options: {} }, place.context())
    expect([denied.exitCode, denied.error?.code]).toEqual([2, 'provider.denied'])
    expect(place.store.calls.map(({ verb }) => verb)).toEqual(['check', 'close'])
  })
})
