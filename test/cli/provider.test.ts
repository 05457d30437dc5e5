import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { armor, Encrypter, generateX25519Identity } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { providers } from '../../providers/index.ts'
import { Project } from '../support/cli.ts'
import { atTerminal, hasTerminal } from '../support/terminal.ts'
import { inDepth } from '../support/thorough.ts'

const manifest = `version: 1
environments:
  development: { provider: dotenv, path: .env }
  staging: { provider: local, path: stores/a }
  production: { provider: local, path: stores/b }
`
const project = (): Project => new Project({ 'secrets.yaml': manifest, '.env': 'A=value-of-a\n' })

interface Check {
  readonly environment: string
  readonly provider: string
  readonly reachable: boolean
  readonly who: string
  readonly where: string
  readonly guarantees: Record<string, unknown>
  readonly meaning: Record<string, string>
}

describe('provider list', () => {
  it('shows every entry of the registry, and what of it is used where', async () => {
    const { code, report } = await project().json(['provider', 'list'])
    const list = report.data?.['providers'] as { id: string; kind: string; environments: string[] }[]
    expect([code, list.map(({ id }) => id)]).toEqual([0, Object.keys(providers)])
    expect(list).toMatchObject([
      { id: 'dotenv', kind: 'embedded', configured: true, environments: ['development'] },
      { id: 'local', kind: 'embedded', configured: true, environments: ['staging', 'production'] },
      ...list.slice(2).map(() => ({ kind: 'remote', configured: false })),
    ])
    const bare = await new Project({ '.env': 'A=1\n' }).json(['provider', 'list'])
    expect(bare.report.data?.['providers']).toMatchObject([
      { configured: true },
      ...list.slice(1).map(() => ({ configured: false })),
    ])
  })

  it('lists an adapter of others without loading it', async () => {
    const one = new Project({
      'secrets.yaml': 'version: 1\nenvironments: { x: { provider: ./store.mjs } }\n',
      'store.mjs': 'throw 1',
    })
    const { code, report } = await one.json(['provider', 'list'])
    const last = (report.data?.['providers'] as object[]).at(-1)
    expect([code, last]).toMatchObject([0, { id: './store.mjs', kind: 'third-party', title: null }])
  })
})

describe('provider check', () => {
  it('says who we are, where, and what the store promises in words', async () => {
    const { code, report, stdout } = await project().json(['provider', 'check'])
    const checks = report.data?.['checks'] as Check[]
    expect([code, checks.map(({ environment }) => environment)]).toEqual([
      0,
      ['development', 'staging', 'production'],
    ])
    for (const check of checks) {
      expect([check.reachable, check.who !== '', check.where !== '']).toEqual([true, true, true])
      expect(Object.keys(check.meaning).sort()).toEqual(Object.keys(check.guarantees).sort())
    }
    expect(checks[0]?.guarantees['election']).not.toBe(checks[1]?.guarantees['election'])
    expect(checks[0]?.meaning['election']).not.toBe(checks[1]?.meaning['election'])
    expect(stdout).not.toContain('value-of-a')
  })

  it('asks only the environment of --env', async () => {
    const { report } = await project().json(['provider', 'check', '--env', 'staging'])
    expect(report.data?.['checks']).toMatchObject([{ environment: 'staging', provider: 'local' }])
  })

  it('reports the stores that answer beside the one that does not', async () => {
    const one = project()
    one.write('.env', Buffer.from([0xff, 0xfe, 0]))
    const { code, report } = await one.json(['provider', 'check'])
    expect([code, report.ok, report.error?.code]).toEqual([2, false, 'env_file.not_text'])
    expect((report.data?.['checks'] as Check[]).map(({ reachable }) => reachable)).toEqual([
      false,
      true,
      true,
    ])
    expect((await one.run(['provider', 'check'])).stdout).toContain('[env_file.not_text]')
  })

  it.each([[['provider']], [['provider', 'chekc']], [['provider', 'list', 'x']]])(
    '%j is explained',
    async words => {
      const { code, report } = await project().json(words)
      expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
      expect(report.error?.hints.join('\n')).toContain('secrets provider')
    },
  )

  it('has nothing to check in an empty directory', async () => {
    const { code, report } = await new Project().json(['provider', 'check'])
    expect([code, report.error?.code]).toEqual([2, 'env_file.missing'])
  })
})

