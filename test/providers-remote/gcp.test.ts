import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { crc32c } from '../../providers/gcp/crc32c.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { hour, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { type GcpSession, harness, startGcp } from '../providers/gcp.harness.ts'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.ts'
import { makeCertificate } from '../servers/gcp/certificate.ts'
import { runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const name = 'KEY'
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']

async function withSession(
  work: (session: GcpSession) => Promise<void>,
  settings?: Readonly<Record<string, string>>,
): Promise<void> {
  const session = await startGcp(settings)
  try {
    await work(session)
  } finally {
    session.server.skew = 0
    session.server.throttle(0)
    session.server.service.catchUp()
    await session.stop()
  }
}

async function credentialFile({ root }: GcpSession, content: object | string): Promise<string> {
  const path = join(root, 'credentials.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
  return path
}

describe('gcp: sign-in', () => {
  it('a service account signs its own token, with no request but those to the service', async () => {
    await withSession(async session => {
      const before = session.server.issuer.count
      const provider = await session.connect()
      expect(await provider.check(never)).toEqual({ who: session.email, where: 'projects/my-project' })
      expect(session.server.issuer.count).toBe(before)
    })
  })

  it.each([false, true])(
    'a federated token of a CI, from a file; impersonating %s',
    async isImpersonating => {
      await withSession(async session => {
        const { issuer } = session.server
        const tokenFile = join(session.root, 'token')
        await writeFile(tokenFile, issuer.idToken())
        const account = isImpersonating ? session.email : undefined
        const path = await credentialFile(session, issuer.configuration(tokenFile, account))
        const provider = await session.connectWith({ env: { GOOGLE_APPLICATION_CREDENTIALS: path } })
        await put(provider, name, oldValue)
        expect(await valueOf(provider, name)).toBe(oldValue)
        if (isImpersonating) expect((await provider.check(never)).who).toBe(session.email)
      })
    },
  )

  it.each([
    ['for another audience', { audience: 'https://elsewhere.example' }],
    ['expired', { expired: true }],
  ])('a federated token %s: refused, nothing of it in the error', async (_, options) => {
    await withSession(async session => {
      const token = session.server.issuer.idToken(options)
      const tokenFile = join(session.root, 'token')
      await writeFile(tokenFile, token)
      const path = await credentialFile(session, session.server.issuer.configuration(tokenFile))
      const provider = await session.connectWith({ env: { GOOGLE_APPLICATION_CREDENTIALS: path } })
      await rejection(valueOf(provider, name), 'provider.auth', [token])
    })
  })

  it('a revoked key, a clock ten minutes off, a damaged file, no credentials at all', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      session.server.skew = 70 * 60_000
      await rejection(valueOf(provider, name), 'provider.auth', [oldValue])
      session.server.skew = -10 * 60_000
      await rejection(valueOf(provider, name), 'provider.auth', [oldValue])
      session.server.skew = 0
      session.server.tokens.revoke(session.email)
      await rejection(put(await session.connect(), name, newValue), 'provider.auth', [newValue])
      const path = await credentialFile(session, 'not json, but private: hunter2hunter2')
      for (const env of [
        { GOOGLE_APPLICATION_CREDENTIALS: path },
        { GOOGLE_APPLICATION_CREDENTIALS: `${path}.none` },
        // Nothing is asked of a metadata server where nothing says that there is one.
        { GOOGLE_APPLICATION_CREDENTIALS: '', HOME: session.root },
      ]) {
        await rejection(valueOf(await session.connectWith({ env }), name), 'provider.auth', [
          'hunter2hunter2',
        ])
      }
    })
  })
})

