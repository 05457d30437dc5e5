import { generateKeyPairSync, sign } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { ProviderDeps } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { never, put, rejection, valueOf } from '../contract/harness.ts'
import {
  documentedPolicy,
  harness,
  makeToken,
  startVault,
  type VaultSession,
} from '../providers/vault.harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import { type OpenBao, startOpenBao } from '../servers/openbao.ts'

afterAll(() => harness.close?.())
afterEach(() => {
  vi.unstubAllEnvs()
})

interface Way {
  readonly settings?: Readonly<Record<string, string>>
  readonly env: ProviderDeps['env']
}

const password = 'password-of-alice-0123456789'

async function withSession(work: (session: VaultSession) => Promise<void>): Promise<void> {
  const session = await startVault()
  try {
    await work(session)
  } finally {
    await session.stop()
  }
}

/** The documented policy for the path of the session, under a name that the auth methods can give. */
async function policyFor({ bao, path }: VaultSession, name: string, namespace?: string): Promise<string> {
  const policy = await documentedPolicy('secret', path)
  await bao.api('PUT', `sys/policies/acl/${name}`, { policy }, namespace === undefined ? {} : { namespace })
  return name
}

async function enable(bao: OpenBao, path: string, type: string): Promise<void> {
  await bao.api('POST', `sys/auth/${path}`, { type }, { allow: [400] })
}

/** Signs in that way, and does all of a rotation. */
async function expectRotation(session: VaultSession, way: Way): Promise<void> {
  const provider = await session.connectWith({ ...way, env: { VAULT_TOKEN: '', ...way.env } })
  expect((await provider.check(never)).who).not.toBe('')
  const base = await put(provider, 'KEY', 'old-value-0123456789')
  const store = provider.rotation!
  const pending = await store.stage('KEY', base, new Secret('new-value-0123456789'), mark, never)
  await store.commit('KEY', facts(pending), times, never)
  expect(await session.readersView?.('KEY')).toEqual({
    current: 'new-value-0123456789',
    previous: 'old-value-0123456789',
  })
  await provider.close()
}

async function expectRefused(session: VaultSession, way: Way, values: readonly string[]): Promise<void> {
  const provider = await session.connectWith({ ...way, env: { VAULT_TOKEN: '', ...way.env } })
  await rejection(valueOf(provider, 'KEY'), 'provider.auth', values)
  await rejection(put(provider, 'KEY', 'value-not-written'), 'provider.auth', values)
  await provider.close()
}

