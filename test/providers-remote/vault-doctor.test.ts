import { afterAll, describe, expect, it } from 'vitest'
import { diagnosedSteps, type Finding } from '../../src/core/diagnosis.ts'
import type { Provider } from '../../src/core/provider.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import { hour, never, put } from '../contract/harness.ts'
import { harness, makeToken, startVault, type VaultSession } from '../providers/vault.harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'

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

async function withSession(work: (session: VaultSession) => Promise<void>): Promise<void> {
  const session = await startVault()
  await work(session)
  await session.stop()
}

const repairOf = (finding: Finding | undefined): string => (finding?.repair ?? []).join('\n')

describe.skipIf(harness.unavailable !== undefined)('doctor, asked of a real server', () => {
  it('everything is fine: reachable, TLS, clock, credentials, mount, every step', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, 'KEY', 'value-of-the-key')
      const findings = await ask(provider)
      expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['ok']))
      expect([...new Set(findings.map(({ check }) => check))]).toEqual([
        ...['reachable', 'tls', 'clock', 'credentials', 'place', 'permission', 'limits', 'rotator'],
      ])
    })
  })

  it('the clock is compared with the Date header', async () => {
    await withSession(async session => {
      for (const [offset, severity] of [
        [0, 'ok'],
        [60_000, 'warning'],
        [-60_000, 'warning'],
        [600_000, 'error'],
        [-hour, 'error'],
      ] as const) {
        const findings = await ask(await session.connect(), Date.now() + offset)
        expect([offset, about(findings, 'clock')?.severity]).toEqual([offset, severity])
      }
    })
  })

  it('a certificate that ends soon', async () => {
    await withSession(async session => {
      // The development certificate is valid for some weeks: looked at from shortly before its end.
      const today = await ask(await session.connect())
      expect(about(today, 'tls')?.severity).toBe('ok')
      const later = await ask(await session.connect(), Date.now() + 20 * 365 * 24 * hour)
      expect(about(later, 'tls')?.severity).toBe('warning')
    })
  })

  it('a mount that is missing: the command that enables it, which then works', async () => {
    await withSession(async session => {
      const settings = { mount: 'not-there-yet' }
      const before = await ask(
        await session.connectWith({ settings, env: { VAULT_TOKEN: session.bao.rootToken } }),
      )
      const place = about(before, 'place')
      expect(place?.severity).toBe('error')
      expect(repairOf(place)).toContain('bao secrets enable -path=not-there-yet kv-v2')
      // What the command does.
      await session.bao.api('POST', 'sys/mounts/not-there-yet', { type: 'kv', options: { version: '2' } })
      const after = await ask(
        await session.connectWith({ settings, env: { VAULT_TOKEN: session.bao.rootToken } }),
      )
      expect(about(after, 'place')?.severity).toBe('ok')
      await session.bao.api('DELETE', 'sys/mounts/not-there-yet')
    })
  })

  it('KV version 1, and an engine that rotates by itself', async () => {
    await withSession(async session => {
      const env = { VAULT_TOKEN: session.bao.rootToken }
      await session.bao.api('POST', 'sys/mounts/old-kv', { type: 'kv', options: { version: '1' } })
      const old = await ask(await session.connectWith({ settings: { mount: 'old-kv' }, env }))
      expect(repairOf(about(old, 'place'))).toContain('enable-versioning old-kv')
      await session.bao.api('POST', 'sys/mounts/other-engine', { type: 'transit' })
      const other = await ask(await session.connectWith({ settings: { mount: 'other-engine' }, env }))
      expect(about(other, 'rotator')?.severity).toBe('error')
      for (const mount of ['old-kv', 'other-engine']) await session.bao.api('DELETE', `sys/mounts/${mount}`)
    })
  })

  it('a token that may only read: each step that it may not do, with the rule that it lacks', async () => {
    await withSession(async session => {
      const rule = `path "secret/data/${session.path}" { capabilities = ["read"] }`
      await session.bao.api('PUT', 'sys/policies/acl/reader', { policy: rule })
      const token = await makeToken(session.bao, 'reader')
      const findings = await ask(await session.connectWith({ env: { VAULT_TOKEN: token } }))
      expect(about(findings, 'credentials')?.severity).toBe('ok')
      expect(about(findings, 'permission', 'list')?.severity).toBe('ok')
      for (const step of ['read', 'set', 'stage', 'commit', 'retire', 'rollback', 'abort']) {
        expect([step, about(findings, 'permission', step)?.severity]).toEqual([step, 'error'])
      }
      const staging = `secret/data/${session.path}/.secrets/KEY`
      expect(repairOf(about(findings, 'permission', 'stage'))).toContain(
        `path "${staging}" { capabilities = ["create"] }`,
      )
    })
  })

  it('the documented policy without its optional rule: only erasing is missing', async () => {
    await withSession(async session => {
      const { path } = session
      const policy = [
        `path "secret/data/${path}" { capabilities = ["read", "create", "update"] }`,
        `path "secret/data/${path}/.secrets/*" { capabilities = ["read", "create", "update"] }`,
        `path "secret/destroy/${path}/.secrets/*" { capabilities = ["update"] }`,
      ].join('\n')
      await session.bao.api('PUT', 'sys/policies/acl/no-erase', { policy })
      const token = await makeToken(session.bao, 'no-erase')
      const findings = await ask(await session.connectWith({ env: { VAULT_TOKEN: token } }))
      const wrong = findings.filter(({ severity }) => severity !== 'ok')
      expect(wrong.map(({ subject, severity }) => [subject, severity])).toEqual([['erase', 'warning']])
    })
  })

  it('a token that is none: credentials, and nothing is asked with it', async () => {
    await withSession(async session => {
      const findings = await ask(await session.connectWith({ env: { VAULT_TOKEN: 'not-a-token' } }))
      expect(about(findings, 'credentials')?.severity).toBe('error')
      expect(findings.filter(({ check }) => check === 'permission')).toEqual([])
      const none = await ask(
        await session.connectWith({ env: { VAULT_TOKEN: undefined, HOME: session.root } }),
      )
      expect(about(none, 'credentials')?.severity).toBe('error')
    })
  })

  it('values that the server will delete by itself, and a place that is taken', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, 'KEY', 'value-of-the-key')
      await session.takeName?.('KEY')
      await session.bao.api('POST', `secret/metadata/${encodeURI(session.path)}`, {
        delete_version_after: '90h',
      })
      await put(provider, 'OTHER', 'value-of-the-other')
      const findings = await ask(provider)
      expect(about(findings, 'limits')?.severity).toBe('warning')
      expect(about(findings, 'place', 'KEY_OLD')?.severity).toBe('error')
    })
  })

  it('1,000 names: the right to every one of them is asked', async () => {
    await withSession(async session => {
      const names = Array.from({ length: 1_000 }, (_, index) => `NAME_${String(index)}`)
      const findings = await ask(await session.connect(), Date.now(), names)
      for (const step of diagnosedSteps) expect(about(findings, 'permission', step)?.severity).toBe('ok')
    })
  })

  it('a sealed server, a page of somebody else, nobody: reachable says which', async () => {
    await withSession(async session => {
      const sealed = '{"sealed":true,"type":"shamir"}'
      for (const [body, headers] of [
        [sealed, {}],
        ['<html>sign in</html>', { 'Content-Type': 'text/html' }],
      ] as const) {
        const proxy = await startFaultProxy(session.bao, () => ({
          ...{ do: 'answer', when: 'before', status: 200, headers, body },
        }))
        const findings = await ask(await session.connectWith({ settings: { address: proxy.address } }))
        expect(about(findings, 'reachable')?.severity).toBe('error')
        expect(about(findings, 'credentials')).toBeUndefined()
        await proxy.stop()
      }
      const gone = await session.connectWith({ settings: { address: 'https://127.0.0.1:1' } })
      const failure: unknown = await ask(gone).catch((error: unknown) => error)
      expect(isSecretsError(failure, 'provider.unavailable')).toBe(true)
    })
  })
})
