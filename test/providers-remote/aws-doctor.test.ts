import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnosedSteps, type Finding } from '../../src/core/diagnosis.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { hour, never, put } from '../contract/harness.ts'
import { type AwsSession, runner, startAws } from '../providers/aws.harness.ts'
import { selfSigned } from '../servers/aws/certificate.ts'
import { administrator, startAwsServer } from '../servers/aws/server.ts'
import type { Identity } from '../servers/aws/signature.ts'

async function ask(
  provider: Provider,
  now = Date.now(),
  names: readonly string[] = ['KEY'],
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const finding of provider.diagnose!({ names, now: () => now }, never)) found.push(finding)
  await provider.close()
  return found
}

const about = (
  findings: readonly Finding[],
  check: Finding['check'],
  subject?: string,
): Finding | undefined => findings.find(one => one.check === check && one.subject === subject)

const repairOf = (finding: Finding | undefined): string => (finding?.repair ?? []).join('\n')

async function withSession(
  work: (session: AwsSession) => Promise<void>,
  may: Identity['may'] = runner.may,
): Promise<void> {
  const session = await startAws({ identities: [administrator, { ...runner, may }] })
  await work(session)
  await session.stop()
}

describe('doctor, asked of the service', () => {
  it('with the documented policy everything is fine, and nothing is changed', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, 'KEY', 'value-of-the-key')
      const before = session.server.service.secret(`${session.prefix}KEY`)!.changed
      const findings = await ask(provider)
      expect(findings.filter(({ severity }) => !['ok', 'info'].includes(severity))).toEqual([])
      expect([...new Set(findings.map(({ check }) => check))]).toEqual([
        ...['reachable', 'tls', 'clock', 'credentials', 'permission', 'rotator'],
      ])
      expect(about(findings, 'permission', 'rollback')?.severity).toBe('ok')
      expect(session.server.service.secret(`${session.prefix}KEY`)!.changed).toBe(before)
      const names: string[] = []
      const all = await session.connect()
      for await (const { name } of all.list('', never)) names.push(name)
      expect(names).toEqual(['KEY'])
      await all.close()
      // What would change something was asked of secrets that are not there.
      const writes = session.server.seen.filter(({ operation }) => !/^(?:Get|Describe|List)/.test(operation))
      const asked = writes.slice(1).map(({ input }) => String(input['SecretId']))
      expect(asked.length).toBeGreaterThan(5)
      for (const object of asked.slice(1)) expect(object).toMatch(/\/SECRETS_CHECK_[0-9a-f]{32}$/)
    })
  })

  it('each right that is missing stands under the steps that need it, with its repair', async () => {
    const without =
      (...denied: readonly string[]): Identity['may'] =>
      (action, resource) =>
        !denied.includes(action.replace('secretsmanager:', '')) && runner.may(action, resource)
    for (const [denied, steps] of [
      [['ListSecrets'], ['list']],
      [['GetSecretValue'], ['read', 'stage', 'rollback', 'abort']],
      [['PutSecretValue'], ['set', 'stage', 'rollback', 'abort']],
      [['TagResource'], ['commit', 'retire', 'rollback', 'abort']],
      [['UntagResource'], ['retire', 'delete']],
      [['DeleteSecret'], ['delete']],
      [['UpdateSecretVersionStage'], ['set', 'commit', 'retire', 'rollback', 'abort', 'delete']],
    ] as const) {
      await withSession(
        async session => {
          const findings = await ask(await session.connect())
          const wrong = diagnosedSteps.filter(step =>
            ['error', 'warning'].includes(about(findings, 'permission', step)?.severity ?? ''),
          )
          expect([denied, wrong]).toEqual([denied, [...steps]])
          for (const step of wrong) {
            expect(repairOf(about(findings, 'permission', step))).toContain(`secretsmanager:${denied[0]}`)
          }
        },
        without(...denied),
      )
    }
  })

  it('a secret of its own policy, one that others rotate, one that waits for its deletion, a full one', async () => {
    await withSession(
      async session => {
        const { service } = session.server
        for (const name of ['KEY', 'OWNED', 'GONE', 'FULL', 'HIDDEN'])
          service.seed(session.prefix + name, 'x')
        service.change(`${session.prefix}OWNED`, { owningService: 'rds' })
        service.secret(`${session.prefix}GONE`)!.deleted = Date.now()
        service.secret(`${session.prefix}FULL`)!.tags = new Map(
          Array.from({ length: 48 }, (_, index) => [`tag-${String(index)}`, 'x']),
        )
        const names = ['KEY', 'OWNED', 'GONE', 'FULL', 'HIDDEN', 'NOT_THERE']
        const findings = await ask(await session.connect(), Date.now(), names)
        const wrong = findings.filter(({ severity }) => ['error', 'warning'].includes(severity))
        expect(wrong.map(({ check, subject, severity }) => [check, subject, severity])).toEqual([
          ['rotator', 'OWNED', 'error'],
          ['place', 'GONE', 'warning'],
          ['limits', 'FULL', 'warning'],
          ['place', 'HIDDEN', 'error'],
        ])
      },
      (action, resource) => !resource.endsWith('HIDDEN') && runner.may(action, resource),
    )
  })

  it('the clock is compared with the Date header, also where the service refuses the signature for it', async () => {
    await withSession(async session => {
      for (const [offset, severity] of [
        [0, 'ok'],
        [60_000, 'warning'],
        [-hour, 'error'],
      ] as const) {
        const findings = await ask(await session.connect(), Date.now() + offset)
        expect([offset, about(findings, 'clock')?.severity]).toEqual([offset, severity])
      }
      session.server.skew = hour
      const findings = await ask(await session.connect())
      expect(about(findings, 'clock')?.severity).toBe('error')
      expect(about(findings, 'credentials')?.severity).toBe('error')
      expect(findings.filter(({ check }) => check === 'permission')).toEqual([])
    })
  })

  it('over TLS the certificate is looked at', async () => {
    const root = await mkdtemp(join(tmpdir(), 'secrets-aws-tls-'))
    const tls = selfSigned()
    await writeFile(join(root, 'ca.pem'), tls.cert)
    await withSession(async session => {
      const { service, identities } = session.server
      const server = await startAwsServer({ service, identities, tls })
      const env = { AWS_ENDPOINT_URL: server.address, AWS_CA_BUNDLE: join(root, 'ca.pem') }
      const findings = await ask(await session.connectWith({ env }))
      expect(['ok', 'warning']).toContain(about(findings, 'tls')?.severity)
      const later = await ask(await session.connectWith({ env }), Date.now() + 50 * 365 * 24 * hour)
      expect(about(later, 'tls')?.severity).toBe('warning')
      const strange = await ask(
        await session.connectWith({ env: { ...env, AWS_CA_BUNDLE: undefined } }),
      ).catch((error: unknown) => error)
      expect(isSecretsError(strange, 'provider.unavailable')).toBe(true)
      await server.stop()
    })
    await rm(root, { recursive: true, force: true })
  })

  it('keys that are none: credentials, and nothing is asked with them', async () => {
    await withSession(async session => {
      const findings = await ask(await session.connectWith({ env: { AWS_SECRET_ACCESS_KEY: 'not-the-key' } }))
      expect(about(findings, 'credentials')?.severity).toBe('error')
      expect(findings.filter(({ check }) => check === 'permission')).toEqual([])
    })
  })

  it('a page of somebody else, and nobody: reachable says which', async () => {
    await withSession(async session => {
      const page = await session.through(() => ({
        ...{ do: 'answer', when: 'before', status: 200, headers: { 'Content-Type': 'text/html' } },
        body: '<html>sign in</html>',
      }))
      const findings = await ask(await session.connectWith({ env: { AWS_ENDPOINT_URL: page.address } }))
      expect(about(findings, 'reachable')?.severity).toBe('error')
      expect(findings).toHaveLength(1)
      const gone = await session.connectWith({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } })
      const failure: unknown = await ask(gone).catch((error: unknown) => error)
      expect(isSecretsError(failure, 'provider.unavailable')).toBe(true)
    })
  })
})
