import { describe, expect, it } from 'vitest'
import {
  documentedPolicy,
  harness,
  makeToken,
  startVault,
  type VaultSession,
} from '../providers/vault.harness.ts'
import { type JsonReport, Project } from '../support/cli.ts'
import { ahead, entriesOf } from './place.ts'

const secret = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }
const placed = (place: object): object => ({ ...secret, environments: { production: place } })

/** What stood there before this tool came: other kinds of values too. */
const original = {
  'jwt-secret': 'jwt-by-hand',
  mail_token: 'mail-by-hand',
  ports: [1, 2.5],
  limit: 1e21,
  on: true,
}

interface Opened {
  readonly session: VaultSession
  readonly project: Project
  readonly env: Readonly<Record<string, string>>
  /** The document elsewhere, as the server has it. */
  elsewhere(): Promise<Record<string, unknown>>
}

let count = 0

async function opened(): Promise<Opened> {
  const session = await startVault()
  const { bao, path } = session
  count += 1
  const other = `photo app/${String(count)}/keys`
  await bao.api('POST', `secret/data/${encodeURI(other)}`, { data: original })
  await bao.api('POST', `secret/data/${encodeURI(path)}`, {
    data: { 'session.key': 'session-by-hand', PLAIN: 'plain' },
  })
  const policy = `places-${String(count)}`
  const rules = [await documentedPolicy('secret', path), await documentedPolicy('secret', other)].join('\n')
  await bao.api('PUT', `sys/policies/acl/${policy}`, { policy: rules })
  const manifest = {
    version: 1,
    environments: {
      production: { provider: 'vault', ...session.cli!().settings, rotate: { every: '30d', grace: '1h' } },
    },
    variables: {
      JWT_SECRET: placed({ ref: other, field: 'jwt-secret' }),
      MAIL_TOKEN: placed({ ref: other, field: 'mail_token' }),
      SESSION_KEY: placed({ field: 'session.key' }),
    },
  }
  const project = new Project({ 'secrets.yaml': JSON.stringify(manifest) })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  const elsewhere = async (): Promise<Record<string, unknown>> => {
    const reply = await bao.api('GET', `secret/data/${encodeURI(other)}`)
    // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
    return reply.body.data.data as Record<string, unknown>
  }
  return { session, project, env: { VAULT_TOKEN: await makeToken(bao, policy) }, elsewhere }
}

const statesOf = (report: JsonReport): readonly (readonly [string, string])[] =>
  entriesOf(report, 'secrets').map(({ name, state }) => [name, state] as const)
const random = expect.stringMatching(/^[0-9a-f]{64}$/) as string

describe.skipIf(harness.unavailable !== undefined)(
  'vault, through the command line: ref and field',
  { timeout: 120_000 },
  () => {
    it('each variable is found, rotated and retired where it stands; nothing beside it changes', async () => {
      const { session, project, env, elsewhere } = await opened()
      const { report: list } = await project.json(['list'], { env })
      expect((list.data?.['secrets'] as { name: string }[]).map(({ name }) => name)).toEqual([
        ...['JWT_SECRET', 'MAIL_TOKEN', 'PLAIN', 'SESSION_KEY'],
      ])
      expect((await project.run(['get', 'JWT_SECRET'], { env })).stdout).toBe('jwt-by-hand')
      for (const name of ['JWT_SECRET', 'SESSION_KEY']) {
        const { code, report } = await project.json(['rotate', name, '--yes'], { env })
        expect([name, code, report.error]).toEqual([name, 0, undefined])
      }
      const first = await elsewhere()
      expect(first).toEqual({
        ...original,
        'jwt-secret': random,
        'jwt-secret_OLD': 'jwt-by-hand',
        _secrets_v1: expect.any(String) as string,
      })
      expect(await session.data()).toMatchObject({
        PLAIN: 'plain',
        'session.key': random,
        'session.key_OLD': 'session-by-hand',
      })
      expect(statesOf((await project.json(['status'], { env })).report)).toEqual([
        ['JWT_SECRET', 'grace'],
        ['MAIL_TOKEN', 'steady'],
        ['SESSION_KEY', 'grace'],
      ])
      const program = `const { JWT_SECRET_OLD: old, MAIL_TOKEN: token, PLAIN: plain } = process.env
      process.exit(old === 'jwt-by-hand' && token === 'mail-by-hand' && plain === 'plain' ? 7 : 8)`
      expect((await project.run(['run', '--', process.execPath, '-e', program], { env })).code).toBe(7)
      const later = { env: { ...env, ...ahead(7_200_000).env } }
      expect((await project.json(['rotate', 'MAIL_TOKEN', '--yes'], { env })).code).toBe(0)
      expect((await project.json(['retire', 'JWT_SECRET'], later)).code).toBe(0)
      expect(await elsewhere()).toMatchObject({
        'jwt-secret_OLD': first['jwt-secret'],
        mail_token: random,
        mail_token_OLD: 'mail-by-hand',
      })
      expect((await project.json(['rollback', 'MAIL_TOKEN'], { env })).code).toBe(0)
      expect(await elsewhere()).toMatchObject({ ...original, 'jwt-secret': first['jwt-secret'] })
      expect((await project.json(['doctor'], { env })).code).toBe(0)
      expect((await project.json(['history', 'JWT_SECRET'], { env })).code).toBe(0)
      await session.stop()
    })

    it.each([
      ['two variables in one place', { A: placed({ field: 'same' }), B: placed({ field: 'same' }) }],
      ['the place of a previous value', { A: placed({ field: 'B_OLD' }), B: placed({ field: 'B' }) }],
      ['a field that is ours', { A: placed({ field: '_secrets_v1' }) }],
      ['a field that is a path', { A: placed({ field: '../x' }) }],
      ['a path that leaves the mount', { A: placed({ ref: '../sys/seal', field: 'x' }) }],
      ['the documents of staged values', { A: placed({ ref: 'app/.secrets', field: 'x' }) }],
    ])('refuses %s before it asks the store', async (_what, variables) => {
      const settings = { provider: 'vault', address: 'https://127.0.0.1:1', path: 'app' }
      const manifest = { version: 1, environments: { production: settings }, variables }
      const project = new Project({ 'secrets.yaml': JSON.stringify(manifest) })
      expect((await project.run(['trust', '--yes'])).code).toBe(0)
      const { code, report } = await project.json(['list'], { env: { VAULT_TOKEN: 'none' } })
      expect([code, report.error?.code]).toEqual([2, 'manifest.invalid'])
    })
  },
)
