import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { push } from '../../src/commands/push.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import type { PushEntry } from '../../src/flows/push/destination.ts'
import type { PushReport } from '../../src/flows/push/push.ts'
import { rejection } from '../contract/harness.ts'
import { type JsonReport, Project } from '../support/cli.ts'
import { createTestContext, type FakePerson } from '../support/context.ts'
import { inDepth } from '../support/thorough.ts'

const manifest = `version: 1
environments:
  development: { provider: dotenv, path: .env }
  staging: { provider: local }
  production: { provider: local, path: other-store }
  files: { provider: dotenv, path: .env.files }
variables:
  DECLARED: { secret: true }
  PUBLIC_TOKEN: { secret: false }
`
const [one, two] = ['8d8e0a4b5c6d7e8f9a0b1c2d3e4f5061', '1605f4e3d2c1b0a9f8e7d6c5b4a0e8d8']
const env = `SESSION_SECRET_KEY=${one}\nSESSION_SECRET_KEY_OLD=${two}\nDECLARED=${two}\nPUBLIC_TOKEN=${one}\nPORT=3000\n`

function project(files: Readonly<Record<string, string>> = {}): Project {
  return new Project({ 'secrets.yaml': manifest, '.env': env, ...files })
}

async function pushed(
  place: Project,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly report: JsonReport; readonly actions: Record<string, string> }> {
  const { code, report } = await place.json(['push', ...words])
  const secrets = (report.data?.['secrets'] ?? []) as readonly PushEntry[]
  return { code, report, actions: Object.fromEntries(secrets.map(({ name, action }) => [name, action])) }
}