describe.skipIf(harness.unavailable !== undefined)('signing in to vault, for real', () => {
  describe('token', () => {
    it('from the environment, and from ~/.vault-token', async () => {
      await withSession(async session => {
        await expectRotation(session, { env: { VAULT_TOKEN: session.token } })
      })
      await withSession(async session => {
        const file = join(session.root, '.vault-token')
        await writeFile(file, `${session.token}\n`)
        await chmod(file, 0o600)
        await expectRotation(session, { env: { HOME: session.root } })
      })
    })

    it('unknown, revoked or without any right: auth, auth, denied', async () => {
      await withSession(async session => {
        const unknown = ['s', 'UnknownTokenOfTheTests000'].join('.')
        await expectRefused(session, { env: { VAULT_TOKEN: unknown } }, [unknown])
        const provider = await session.connect()
        await put(provider, 'KEY', 'old-value-0123456789')
        await session.bao.api('POST', 'auth/token/revoke', { token: session.token })
        await rejection(valueOf(provider, 'KEY'), 'provider.auth', [session.token])
        await expectRefused(session, { env: { VAULT_TOKEN: session.token } }, [session.token])
        const powerless = await makeToken(session.bao, 'default')
        const other = await session.connectWith({ env: { VAULT_TOKEN: powerless } })
        await rejection(valueOf(other, 'KEY'), 'provider.denied', [powerless])
      })
    })
  })

  it('AppRole: ids from the environment and from files', async () => {
    await withSession(async session => {
      const { bao, root } = session
      await enable(bao, 'approle', 'approle')
      await bao.api('POST', 'auth/approle/role/ci', {
        token_policies: await policyFor(session, 'by-approle'),
      })
      const role = await bao.api('GET', 'auth/approle/role/ci/role-id')
      const secret = await bao.api('POST', 'auth/approle/role/ci/secret-id')
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
      const [roleId, secretId] = [role.body.data.role_id as string, secret.body.data.secret_id as string]
      const settings = { auth: 'approle' }
      await expectRotation(session, { settings, env: { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId } })
      await writeFile(join(root, 'secret-id'), `${secretId}\n`, { mode: 0o600 })
      const env = { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID_FILE: 'secret-id' }
      expect(await valueOf(await session.connectWith({ settings, env }), 'KEY')).toBe('new-value-0123456789')
      const wrong = { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: 'wrong-secret-id-0123456789' }
      await expectRefused(session, { settings, env: wrong }, [roleId, 'wrong-secret-id-0123456789'])
    })
  })

  it('a login is given back: its token is revoked at close', async () => {
    await withSession(async session => {
      const { bao } = session
      await enable(bao, 'userpass', 'userpass')
      await bao.api('POST', 'auth/userpass/users/bob', {
        password,
        token_policies: await policyFor(session, 'bob'),
      })
      const before = await countTokens(bao)
      const env = { VAULT_TOKEN: '', VAULT_USERNAME: 'bob', VAULT_PASSWORD: password }
      const provider = await session.connectWith({ settings: { auth: 'userpass' }, env })
      await put(provider, 'KEY', 'old-value-0123456789')
      expect(await countTokens(bao)).toBe(before + 1)
      await provider.close()
      expect(await countTokens(bao)).toBe(before)
    })
  })

  it('userpass: the password from a file, the method at another mount, an odd user name', async () => {
    await withSession(async session => {
      const { bao, root } = session
      await enable(bao, 'people', 'userpass')
      const token_policies = await policyFor(session, 'by-userpass')
      await bao.api('POST', 'auth/people/users/alice.o-hara', { password, token_policies })
      await writeFile(join(root, 'password'), password, { mode: 0o600 })
      const settings = { auth: 'userpass', authMount: 'people' }
      const env = { VAULT_USERNAME: 'alice.o-hara', VAULT_PASSWORD_FILE: join(root, 'password') }
      await expectRotation(session, { settings, env })
      await expectRefused(session, { settings, env: { ...env, VAULT_PASSWORD: 'wrong-password-0123' } }, [
        'wrong-password-0123',
        password,
      ])
      await expectRefused(session, { settings: { ...settings, authMount: 'nowhere' }, env }, [password])
    })
  })

  it('JWT: signed for the role, refused when it is not', async () => {
    await withSession(async session => {
      const { bao, root } = session
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      await enable(bao, 'jwt', 'jwt')
      await bao.api('POST', 'auth/jwt/config', {
        jwt_validation_pubkeys: [publicKey.export({ type: 'spki', format: 'pem' })],
      })
      await bao.api('POST', 'auth/jwt/role/deploy', {
        role_type: 'jwt',
        user_claim: 'sub',
        bound_audiences: ['vault.example.com'],
        token_policies: await policyFor(session, 'by-jwt'),
      })
      const jwtFor = (audience: string): string => {
        const now = Math.floor(Date.now() / 1000)
        const claims = { sub: 'repo:photoapp', aud: audience, iat: now, nbf: now - 5, exp: now + 300 }
        const parts = [{ alg: 'ES256', typ: 'JWT' }, claims].map(part =>
          Buffer.from(JSON.stringify(part)).toString('base64url'),
        )
        const head = parts.join('.')
        const signature = sign('sha256', Buffer.from(head), { key: privateKey, dsaEncoding: 'ieee-p1363' })
        return `${head}.${signature.toString('base64url')}`
      }
      const settings = { auth: 'jwt', role: 'deploy' }
      const good = jwtFor('vault.example.com')
      await expectRotation(session, { settings, env: { VAULT_JWT: good } })
      await writeFile(join(root, 'jwt'), good, { mode: 0o600 })
      await expectRotation(session, { settings, env: { VAULT_JWT_FILE: 'jwt' } })
      const other = jwtFor('other.example.com')
      await expectRefused(session, { settings, env: { VAULT_JWT: other } }, [other])
    })
  })

  it('namespaces: the path of one is not the path of another', async () => {
    await withSession(async session => {
      const { bao, path } = session
      const namespace = `team-${String(Date.now())}`
      await bao.api('POST', `sys/namespaces/${namespace}`)
      await bao.api('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } }, { namespace })
      await policyFor(session, 'inside', namespace)
      const reply = await bao.api('POST', 'auth/token/create', { policies: ['inside'] }, { namespace })
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
      const token = reply.body.auth.client_token as string
      const env = { VAULT_TOKEN: token }
      const inside = await session.connectWith({ settings: { namespace: `/${namespace}/` }, env })
      await put(inside, 'KEY', 'value-of-the-namespace')
      expect((await inside.check(never)).where).toContain(namespace)
      const byVariable = await session.connectWith({ env: { ...env, VAULT_NAMESPACE: namespace } })
      expect(await valueOf(byVariable, 'KEY')).toBe('value-of-the-namespace')
      expect(await valueOf(await session.connect(), 'KEY')).toBeUndefined()
      const read = await bao.api('GET', `secret/data/${encodeURI(path)}`, undefined, { namespace })
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
      expect(read.body.data.data.KEY).toBe('value-of-the-namespace')
      const nowhere = await session.connectWith({ settings: { namespace: 'no-such-team' }, env })
      await rejection(valueOf(nowhere, 'KEY'), ['provider.denied', 'provider.auth'])
    })
  })

  describe('the certificate', () => {
    const open = (session: VaultSession, settings: Record<string, string>, env = {}): Promise<Provider> =>
      session.connectWith({ settings: { caCert: '', ...settings }, env })

    it('of an authority that is named, by the setting or by VAULT_CACERT', async () => {
      await withSession(async session => {
        const { caFile } = session.bao
        expect(await valueOf(await open(session, { caCert: caFile }), 'KEY')).toBeUndefined()
        expect(await valueOf(await open(session, {}, { VAULT_CACERT: caFile }), 'KEY')).toBeUndefined()
      })
    })

    it('of an unknown authority is refused, and no variable changes that', async () => {
      await withSession(async session => {
        for (const name of ['', 'VAULT_SKIP_VERIFY', 'NODE_TLS_REJECT_UNAUTHORIZED']) {
          vi.unstubAllEnvs()
          if (name !== '') vi.stubEnv(name, name.startsWith('VAULT') ? 'true' : '0')
          const env = name === '' ? {} : { [name]: process.env[name] }
          const error = await rejection(
            valueOf(await open(session, {}, env), 'KEY'),
            'provider.unavailable',
            [session.token],
          )
          expect(error.isUnsent).toBe(true)
          expect(error.hints.join()).toContain('caCert')
        }
        expect(await session.bao.auditLog()).not.toContain(session.path)
      })
    })

    it('for another name is refused', async () => {
      await withSession(async session => {
        const { bao, token } = session
        const proxy = await startFaultProxy(bao, () => undefined, '127.0.0.2')
        const named = await open(session, { caCert: bao.caFile, address: proxy.address })
        const error = await rejection(valueOf(named, 'KEY'), 'provider.unavailable', [token])
        expect(error.message).toContain('ALTNAME')
        expect(proxy.count).toBe(0)
        await proxy.stop()
      })
    })
  })

  it('a sealed server: unavailable, with what to do', async () => {
    const bao = await startOpenBao()
    try {
      await withSession(async session => {
        const settings = { address: bao.address, caCert: bao.caFile }
        const provider = await session.connectWith({ settings, env: { VAULT_TOKEN: bao.rootToken } })
        await put(provider, 'KEY', 'old-value-0123456789')
        await bao.api('PUT', 'sys/seal')
        const error = await rejection(put(provider, 'KEY', 'new-value-0123456789'), 'provider.unavailable')
        expect(error.isUnsent).toBe(true)
        expect(error.hints.join()).toContain('unseal')
        await rejection(valueOf(provider, 'KEY'), 'provider.unavailable')
      })
    } finally {
      await bao.stop()
    }
  })
})

async function countTokens(bao: OpenBao): Promise<number> {
  const reply = await bao.api('LIST', 'auth/token/accessors')
  // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
  return (reply.body.data.keys as readonly string[]).length
}
