import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Timers } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import { expectNoValue, hour, namesOf, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { type AzureSession, documentedPermissions, harness, startAzure } from '../providers/azure.harness.ts'
import { makeCertificate } from '../servers/azure/certificate.ts'
import { signJwt } from '../servers/azure/issuer.ts'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.ts'
import { name, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'
const newValue = 'new-value-0123456789abcdef'

type Options = Parameters<typeof startAzure>[0]

async function onVault(
  work: (session: AzureSession, provider: Provider) => Promise<void>,
  options?: Options,
): Promise<void> {
  const session = await startAzure(options)
  const provider = await session.connect()
  try {
    await work(session, provider)
    await provider.close()
  } finally {
    await session.stop()
  }
}

async function throughProxy(
  session: AzureSession,
  plan: (number: number) => Fault | undefined,
  work: (provider: Provider) => Promise<void>,
): Promise<void> {
  const { certificate, port } = session.vault
  const proxy = await startFaultProxy({ ...certificate, port }, plan)
  const provider = await session.connectWith({ settings: { vault: proxy.address, timeout: '500ms' } })
  try {
    await work(provider)
    await provider.close()
  } finally {
    await proxy.stop()
  }
}

/** Time in which a busy machine takes no longer than an idle one. */
const steadyTimers: Timers = {
  now: () => 0,
  after: (milliseconds, work) => systemTimers.after(milliseconds, work),
}

const wordOf = async (provider: Provider): Promise<string> =>
  stateOf(await provider.rotation!.observe(name, never)).word

describe('signing in', () => {
  it('a client secret: who it is, and where', async () => {
    await onVault(async (session, provider) => {
      const identity = await provider.check(never)
      expect(identity.who).toContain(session.env['AZURE_CLIENT_ID'])
      expect(identity.where).toBe(session.vault.address)
      expectNoValue(identity, [session.env['AZURE_CLIENT_SECRET']!])
    })
  })

  it('a federated token file, signed by another issuer', async () => {
    await onVault(async session => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const clientId = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
      const federated = { issuer: 'https://ci.example', subject: 'repo:app:main', key: publicKey }
      session.issuer.applications.set(clientId, { clientId, federated })
      session.permissions.set(clientId, documentedPermissions)
      const directory = await mkdtemp(join(tmpdir(), 'secrets-federated-'))
      const file = join(directory, 'token')
      const claims = { iss: federated.issuer, sub: federated.subject, aud: 'api://AzureADTokenExchange' }
      const exp = Math.floor(Date.now() / 1000) + 600
      const env = { AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: file }
      try {
        await writeFile(file, signJwt({ ...claims, exp }, privateKey))
        const provider = await session.connectWith({ env })
        await put(provider, name, oldValue)
        expect((await provider.check(never)).who).toContain(clientId)
        await writeFile(file, signJwt({ ...claims, sub: 'repo:app:fork', exp }, privateKey))
        const fork = await session.connectWith({ env })
        const error = await rejection(valueOf(fork, name), 'provider.auth', [oldValue])
        expect(error.hints.join(' ')).toContain('AADSTS700027')
        await rm(file)
        await rejection(valueOf(await session.connectWith({ env }), name), 'provider.auth')
      } finally {
        await rm(directory, { recursive: true })
      }
    })
  })

  it('wrong, unknown or missing credentials: a typed error that quotes none', async () => {
    await onVault(async session => {
      const wrong = ['not', 'the', 'secret', '0123456789'].join('-')
      for (const env of [
        { AZURE_CLIENT_SECRET: wrong },
        { AZURE_CLIENT_ID: '99999999-0000-4000-8000-000000000000' },
        { AZURE_TENANT_ID: 'no tenant at all' },
        { AZURE_TENANT_ID: '' },
      ]) {
        const provider = await session.connectWith({ env })
        await rejection(valueOf(provider, name), 'provider.auth', [
          wrong,
          session.env['AZURE_CLIENT_SECRET']!,
        ])
      }
    })
  })

  it('an issuer that is busy, down, or no issuer', async () => {
    await onVault(async session => {
      const answers = [
        [{ status: 429, body: '{}', headers: { 'Retry-After': '7' } }, 'provider.limited'],
        [{ status: 503, body: '{}' }, 'provider.unavailable'],
        [{ status: 200, body: '<html>', headers: { 'Content-Type': 'text/html' } }, 'provider.invalid_reply'],
        [{ status: 302, body: '', headers: { Location: 'https://127.0.0.1:1/' } }, 'provider.unavailable'],
      ] as const
      try {
        for (const [answer, code] of answers) {
          session.issuer.failWith = answer
          const error = await rejection(valueOf(await session.connect(), name), code)
          if (code === 'provider.limited') expect(error.retryAfter).toBe(7000)
        }
      } finally {
        session.issuer.failWith = undefined
      }
    })
  })

  it('no request goes out without a token, however many begin at once', async () => {
    await onVault(async (session, provider) => {
      await Promise.all(['A', 'B', 'C', 'D'].map(one => put(provider, one, `value-of-${one}-0123`)))
      for (const one of ['A', 'B', 'C', 'D'])
        expect(await valueOf(provider, one)).toBe(`value-of-${one}-0123`)
      expect(session.vault.seen.filter(({ hasToken }) => !hasToken)).toEqual([])
    })
  })

  it('an expired token, one of another audience, issuer or key: refused by the vault', async () => {
    await onVault(async session => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const { issuer } = session
      const bad = [
        { expiresIn: -10 },
        { audience: 'https://storage.azure.com' },
        { issuer: 'https://sts.windows.net/other/' },
        { key: privateKey },
      ]
      try {
        for (const options of bad) {
          const token = issuer.token({ clientId: session.env['AZURE_CLIENT_ID']!, ...options })
          issuer.failWith = {
            status: 200,
            body: JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token }),
          }
          await rejection(valueOf(await session.connect(), name), 'provider.auth', [token])
        }
      } finally {
        issuer.failWith = undefined
      }
    })
  })
})