describe('push', () => {
  it('creates what is held for a secret and is not there, and reads it back', async () => {
    const place = project()
    const first = await pushed(place, '--env', 'staging', '--yes')
    expect([first.code, first.actions]).toEqual([0, { SESSION_SECRET_KEY: 'created', DECLARED: 'created' }])
    expect(first.report.data).toMatchObject({
      from: { target: '.env', environment: 'development', provider: 'dotenv' },
      to: [{ target: 'local', environment: 'staging', provider: 'local' }],
      skipped: [
        { name: 'SESSION_SECRET_KEY_OLD', reason: 'companion' },
        { name: 'PUBLIC_TOKEN', reason: 'not_secret' },
        { name: 'PORT', reason: 'not_secret' },
      ],
      warnings: [],
      dryRun: false,
    })
    expect((await place.run(['get', 'DECLARED', '--env', 'staging'])).stdout).toBe(two)
    const again = await pushed(place, '--env', 'staging')
    expect([again.code, again.actions]).toEqual([0, { SESSION_SECRET_KEY: 'equal', DECLARED: 'equal' }])
    const all = await pushed(place, '--env', 'staging', '--yes', '--all')
    expect(all.actions).toMatchObject({ PORT: 'created', PUBLIC_TOKEN: 'created', DECLARED: 'equal' })
    expect(all.actions).not.toHaveProperty('SESSION_SECRET_KEY_OLD')
  })

  it('shows what it would do, and does nothing before somebody has agreed', async () => {
    const place = project()
    const plan = { SESSION_SECRET_KEY: 'create', DECLARED: 'create' }
    const dry = await pushed(place, '--env', 'staging', '--dry-run')
    expect([dry.code, dry.actions]).toEqual([0, plan])
    const asked = await pushed(place, '--env', 'staging')
    expect([asked.code, asked.report.error?.code, asked.actions]).toEqual([
      2,
      'usage.needs_confirmation',
      plan,
    ])
    expect((await place.run(['list', '--env', 'staging'])).stdout).toBe('nothing stored\n')
    const { stdout } = await place.run(['push', '--env', 'staging', '--dry-run'])
    for (const value of [one, two]) expect(stdout).not.toContain(value)
  })

  it('overwrites nothing, and says what differs', async () => {
    const place = project()
    await place.run(['set', 'DECLARED', '--env', 'staging'], { input: 'their own value' })
    const { code, actions } = await pushed(place, '--env', 'staging', '--yes')
    expect([code, actions]).toEqual([0, { SESSION_SECRET_KEY: 'created', DECLARED: 'differs' }])
    expect((await place.run(['get', 'DECLARED', '--env', 'staging'])).stdout).toBe('their own value')
  })

  it('goes from one environment to another, and from a file that is named', async () => {
    const place = project({ 'other.env': `OTHER_TOKEN=${one}\n` })
    await pushed(place, '--env', 'staging', '--yes')
    const between = await pushed(place, '--from-env', 'staging', '--env', 'production', '--yes')
    expect(between.actions).toEqual({ DECLARED: 'created', SESSION_SECRET_KEY: 'created' })
    expect((await place.run(['get', 'DECLARED', '--env', 'production'])).stdout).toBe(two)
    const file = await pushed(place, '--from', 'other.env', '--env', 'files', '--yes')
    expect(file.actions).toEqual({ OTHER_TOKEN: 'created' })
    expect(place.read('.env.files')).toContain(`OTHER_TOKEN=${one}\n`)
  })

  it('leaves out placeholders and empty values, which is no success', async () => {
    const place = project({
      '.env': `A_TOKEN=\nB_TOKEN=change-me\nC_TOKEN=${one}\nHOST=localhost\nNOTE=<fill-me-in>\n`,
    })
    const { code, report, actions } = await pushed(place, '--env', 'staging', '--yes')
    expect([code, report.ok, report.error]).toEqual([1, false, undefined])
    expect(actions).toEqual({ A_TOKEN: 'refused', B_TOKEN: 'refused', C_TOKEN: 'created' })
    const all = await pushed(place, '--env', 'staging', '--yes', '--all')
    expect(all.actions).toMatchObject({ HOST: 'created', NOTE: 'refused' })
  })

  it('writes none of several names where one cannot be written', async () => {
    const place = project({ '.env': `A_TOKEN=\nC_TOKEN=${one}\n` })
    const { code, report } = await pushed(place, 'C_TOKEN', 'A_TOKEN', '--env', 'staging', '--yes')
    expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
    const absent = await pushed(place, 'C_TOKEN', 'B_TOKEN', '--env', 'staging', '--yes')
    expect([absent.code, absent.report.error?.code]).toEqual([1, 'secret.absent'])
    expect((await place.run(['list', '--env', 'staging'])).stdout).toBe('nothing stored\n')
    const named = await pushed(place, 'C_TOKEN', '--env', 'staging', '--yes')
    expect([named.code, named.actions]).toEqual([0, { C_TOKEN: 'created' }])
  })

  inDepth('warns of what not every store can hold, and refuses what this one cannot', async () => {
    const place = project({ '.env': `A_TOKEN=${one.repeat(850)}\nB_TOKEN=${one.repeat(2100)}\n` })
    const { code, report, actions } = await pushed(place, '--env', 'staging', '--yes')
    expect([code, actions]).toEqual([1, { A_TOKEN: 'created', B_TOKEN: 'refused' }])
    const warnings = report.data!['warnings'] as readonly { name: string }[]
    expect(warnings.map(({ name }) => name)).toEqual(['A_TOKEN', 'B_TOKEN'])
  })

  it.each([
    [['--yes'], 2, 'usage.ambiguous'],
    [['--env', 'all'], 2, 'usage.ambiguous'],
    [['--env', 'nowhere'], 2, 'usage.unknown_environment'],
    [['--env', 'development'], 2, 'env_file.same_path'],
    [['--env', 'staging', '--from-env', 'staging'], 2, 'env_file.same_path'],
    [['--env', 'staging', '--from', 'nowhere.env'], 2, 'env_file.missing'],
    [['--env', 'staging', '--from', '.env', '--from-env', 'production'], 2, 'usage.invalid_argument'],
    [['--env', 'staging', '--all', 'DECLARED'], 2, 'usage.invalid_argument'],
  ])('%j: exit %i, %s', async (words, exit, error) => {
    const { code, report } = await pushed(project(), ...words)
    expect([code, report.error?.code]).toEqual([exit, error])
  })

  inDepth('needs a manifest that says where to', async () => {
    const { code, report } = await pushed(new Project({ '.env': env }), '--env', 'staging')
    expect([code, report.error?.code]).toEqual([2, 'manifest.missing'])
  })

  it('does not write into a file that git tracks', async () => {
    const place = project({ '.env.files': 'A=1\n' })
    execFileSync('git', ['init', '-q'], { cwd: place.path })
    execFileSync('git', ['add', '.env.files'], { cwd: place.path })
    const { code, report } = await pushed(place, '--env', 'files', '--yes')
    expect([code, report.error?.code]).toEqual([1, 'env_file.tracked'])
    expect(place.read('.env.files')).toBe('A=1\n')
  })

  it('of two at once one creates a name, and the other leaves it', async () => {
    const place = project({ 'a.env': `A_TOKEN=${one}\n`, 'b.env': `A_TOKEN=${two}\n` })
    // The identity is made by the first write, which is not what is looked at here.
    await place.run(['set', 'FIRST', '--env', 'staging'], { input: 'x' })
    const both = await Promise.all(
      ['a.env', 'b.env'].map(file => pushed(place, '--from', file, '--env', 'staging', '--yes')),
    )
    expect(both.map(({ actions }) => actions['A_TOKEN']).sort()).toEqual(['created', 'differs'])
  })
})

/** A store in memory that can be told to fail; `race` runs just before a conditional write. */
class Store {
  readonly values = new Map<string, string>()
  readonly failures = new Map<string, 'before' | 'after' | 'before and reading'>()
  race: (name: string) => void = () => undefined
  closed = 0
  readonly provider: Provider

