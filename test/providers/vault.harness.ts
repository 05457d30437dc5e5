import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from '../../providers/vault.ts'
import type { ProviderDeps } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { type ProviderHarness, seedName, seedValue, type Session } from '../contract/harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import { findBao, type OpenBao, startOpenBao } from '../servers/openbao.ts'

/** A path of its own on one real server per test file, used with no more rights than the documentation asks for. */
export interface VaultSession extends Session {
  readonly bao: OpenBao
  readonly path: string
  readonly root: string
  readonly token: string
  readonly notes: readonly string[]
  connectWith(change: {
    readonly settings?: Readonly<Record<string, string>>
    readonly env?: ProviderDeps['env']
  }): Promise<Provider>
  /** The data of the newest version of the path, or of the one beside it, as the server has it; `undefined` where there is none. */
  data(path?: string): Promise<Record<string, unknown> | undefined>
}

export const harness: ProviderHarness = {
  id: 'vault',
  ...(findBao() === undefined ? { unavailable: 'no OpenBao here: scripts/install-servers.sh' } : {}),
  start: () => startVault(),
  async close() {
    await (await server)?.stop()
    server = undefined
  },
}

let server: Promise<OpenBao> | undefined
let sessions = 0

export function sharedServer(): Promise<OpenBao> {
  return (server ??= startOpenBao())
}

export async function startVault(): Promise<VaultSession> {
  const bao = await sharedServer()
  const root = await mkdtemp(join(tmpdir(), 'secrets-vault-'))
  sessions += 1
  const path = `app ${String(sessions)}/production`
  const policy = `app-${String(sessions)}`
  await bao.api('PUT', `sys/policies/acl/${policy}`, { policy: await documentedPolicy('secret', path) })
  const token = await makeToken(bao, policy)
  const notes: string[] = []
  const url = `secret/data/${encodeURI(path)}`

  const session: VaultSession = {
    bao,
    path,
    root,
    token,
    notes,
    connect: () => session.connectWith({}),
    connectWith: ({ settings = {}, env = {} }) =>
      connect(
        {
          id: 'test',
          provider: 'vault',
          environment: 'production',
          settings: { address: bao.address, path, caCert: bao.caFile, ...settings },
        },
        {
          files: createFiles(),
          random: systemRandom,
          env: { VAULT_TOKEN: token, ...env },
          root,
          note: line => notes.push(line),
        },
      ),
    async data(beside) {
      const reply = await bao.api('GET', beside === undefined ? url : `${url}/${beside}`, undefined, {
        allow: [404],
      })
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
      return (reply.body?.data?.data ?? undefined) as Record<string, unknown> | undefined
    },
    async seed(count) {
      // OpenBao takes 1,000 strings a request.
      for (let first = 0; first < count; first += 400) {
        const indexes = Array.from({ length: Math.min(400, count - first) }, (_, index) => first + index)
        const data = Object.fromEntries(indexes.map(index => [seedName(index), seedValue(index)]))
        await bao.api(first === 0 ? 'POST' : 'PATCH', url, { data })
      }
    },
    takeName: name => patch({ [`${name}_OLD`]: 'value-of-somebody-else' }),
    async readersView(name) {
      const data = await session.data()
      const [current, previous] = [data?.[name], data?.[`${name}_OLD`]]
      return {
        ...(typeof current === 'string' ? { current } : {}),
        ...(typeof previous === 'string' ? { previous } : {}),
      }
    },
    cli: () => ({
      settings: { address: bao.address, path, caCert: bao.caFile },
      env: { VAULT_TOKEN: token },
    }),
    async cliThrough(plan) {
      const proxy = await startFaultProxy(bao, number => {
        const { drop, ...then } = plan(number) ?? {}
        return drop === undefined ? undefined : { do: 'drop', when: drop, ...then }
      })
      return {
        settings: { address: proxy.address, path, caCert: bao.caFile },
        env: { VAULT_TOKEN: token },
        get count() {
          return proxy.count
        },
        stop: () => proxy.stop(),
      }
    },
    async breakStore() {
      await bao.api('DELETE', `sys/policies/acl/${policy}`)
    },
    stop: () => rm(root, { recursive: true, force: true }),
  }
  const patch = async (data: Record<string, unknown>): Promise<void> => {
    await bao.api('PATCH', url, { data })
  }
  return session
}

export async function makeToken(bao: OpenBao, policy: string): Promise<string> {
  const reply = await bao.api('POST', 'auth/token/create', { policies: [policy], ttl: '1h' })
  // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
  return reply.body.auth.client_token as string
}

/** The policy of docs/providers/vault.md, for another mount and path. */
export async function documentedPolicy(mount: string, path: string): Promise<string> {
  const file = resolve(import.meta.dirname, '../../docs/providers/vault.md')
  const [, text = ''] = /```hcl\n([\s\S]*?)```/.exec(await readFile(file, 'utf8')) ?? []
  return text.replaceAll('secret/', `${mount}/`).replaceAll('myapp/production', path)
}