describe('bad input', () => {
  it('addresses that are no vault: refused before anything is sent', async () => {
    await onVault(async session => {
      for (const vault of [
        'http://a.vault.azure.net',
        'https://vault.azure.net.evil.example',
        'https://u:p@a.vault.azure.net',
        'https://a.vault.azure.net/x',
        'no url',
        'https://vault.azure.net',
      ]) {
        await rejection(session.connectWith({ settings: { vault } }), 'manifest.invalid', ['u:p'])
      }
      await rejection(
        session.connectWith({ settings: { vault: 'https://a.vault.azure.net', settle: '1s' } }),
        'manifest.invalid',
      )
      await rejection(session.connectWith({ settings: { prefix: 'a_b' } }), 'manifest.invalid')
      await rejection(session.connectWith({ settings: { identity: 'guess' } }), 'manifest.invalid')
    })
  })

  it('a certificate of somebody else, a name that is nowhere', async () => {
    await onVault(async session => {
      const other = makeCertificate(['localhost'])
      const proxy = await startFaultProxy(
        { ...other, caFile: session.vault.certificate.caFile, port: session.vault.port },
        () => undefined,
      )
      const error = await rejection(
        valueOf(await session.connectWith({ settings: { vault: proxy.address } }), name),
        'provider.unavailable',
      )
      expect(error.isUnsent).toBe(true)
      await proxy.stop()
      const nowhere = await session.connectWith({
        settings: { vault: 'https://nowhere.invalid.localhost:1' },
      })
      await rejection(valueOf(nowhere, name), 'provider.unavailable')
    })
  })

  it.each<[string, Fault, string]>([
    [
      'a page',
      { do: 'answer', when: 'before', status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>' },
      'provider.invalid_reply',
    ],
    [
      'JSON of somebody else',
      { do: 'answer', when: 'before', status: 200, body: '{"ok":true}' },
      'provider.invalid_reply',
    ],
    [
      'an empty page of somebody else',
      { do: 'answer', when: 'before', status: 200, body: '[]' },
      'provider.invalid_reply',
    ],
    [
      'an absence that is not the vault’s',
      { do: 'answer', when: 'before', status: 404, body: '{}' },
      'provider.invalid_reply',
    ],
    [
      'a redirect',
      { do: 'answer', when: 'before', status: 308, headers: { Location: 'https://127.0.0.1:1/' } },
      'provider.unavailable',
    ],
    [
      'a link to another host',
      {
        do: 'answer',
        when: 'before',
        status: 200,
        body: '{"value":[],"nextLink":"https://127.0.0.1:1/secrets"}',
      },
      'provider.unavailable',
    ],
  ])('%s: never taken for an absence or an empty list', async (_, fault, code) => {
    await onVault(async session => {
      await throughProxy(
        session,
        () => fault,
        async provider => {
          await rejection(namesOf(provider), code as 'provider.unavailable')
          if (fault.do === 'answer' && fault.body?.includes('nextLink') !== true)
            await rejection(valueOf(provider, name), code as 'provider.unavailable')
        },
      )
    })
  })

  it('a vault that asks to wait says how long', async () => {
    await onVault(async session => {
      const fault = {
        do: 'answer',
        when: 'before',
        status: 429,
        headers: { 'Retry-After': '3' },
        body: '{"error":{"code":"Throttled"}}',
      } as const
      await throughProxy(
        session,
        () => fault,
        async provider => {
          const error = await rejection(valueOf(provider, name), 'provider.limited')
          expect(error).toMatchObject({ retryAfter: 3000, isUnsent: true })
        },
      )
    })
  })

  it('the vault’s own limit of new versions: asked to wait, nothing lost', async () => {
    await onVault(
      async (session, provider) => {
        for (let index = 0; index < 300; index += 1)
          await session.plain.setSecret(`FILL-${String(index % 9)}`, 'x')
        await rejection(put(provider, name, oldValue), 'provider.limited', [oldValue])
      },
      { rates: true },
    )
  }, 60_000)

  it('read-only credentials: denied, and nothing is half-changed', async () => {
    await onVault(async (session, provider) => {
      const base = await put(provider, name, oldValue)
      session.permissions.set(session.env['AZURE_CLIENT_ID']!, ['get', 'list'])
      const before = await session.readersView?.(name)
      await rejection(put(provider, name, newValue), 'provider.denied', [newValue])
      await rejection(
        provider.rotation!.stage(name, base, new Secret(newValue), mark, never),
        'provider.denied',
        [newValue],
      )
      await rejection(provider.check(never), 'provider.denied')
      expect(await session.readersView?.(name)).toEqual(before)
    })
  })

  it('a disabled secret is neither absent nor written over', async () => {
    await onVault(async (session, provider) => {
      await put(provider, name, oldValue)
      await session.plain.updateSecretProperties(name, '', { enabled: false })
      await rejection(valueOf(provider, name), 'provider.denied', [oldValue])
      await rejection(provider.rotation!.observe(name, never), 'provider.denied')
      await rejection(put(provider, name, newValue), 'provider.denied', [newValue])
    })
  })

  it('what belongs to a certificate, or to a rotation function, is left alone', async () => {
    await onVault(async (session, provider) => {
      session.vault.state.plant(name, 'certificate-and-key', {
        managed: true,
        contentType: 'application/x-pkcs12',
      })
      expect(await wordOf(provider)).toBe('foreign')
      expect(await namesOf(provider)).toEqual([])
      await rejection(put(provider, name, newValue), 'rotation.foreign', [newValue])
      await rejection(provider.remove(name, never), 'rotation.foreign')
      session.vault.state.plant('KEY2', oldValue, {
        tags: { ProviderAddress: '/subscriptions/x', CredentialId: 'key1' },
      })
      const seen = await provider.rotation!.observe('KEY2', never)
      expect(stateOf(seen).word).toBe('foreign')
      await rejection(
        provider.rotation!.stage('KEY2', seen.current!.version, new Secret(newValue), mark, never),
        'rotation.foreign',
      )
    })
  })

  it('deleted by somebody while its deletion still runs: absent, and writable again', async () => {
    await onVault(
      async (session, provider) => {
        await put(provider, name, oldValue)
        await session.plain.beginDeleteSecret(name)
        expect(await valueOf(provider, name)).toBeUndefined()
        expect(await wordOf(provider)).toBe('absent')
        await put(provider, name, newValue)
        expect(await valueOf(provider, name)).toBe(newValue)
      },
      { lag: 700 },
    )
  })

  it('tags that somebody edited: damage, not a guess', async () => {
    await onVault(async (session, provider) => {
      await put(provider, name, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      const { properties } = await session.plain.getSecret(name)
      await session.plain.updateSecretProperties(name, properties.version!, {
        tags: { ...properties.tags, 'secrets:v1:rotation': '{"version":' },
      })
      await rejection(provider.rotation!.observe(name, never), 'store.damaged', [newValue])
    })
  })

  it('names that would stand in one place are refused', async () => {
    await onVault(async (session, provider) => {
      await put(provider, 'Case_Key', oldValue)
      await rejection(put(provider, 'CASE_KEY', newValue), 'provider.bad_name', [newValue])
      await rejection(valueOf(provider, 'CASE_KEY'), 'provider.bad_name')
      for (const one of ['KEY__OLD', 'KEY__pending', 'K'.repeat(119)])
        await rejection(put(provider, one, newValue), 'provider.bad_name')
      const names = { A: { ref: 'shared-name' }, B: { ref: 'Shared-Name' } }
      await rejection(session.connectWith({ names }), 'manifest.invalid')
      await rejection(session.connectWith({ names: { A: { ref: 'not_allowed' } } }), 'manifest.invalid')
    })
  })
})

describe('names', () => {
  it('a prefix and a ref: the previous value follows, lists know the variables', async () => {
    await onVault(async session => {
      session.vault.state.plant('photoapp-jwt', oldValue)
      session.vault.state.plant('unrelated', 'value-of-others')
      const provider = await session.connectWith({
        settings: { prefix: 'app-' },
        names: { JWT_KEY: { ref: 'photoapp-jwt' } },
      })
      await put(provider, 'DB_PASSWORD', 'value-of-the-database')
      expect((await session.plain.getSecret('app-DB-PASSWORD')).value).toBe('value-of-the-database')
      expect(await namesOf(provider)).toEqual(['DB_PASSWORD', 'JWT_KEY'])
      const { current } = await provider.rotation!.observe('JWT_KEY', never)
      const pending = await provider.rotation!.stage(
        'JWT_KEY',
        current!.version,
        new Secret(newValue),
        mark,
        never,
      )
      await provider.rotation!.commit('JWT_KEY', facts(pending), times, never)
      expect((await session.plain.getSecret('photoapp-jwt')).value).toBe(newValue)
      expect((await session.plain.getSecret('photoapp-jwt--OLD')).value).toBe(oldValue)
      expect(await namesOf(provider)).toEqual(['DB_PASSWORD', 'JWT_KEY'])
    })
  })

  it('tags and content type of other people go from version to version', async () => {
    await onVault(async (session, provider) => {
      session.vault.state.plant(name, oldValue, { tags: { team: 'web' }, contentType: 'text/plain' })
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      const { properties } = await session.plain.getSecret(name)
      expect(properties).toMatchObject({ contentType: 'text/plain', tags: { team: 'web' } })
      for (const text of Object.values(properties.tags ?? {})) expect(text.length).toBeLessThanOrEqual(256)
      expectNoValue(properties, [oldValue, newValue])
    })
  })
})

describe('rotation', () => {
  it('takes at most 12 requests, the first as well as those after it', async () => {
    await onVault(async (session, provider) => {
      await put(provider, name, oldValue)
      for (const [index, value] of [newValue, 'third-value-0123456789'].entries()) {
        const runner = await session.connectWith({ timers: steadyTimers })
        const before = session.vault.seen.length
        await runEngine(runner, { do: 'rotate' }, noon + index * 99 * hour, value)
        expect(session.vault.seen.length - before).toBeLessThanOrEqual(12)
        await runEngine(runner, { do: 'retire' }, noon + index * 99 * hour + 30 * hour)
        expect(await session.readersView?.(name)).toEqual({ current: value, previous: value })
      }
    })
  })

  it('lists that begin with an empty page: every proposal and every secret is found', async () => {
    await onVault(
      async (session, provider) => {
        await put(provider, name, oldValue)
        await runEngine(provider, { do: 'rotate' }, noon, newValue)
        expect(await session.readersView?.(name)).toEqual({ current: newValue, previous: oldValue })
        expect(await namesOf(provider)).toEqual([name])
      },
      { emptyPages: true },
    )
  })

  it('two values served for one base, because the bound did not hold: a split, nothing lost', async () => {
    await onVault(async (session, provider) => {
      const base = await put(provider, name, oldValue)
      const other = await session.connect()
      const store = provider.rotation!
      const first = await store.stage(name, base, new Secret(newValue), mark, never)
      await store.commit(name, facts(first), times, never)
      // As a runner does whose requests took longer than the settle time.
      const { value, properties } = await session.plain.getSecret(`${name}--PENDING`)
      expect(value).toBe(newValue)
      const rival = await session.plain.setSecret(`${name}--PENDING`, 'value-of-the-rival-0123', {
        tags: properties.tags!,
      })
      const served = await session.plain.getSecret(name)
      const origin = JSON.stringify({ base, proposal: rival.properties.version })
      await session.plain.setSecret(name, 'value-of-the-rival-0123', {
        tags: { ...served.properties.tags, 'secrets:v1:origin': origin },
      })
      const seen = await other.rotation!.observe(name, never)
      expect(seen.heirs).toHaveLength(2)
      expect(stateOf(seen).word).toBe('split')
      const values = await Promise.all(seen.heirs!.map(version => valueOf(other, name, { version })))
      expect(values.sort()).toEqual([newValue, 'value-of-the-rival-0123'].sort())
      expect(await valueOf(other, name, { version: base })).toBe(oldValue)
      await runEngine(other, { do: 'rotate' }, noon + hour)
      expect(await valueOf(other, name)).toBe('value-of-the-rival-0123')
    })
  })

  it('written over by somebody who leaves no tags: foreign, and the old value is still known', async () => {
    await onVault(async (session, provider) => {
      await put(provider, name, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      await session.plain.setSecret(name, 'value-of-the-portal-0123')
      expect(await wordOf(provider)).toBe('foreign')
      await runEngine(provider, { do: 'retire' }, noon + 99 * hour)
      expect(await session.readersView?.(name)).toEqual({
        current: 'value-of-the-portal-0123',
        previous: oldValue,
      })
    })
  })

  it('retired: every version that held the old value is disabled, the current ones are not', async () => {
    await onVault(async (session, provider) => {
      const base = await put(provider, name, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      await runEngine(provider, { do: 'retire' }, noon + 30 * hour)
      await rejection(valueOf(provider, name, { version: base }), 'provider.denied')
      const readable: (string | undefined)[] = []
      for (const object of [name, `${name}--OLD`, `${name}--PENDING`]) {
        for await (const { version, enabled } of session.plain.listPropertiesOfSecretVersions(object)) {
          if (enabled === true)
            readable.push((await session.plain.getSecret(object, { version: version! })).value)
        }
      }
      expect(new Set(readable)).toEqual(new Set([newValue]))
    })
  })
})