describe('gcp: what an operator gets wrong', () => {
  it.each<[string, Readonly<Record<string, string>>, ErrorCode]>([
    ['another project', { project: 'other-project' }, 'provider.denied'],
    ['a location that the secret is not in', { location: 'europe-west9' }, 'secret.absent'],
    ['an address where nobody listens', { endpoint: 'https://127.0.0.1:1' }, 'provider.unavailable'],
    ['a name that does not resolve', { endpoint: 'https://no-such-host.invalid' }, 'provider.unavailable'],
    ['an authority that did not sign', { caCert: makeCertificate().caFile }, 'provider.unavailable'],
  ])('%s', async (_, settings, code) => {
    await withSession(async session => {
      const direct = await session.connect()
      await put(direct, name, oldValue)
      const provider = await session.connectWith({ settings })
      if (code === 'secret.absent') expect(await valueOf(provider, name)).toBeUndefined()
      else await rejection(valueOf(provider, name), code, [oldValue])
      expect(await valueOf(direct, name)).toBe(oldValue)
    })
  })

  it.each([
    [{ endpoint: 'http://example.com' }],
    [{ endpoint: 'https://user:password@127.0.0.1' }],
    [{ read: 'newest' }],
    [{ prefix: 'a/b' }],
    [{ location: 'a/../b' }],
    [{ project: '', endpoint: '' }],
  ])('settings %j: refused before anything is asked', async settings => {
    await withSession(async session => {
      const count = session.server.requests.length
      await rejection(session.connectWith({ settings }), 'manifest.invalid', ['user:password'])
      expect(session.server.requests.length).toBe(count)
    })
  })

  it('read-only credentials: a rotation is refused, and nothing is half-changed', async () => {
    await withSession(async session => {
      const direct = await session.connect()
      await put(direct, name, oldValue)
      const reading = ['secrets.get', 'secrets.list', 'versions.get', 'versions.access', 'versions.list']
      session.server.grant(
        session.email,
        reading.map(one => `secretmanager.${one}`),
      )
      await rejection(runEngine(direct, { do: 'rotate' }, noon), 'provider.denied', [oldValue])
      expect(await session.readersView?.(name)).toEqual({ current: oldValue })
      expect(stateOf(await direct.rotation!.observe(name, never)).word).toBe('steady')
    })
  })

  it('the newest version disabled or destroyed, bytes that are no text', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      const version = session.stored(name)!.versions[0]!
      version.state = 2
      await rejection(valueOf(provider, name), 'provider.denied', [oldValue])
      version.state = 3
      await rejection(runEngine(provider, { do: 'rotate' }, noon), 'provider.denied', [oldValue])
      version.state = 1
      version.data = Buffer.from([0xff, 0xfe, 0x00])
      await rejection(valueOf(provider, name), 'env_file.unsupported_value')
    })
  })

  it("Google's own managed rotation: seen, and left alone", async () => {
    await withSession(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      session.stored(name)!.isManaged = true
      expect(stateOf(await provider.rotation!.observe(name, never)).word).toBe('foreign')
      await rejection(
        provider.rotation!.stage(name, base, new Secret(newValue), mark, never),
        'rotation.foreign',
        [newValue],
      )
      await rejection(put(provider, name, newValue), 'rotation.foreign', [newValue])
    })
  })

  it('a value whose checksum does not fit: refused', async () => {
    await withSession(async session => {
      const fault: Fault = {
        do: 'answer',
        when: 'before',
        status: 200,
        body: JSON.stringify({
          name: `projects/123456789012/secrets/${session.prefix}KEY/versions/1`,
          payload: { data: Buffer.from(newValue).toString('base64'), dataCrc32c: '1' },
        }),
      }
      await put(await session.connect(), name, oldValue)
      // secret, latest, NAME_OLD | value
      const proxy = await startFaultProxy(session.server, number => (number === 4 ? fault : undefined))
      const provider = await session.connectWith({ settings: { endpoint: proxy.address } })
      await rejection(valueOf(provider, name), 'provider.invalid_reply', [newValue])
      await proxy.stop()
    })
  })

  it('the checksum is the one of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(Buffer.from('hello world'))).toBe(3_381_945_770)
  })

  it('a redirect to another host: not followed, no token goes there', async () => {
    await withSession(async session => {
      let asked = 0
      const trap = createServer(socket => {
        asked += 1
        socket.destroy()
      })
      await new Promise<void>(resolve => trap.listen(0, '127.0.0.1', resolve))
      const address = trap.address()
      const port = typeof address === 'object' ? String(address?.port) : ''
      const proxy = await startFaultProxy(session.server, () => ({
        do: 'answer',
        when: 'before',
        status: 302,
        headers: { Location: `https://127.0.0.1:${port}/` },
      }))
      const provider = await session.connectWith({ settings: { endpoint: proxy.address } })
      await rejection(valueOf(provider, name), 'provider.unavailable')
      expect(asked).toBe(0)
      await proxy.stop()
      trap.close()
    })
  })

  it('out of quota: said once, and nothing is sent again behind our back', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      session.server.throttle(100)
      const before = session.server.requests.length
      const error = await rejection(valueOf(provider, name), 'provider.limited', [oldValue])
      expect([error.isUnsent, session.server.requests.length - before]).toEqual([true, 1])
    })
  })
})

describe('gcp: a service that lags behind', () => {
  it('a whole rotation, while `latest` and lists show the state before', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      session.server.service.fallBehind()
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      expect(stateOf(await provider.rotation!.observe(name, never)).word).toBe('grace')
      expect([await valueOf(provider, name), await valueOf(provider, name, 'previous')]).toEqual([
        newValue,
        oldValue,
      ])
      session.server.service.catchUp()
      expect(await session.readersView?.(name)).toEqual({ current: newValue, previous: oldValue })
      expect(stateOf(await provider.rotation!.observe(name, never)).word).toBe('grace')
    })
  })

  it('a write by hand that `latest` does not show yet is not written over', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      const store = provider.rotation!
      const pending = await store.stage(name, base, new Secret(newValue), mark, never)
      session.server.service.fallBehind()
      session.addByHand(name, 'value-written-by-hand')
      await rejection(store.commit(name, facts(pending), times, never), 'provider.conflict', [newValue])
      session.server.service.catchUp()
      expect((await session.readersView?.(name))?.current).toBe('value-written-by-hand')
      expect(stateOf(await store.observe(name, never)).word).toBe('foreign')
    })
  })
})