describe('provider passphrase', () => {
  const local = {
    'secrets.yaml': 'version: 1\nenvironments: { development: { provider: local } }\n',
    weak: 'short\n',
  }
  const identity = (one: Project): string => join(one.home, '.config/secrets/identity.txt')

  inDepth('protects the identity; afterwards the store needs the passphrase', async () => {
    const one = new Project(local)
    const none = await one.json(['provider', 'passphrase'])
    expect([none.code, none.report.error?.code]).toEqual([2, 'store.identity_missing'])
    await one.run(['set', 'TOKEN'], { input: 'value-of-token' })
    const plain = readFileSync(identity(one))
    for (const [words, code] of [
      [[], 'usage.needs_input'],
      [['--new-file', 'weak'], 'usage.too_weak'],
      [['--new-file', 'weak', '--remove'], 'usage.invalid_argument'],
    ] as const) {
      const refused = await one.json(['provider', 'passphrase', ...words])
      expect([refused.code, refused.report.error?.code]).toEqual([2, code])
    }
    expect(readFileSync(identity(one))).toEqual(plain)
    one.write('pass', 'correct horse battery\n', 0o600)
    const env = { SECRETS_PASSPHRASE_FILE: 'pass' }
    const done = await one.json(['provider', 'passphrase'], { env })
    expect([done.code, done.report.data?.['identity']]).toEqual([
      0,
      { path: identity(one), action: 'protected' },
    ])
    expect(statSync(identity(one)).mode & 0o777).toBe(0o600)
    const blocked = await one.json(['get', 'TOKEN'])
    expect([blocked.code, blocked.report.error?.code]).toEqual([2, 'usage.needs_input'])
    const { report } = await one.json(['doctor'])
    const problems = (report.data?.['findings'] as { check: string; severity: string }[]).filter(
      ({ severity }) => severity === 'error',
    )
    expect(problems).toContainEqual(expect.objectContaining({ check: 'identity' }))
    expect((await one.run(['get', 'TOKEN'], { env })).stdout).toBe('value-of-token')
  })

  it.skipIf(!hasTerminal)(
    'asks on a terminal, without echo, and changes nothing on a slip (needs python3)',
    async () => {
      const one = new Project(local)
      const plain = `${await generateX25519Identity()}\n`
      const encrypter = new Encrypter()
      encrypter.setPassphrase('old passphrase')
      encrypter.setScryptWorkFactor(4)
      await one.run(['set', 'TOKEN'], { input: 'x' })
      const sealed = armor.encode(await encrypter.encrypt(plain))
      writeFileSync(identity(one), sealed, { mode: 0o600 })
      const slip = await atTerminal(
        one,
        ['provider', 'passphrase'],
        [
          ['Passphrase of', 'old passphrase\\r'],
          ['New passphrase', 'correct horse battery\\r'],
          ['again', 'correct horse batter\\r'],
        ],
      )
      expect([slip.code, slip.report.error?.code]).toEqual([2, 'usage.needs_input'])
      expect([slip.hidden, slip.echo]).toEqual([[true, true, true], true])
      expect(slip.seen).not.toMatch(/correct|old pass/)
      expect(readFileSync(identity(one), 'utf8')).toBe(sealed)
      const removed = await atTerminal(
        one,
        ['provider', 'passphrase', '--remove'],
        [
          ['Passphrase of', 'wrong\\r'],
          ['Passphrase of', 'old passphrase\\r'],
        ],
      )
      expect([removed.code, removed.report.data?.['identity']]).toMatchObject([0, { action: 'removed' }])
      expect(readFileSync(identity(one), 'utf8')).toBe(plain)
    },
  )
})