  constructor(hasWriteIf: boolean) {
    const put = (name: string, value: Secret): Promise<{ version: string }> => {
      const failure = this.failures.get(name)
      if (failure === undefined || failure === 'after') this.values.set(name, value.reveal())
      if (failure === undefined) return Promise.resolve({ version: `v-${name}` })
      return Promise.reject(new SecretsError('provider.unavailable', 'no answer came'))
    }
    this.provider = {
      limits: { valueBytes: 1000 },
      read: (name: string) => {
        const value = this.values.get(name)
        if (this.failures.get(name) === 'before and reading' && this.reads++ > 0)
          return Promise.reject(new SecretsError('provider.denied', 'may not be read'))
        return Promise.resolve(
          value === undefined ? undefined : { version: `v-${name}`, value: new Secret(value) },
        )
      },
      write: (name: string, value: Secret) => put(name, value),
      ...(hasWriteIf
        ? {
            writeIf: (name: string, value: Secret) => {
              this.race(name)
              if (this.values.has(name))
                return Promise.reject(new SecretsError('provider.conflict', 'it is there already'))
              return put(name, value)
            },
          }
        : {}),
      close: () => {
        this.closed += 1
        return Promise.resolve()
      },
    } as unknown as Provider
  }

  reads = 0

  async push(
    options: Record<string, boolean> = { yes: true },
    person?: FakePerson,
  ): ReturnType<typeof push.run> {
    const lines = ['A', 'B', 'C'].map(name => `${name}_TOKEN=${one}${name}\n`)
    const place = new Project({
      '.env': lines.join(''),
      'secrets.yaml': 'version: 1\nenvironments: { staging: { provider: local } }\n',
    })
    const { connect: files } = await import('../../providers/dotenv.ts')
    const context = createTestContext(place, {
      providers: {
        local: { title: '', kind: 'embedded', fields: {} },
        dotenv: { title: '', kind: 'embedded', fields: {} },
      },
      connect: async (target, root) =>
        target.provider === 'dotenv'
          ? await files(target, { ...context, root, note: () => undefined })
          : this.provider,
      ...(person === undefined ? {} : { person }),
    })
    return await push.run({ args: [], options }, context)
  }

  static actions(data: unknown): readonly string[] {
    return (data as PushReport).secrets.map(({ action }) => action)
  }
}

describe('a push that does not go through', () => {
  it('says what was done and what was not, and goes on when it is run again', async () => {
    const store = new Store(true)
    store.failures.set('B_TOKEN', 'before')
    const { data, exitCode, error } = await store.push()
    expect([exitCode, error?.code, Store.actions(data)]).toEqual([
      2,
      'provider.unavailable',
      ['created', 'failed', 'left'],
    ])
    store.failures.clear()
    const again = await store.push()
    expect([again.exitCode, Store.actions(again.data)]).toEqual([0, ['equal', 'created', 'created']])
    expect(store.closed).toBe(2)
  })

  it('looks whether a write without an answer has happened', async () => {
    const store = new Store(true)
    store.failures.set('A_TOKEN', 'after')
    const { exitCode, data } = await store.push()
    expect([exitCode, Store.actions(data)]).toEqual([0, ['created', 'created', 'created']])
  })

  inDepth('tells the first of two failures', async () => {
    const store = new Store(true)
    store.failures.set('A_TOKEN', 'before and reading')
    const { exitCode, error } = await store.push()
    expect([exitCode, error?.code]).toEqual([2, 'provider.unavailable'])
  })

  it.each([
    ['the same value', `${one}A`, 'equal'],
    ['another value', two, 'differs'],
  ])('leaves what somebody else wrote in between: %s', async (_, value, action) => {
    const store = new Store(true)
    store.race = name => {
      if (name === 'A_TOKEN') store.values.set(name, value)
    }
    const { data } = await store.push()
    expect([Store.actions(data)[0], store.values.get('A_TOKEN')]).toEqual([action, value])
  })

  it('looks again before it writes where the store has no conditional write', async () => {
    const store = new Store(false)
    const { data } = await store.push()
    expect(Store.actions(data)).toEqual(['created', 'created', 'created'])
  })

  it('is asked for with the plan in the question, and not done without a yes', async () => {
    const store = new Store(true)
    const no: FakePerson = { agrees: false, asked: [] }
    await rejection(store.push({}, no), 'usage.interrupted')
    for (const part of ['A_TOKEN', '.env', 'staging']) expect(no.asked[0]).toContain(part)
    expect([no.asked[0]?.includes(one), store.values.size]).toEqual([false, 0])
    const yes: FakePerson = { agrees: true, asked: [] }
    expect((await store.push({}, yes)).exitCode).toBe(0)
    expect(store.values.size).toBe(3)
  })
})
