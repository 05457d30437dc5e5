import { afterAll, describe, expect, it } from 'vitest'
import { diagnosedSteps, type Finding } from '../../src/core/diagnosis.ts'
import type { Provider } from '../../src/core/provider.ts'
import { hour, never, noon, put } from '../contract/harness.ts'
import { documentedPermissions, type GcpSession, harness, startGcp } from '../providers/gcp.harness.ts'
import { runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

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

/** With one secret that was rotated and retired, so that all three are there. */
async function withSession(
  work: (session: GcpSession) => Promise<void>,
  settings?: Readonly<Record<string, string>>,
): Promise<void> {
  const session = await startGcp(settings)
  const provider = await session.connect()
  await put(provider, 'KEY', 'value-of-the-key')
  await runEngine(provider, { do: 'rotate' }, noon)
  await runEngine(provider, { do: 'retire' }, noon + 25 * hour)
  await provider.close()
  await work(session)
  await session.stop()
}

describe('doctor, asked of Secret Manager', () => {
  it.each([{}, { read: 'alias' }, { location: 'europe-west3' }])(
    'everything is fine with the documented role: %j',
    async settings => {
      await withSession(async session => {
        const before = session.server.requests.length
        const findings = await ask(await session.connect())
        expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([])
        expect([...new Set(findings.map(({ check }) => check))]).toEqual([
          ...['reachable', 'tls', 'clock', 'credentials', 'place', 'permission', 'limits', 'rotator'],
        ])
        expect(findings.filter(({ check }) => check === 'permission').map(({ subject }) => subject)).toEqual([
          ...diagnosedSteps,
        ])
        // Nothing is tried out, and no value is read.
        const asked = session.server.requests.slice(before)
        expect(asked.filter(one => !/^GET \S+\/secrets$|:testIamPermissions$/.test(one))).toEqual([])
      }, settings)
    },
  )

  it('a secret that was never rotated: what has to be made cannot be looked at, and that is said', async () => {
    await withSession(async session => {
      await put(await session.connect(), 'YOUNG', 'value-of-the-young')
      const findings = await ask(await session.connect(), Date.now(), ['KEY', 'YOUNG', 'NOT_THERE'])
      for (const step of ['set', 'stage', 'commit']) {
        expect([step, about(findings, 'permission', step)?.severity]).toEqual([step, 'info'])
      }
      expect(about(findings, 'permission', 'retire')?.severity).toBe('ok')
    })
  })

  it.each([
    ['secretmanager.secrets.update', ['set', 'stage', 'commit', 'retire', 'rollback', 'abort', 'erase']],
    [
      'secretmanager.versions.access',
      ['read', 'set', 'stage', 'commit', 'retire', 'rollback', 'abort', 'erase'],
    ],
    ['secretmanager.versions.add', ['set', 'stage', 'commit', 'retire', 'rollback']],
    ['secretmanager.versions.disable', ['retire']],
    ['secretmanager.versions.destroy', ['retire', 'abort', 'erase']],
    ['secretmanager.secrets.delete', ['delete']],
    ['secretmanager.secrets.list', ['list']],
  ])('without %s: the steps that need it', async (permission, steps) => {
    await withSession(async session => {
      const all = await documentedPermissions()
      session.server.grant(
        session.email,
        all.filter(one => one !== permission),
      )
      const findings = await ask(await session.connect())
      const wrong = findings.filter(one => one.check === 'permission' && one.severity !== 'ok')
      expect(wrong.map(({ subject }) => subject)).toEqual(steps)
      for (const one of wrong) {
        expect(one.message).toContain(permission)
        expect(repairOf(one)).toContain('gcloud projects add-iam-policy-binding my-project')
      }
    })
  })

  it('the clock is compared with the Date header', async () => {
    await withSession(async session => {
      for (const [offset, severity] of [
        [0, 'ok'],
        [-60_000, 'warning'],
        [600_000, 'error'],
      ] as const) {
        const findings = await ask(await session.connect(), Date.now() + offset)
        expect([offset, about(findings, 'clock')?.severity]).toEqual([offset, severity])
      }
    })
  })

  it('managed rotation, an expiry, something of somebody else where the old value would stand', async () => {
    await withSession(async session => {
      session.addByHand('OTHER', 'value-of-the-other')
      session.addByHand('OTHER_OLD', 'value-of-somebody-else')
      session.stored('OTHER')!.isManaged = true
      const key = session.stored('KEY')!
      key.fields = { ...key.fields, expireTime: new Date(noon).toISOString() }
      const findings = await ask(await session.connect(), Date.now(), ['KEY', 'OTHER'])
      expect(about(findings, 'rotator', 'OTHER')?.severity).toBe('error')
      expect(about(findings, 'place', `${session.prefix}OTHER_OLD`)?.severity).toBe('error')
      expect(about(findings, 'limits', 'KEY')?.severity).toBe('warning')
    })
  })

  it('no credentials, a revoked key, another project: said, and nothing is asked with them', async () => {
    await withSession(async session => {
      const none = { GOOGLE_APPLICATION_CREDENTIALS: '', HOME: session.root }
      const findings = await ask(await session.connectWith({ env: none }))
      expect(findings.map(({ check, severity }) => [check, severity])).toEqual([['credentials', 'error']])
      const elsewhere = await ask(await session.connectWith({ settings: { project: 'other-project' } }))
      expect(about(elsewhere, 'place')?.severity).toBe('error')
      session.server.tokens.revoke(session.email)
      const revoked = await ask(await session.connect())
      expect(about(revoked, 'credentials')?.severity).toBe('error')
      expect(revoked.filter(({ check }) => check === 'permission')).toEqual([])
    })
  })
})
