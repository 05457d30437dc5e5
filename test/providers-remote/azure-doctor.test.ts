import { afterAll, describe, expect, it } from 'vitest'
import { type DiagnosedStep, diagnosedSteps, type Finding } from '../../src/core/diagnosis.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { expectNoValue, hour, namesOf, never, put } from '../contract/harness.ts'
import { type AzureSession, documentedPermissions, harness, startAzure } from '../providers/azure.harness.ts'
import type { Permission } from '../servers/azure/key-vault.ts'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.ts'

afterAll(() => harness.close?.())

const value = 'value-of-the-key-0123456789'

async function ask(
  provider: Provider,
  now = Date.now(),
  names: readonly string[] = ['KEY'],
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const finding of provider.diagnose!({ names, now: () => now }, never)) found.push(finding)
  await provider.close()
  expectNoValue(found, [value])
  return found
}

const about = (
  findings: readonly Finding[],
  check: Finding['check'],
  subject?: string,
): Finding | undefined => findings.find(one => one.check === check && one.subject === subject)

const isWrong = (finding: Finding | undefined): boolean =>
  ['error', 'warning'].includes(finding?.severity ?? '')

async function withSession(
  work: (session: AzureSession) => Promise<void>,
  may: readonly Permission[] = documentedPermissions,
): Promise<void> {
  const session = await startAzure()
  session.permissions.set(session.env['AZURE_CLIENT_ID']!, may)
  await work(session)
  await session.stop()
}

async function through(session: AzureSession, fault: Fault): Promise<readonly Finding[]> {
  const { certificate, port } = session.vault
  const proxy = await startFaultProxy({ ...certificate, port }, () => fault)
  try {
    return await ask(await session.connectWith({ settings: { vault: proxy.address } }))
  } finally {
    await proxy.stop()
  }
}

describe('doctor, asked of the vault', () => {
  it('with the documented rights everything is fine, and nothing is changed', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      const version = await put(provider, 'KEY', value)
      const before = session.vault.seen.length
      const findings = await ask(await session.connect())
      expect(findings.filter(isWrong)).toEqual([])
      expect([...new Set(findings.map(({ check }) => check))]).toEqual([
        ...['reachable', 'tls', 'clock', 'credentials', 'permission', 'rotator'],
      ])
      expect(about(findings, 'credentials')?.message).toContain(session.env['AZURE_CLIENT_ID'])
      // What would change something was asked of a secret that is not there, and found nothing.
      const writes = session.vault.seen.slice(before).filter(({ method }) => method !== 'GET')
      expect(writes).toHaveLength(3)
      for (const { path, status } of writes) {
        expect([path, status]).toEqual([expect.stringMatching(/SECRETS-CHECK-[0-9a-f]{32}/) as string, 404])
      }
      expect((await provider.read('KEY', 'current', never))?.version).toBe(version)
      expect(await namesOf(provider)).toEqual(['KEY'])
      await provider.close()
    })
  })

  it('each right that is missing stands under the steps that need it, with its repair', async () => {
    const rotating: readonly DiagnosedStep[] = ['set', 'stage', 'commit', 'retire', 'rollback', 'abort']
    for (const [denied, steps] of [
      ['get', ['read', ...rotating, 'delete']],
      ['list', ['list', ...rotating, 'delete']],
      ['set', rotating],
      ['delete', ['delete']],
      ['recover', ['set']],
    ] as const) {
      await withSession(
        async session => {
          const findings = await ask(await session.connect())
          const wrong = diagnosedSteps.filter(step => isWrong(about(findings, 'permission', step)))
          expect([denied, wrong]).toEqual([denied, steps])
          for (const step of wrong)
            expect(about(findings, 'permission', step)?.repair?.join('\n')).toContain(denied)
        },
        documentedPermissions.filter(one => one !== denied),
      )
    }
  })

  it('what others rotate, a disabled value, many tags, a place that is taken', async () => {
    await withSession(async session => {
      const { state } = session.vault
      const tags = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`t${String(index)}`, 'x']))
      state.plant('KEY', value)
      state.plant('CERTIFICATE', value, { managed: true })
      state.plant('ROTATED', value, { tags: { ProviderAddress: 'x', CredentialId: 'y' } })
      state.plant('OFF', value, { enabled: false })
      state.plant('FULL', value, { tags })
      state.plant('TAKEN', value)
      state.plant('TAKEN--OLD', value)
      const names = ['KEY', 'CERTIFICATE', 'ROTATED', 'OFF', 'FULL', 'TAKEN', 'NOT_THERE']
      const findings = await ask(await session.connect(), Date.now(), names)
      const wrong = findings.filter(isWrong)
      expect(wrong.map(({ check, subject, severity }) => [check, subject, severity])).toEqual([
        ['rotator', 'CERTIFICATE', 'error'],
        ['rotator', 'ROTATED', 'error'],
        ['place', 'OFF', 'error'],
        ['limits', 'FULL', 'warning'],
        ['place', 'TAKEN (previous)', 'warning'],
      ])
      for (const { repair = [] } of wrong) expect(repair).not.toEqual([])
    })
  })

  it('the clock is compared with the Date header, the certificate with the clock', async () => {
    await withSession(async session => {
      for (const [offset, severity] of [
        [0, 'ok'],
        [60_000, 'warning'],
        [-hour, 'error'],
      ] as const) {
        const findings = await ask(await session.connect(), Date.now() + offset)
        expect([offset, about(findings, 'clock')?.severity]).toEqual([offset, severity])
      }
      const later = await ask(await session.connect(), Date.now() + 500 * 365 * 24 * hour)
      expect(about(later, 'tls')?.severity).toBe('warning')
    })
  })

  it('credentials that are none, and a token that the vault does not take: nothing is asked with them', async () => {
    await withSession(async session => {
      const wrong = await ask(
        await session.connectWith({ env: { AZURE_CLIENT_SECRET: 'not-the-secret-0123' } }),
      )
      expect(wrong.map(({ check, severity }) => [check, severity])).toEqual([['credentials', 'error']])
      const refused = await through(session, {
        ...{ do: 'answer', when: 'before', status: 401 },
        body: '{"error":{"code":"Unauthorized"}}',
      })
      expect(about(refused, 'reachable')?.severity).toBe('ok')
      expect(about(refused, 'credentials')?.severity).toBe('error')
      expect(refused.filter(({ check }) => check === 'permission')).toEqual([])
    })
  })

  it('a page of somebody else, and nobody: reachable says which', async () => {
    await withSession(async session => {
      const findings = await through(session, {
        ...{ do: 'answer', when: 'before', status: 200, headers: { 'Content-Type': 'text/html' } },
        body: '<html>sign in</html>',
      })
      expect(findings.map(({ check, severity }) => [check, severity])).toEqual([['reachable', 'error']])
      const gone = await session.connectWith({ settings: { vault: 'https://127.0.0.1:1' } })
      const failure: unknown = await ask(gone).catch((error: unknown) => error)
      expect(isSecretsError(failure, 'provider.unavailable')).toBe(true)
    })
  })
})