describe('gcp: requests', () => {
  /** Of what `docs/providers/gcp.md` says, exactly. */
  async function counted(session: GcpSession, work: () => Promise<unknown>): Promise<number> {
    const before = session.server.requests.length
    await work()
    return session.server.requests.length - before
  }

  it('12 for the first rotation of a secret, 8 for a later one, with a thousand secrets beside it too', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      for (const secret of ['FIRST', 'SECOND']) {
        await put(provider, secret, oldValue)
        const rotate = (at: number, value: string) =>
          counted(session, () => runEngine(provider, { do: 'rotate' }, at, value, secret))
        expect(await rotate(noon, newValue)).toBe(12)
        await runEngine(provider, { do: 'retire' }, noon + 25 * hour, undefined, secret)
        expect(await rotate(noon + 26 * hour, 'third-value')).toBe(8)
        expect(await session.readersView?.(secret)).toEqual({ current: 'third-value', previous: newValue })
        // A copy of what was given up is destroyed first.
        await runEngine(provider, { do: 'rollback', keepNew: false }, noon + 27 * hour, undefined, secret)
        expect(await rotate(noon + 28 * hour, 'fourth-value')).toBe(9)
        expect(await session.readersView?.(secret)).toEqual({ current: 'fourth-value', previous: newValue })
        await session.seed(1000)
      }
    })
  })

  it.each<[string, (session: GcpSession) => unknown]>([
    [
      'written over by hand',
      session => {
        session.addByHand('KEY_OLD', 'value-of-somebody-else')
      },
    ],
    ['disabled', session => (session.stored('KEY_OLD')!.versions.at(-1)!.state = 2)],
    ['destroyed', session => (session.stored('KEY_OLD')!.versions.at(-1)!.state = 3)],
    ['removed', session => session.server.service.secrets.delete(`/${session.prefix}KEY_OLD`)],
  ])('a mirror that was %s is not trusted: the old value is put there again', async (_, harm) => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      await runEngine(provider, { do: 'retire' }, noon + 25 * hour)
      harm(session)
      await runEngine(provider, { do: 'rotate' }, noon + 26 * hour, 'third-value')
      expect(await session.readersView?.(name)).toEqual({ current: 'third-value', previous: newValue })
    })
  })

  it('a value set by hand in between, by this tool: the old value is put there again', async () => {
    await withSession(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      await runEngine(provider, { do: 'retire' }, noon + 25 * hour)
      await put(provider, name, 'value-that-was-set')
      await runEngine(provider, { do: 'rotate' }, noon + 26 * hour, 'third-value')
      expect(await session.readersView?.(name)).toEqual({
        current: 'third-value',
        previous: 'value-that-was-set',
      })
    })
  })

  it('a set that was killed after it had written NAME_OLD: the mirror is not trusted', async () => {
    await withSession(async session => {
      const direct = await session.connect()
      await put(direct, name, oldValue)
      await runEngine(direct, { do: 'rotate' }, noon, newValue)
      await runEngine(direct, { do: 'retire' }, noon + 25 * hour)
      for (let at = 1; at < 12; at += 1) {
        const before = (await session.readersView?.(name))?.current
        const proxy = await startFaultProxy(session.server, number =>
          number === at ? { do: 'drop', when: 'before' } : undefined,
        )
        const provider = await session.connectWith({ settings: { endpoint: proxy.address } })
        await put(provider, name, `value-number-${String(at)}`).catch(() => undefined)
        await proxy.stop()
        // Its last request has come through: the value is set.
        if ((await session.readersView?.(name))?.current !== before) return
        await runEngine(direct, { do: 'rotate' }, noon + 26 * hour * at, `rotated-${String(at)}`)
        expect(await session.readersView?.(name)).toEqual({
          current: `rotated-${String(at)}`,
          previous: before,
        })
        await runEngine(direct, { do: 'retire' }, noon + 26 * hour * at + 25 * hour)
      }
      throw new Error('a set takes less than twelve requests')
    })
  })

  it('by alias: 5, and 6 where the alias is not there yet', async () => {
    await withSession(
      async session => {
        const provider = await session.connect()
        session.addByHand(name, oldValue)
        const rotate = (at: number, value: string) =>
          counted(session, () => runEngine(provider, { do: 'rotate' }, at, value))
        expect(await rotate(noon, newValue)).toBe(6)
        await runEngine(provider, { do: 'retire' }, noon + 25 * hour)
        expect(await session.readersView?.(name)).toEqual({ current: newValue, previous: newValue })
        expect(await rotate(noon + 26 * hour, 'third-value')).toBe(5)
        expect(await session.readersView?.(name)).toEqual({ current: 'third-value', previous: newValue })
      },
      { read: 'alias' },
    )
  })
})
