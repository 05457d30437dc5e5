import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from '../../providers/gcp.ts'
import type { ProviderDeps } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import {
  type ProviderHarness,
  type ReadersView,
  seedName,
  seedValue,
  type Session,
} from '../contract/harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import type { StoredSecret } from '../servers/gcp/resources.ts'
import { type GcpServer, startGcpServer } from '../servers/gcp/server.ts'

/** A prefix of its own on one server per test file, used with no more rights than the documentation asks for. */
export interface GcpSession extends Session {
  readonly server: GcpServer
  readonly prefix: string
  readonly root: string
  /** Of the service account. */
  readonly email: string
  readonly env: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string>>
  connectWith(change: {
    readonly settings?: Readonly<Record<string, string>>
    readonly env?: ProviderDeps['env']
  }): Promise<Provider>
  /** The secret of that id behind the prefix, as the server has it. */
  stored(id: string): StoredSecret | undefined
  /** Past the adapter: adds a version as a person would. */
  addByHand(id: string, value: string): void
}

export const harness: ProviderHarness = {
  id: 'gcp',
  start: () => startGcp(),
  async close() {
    await (await server)?.stop()
    server = undefined
  },
}

let server: Promise<GcpServer> | undefined
let sessions = 0

export function sharedServer(): Promise<GcpServer> {
  return (server ??= startGcpServer())
}

export async function startGcp(own?: Readonly<Record<string, string>>): Promise<GcpSession> {
  const shared = await sharedServer()
  const root = await mkdtemp(join(tmpdir(), 'secrets-gcp-'))
  sessions += 1
  const prefix = `app${String(sessions)}-`
  const email = `secrets-${String(sessions)}@my-project.iam.gserviceaccount.com`
  shared.grant(email, await documentedPermissions())
  const keyFile = join(root, 'key.json')
  await writeFile(keyFile, JSON.stringify(shared.tokens.addAccount(email, shared.project).keyFile), {
    mode: 0o600,
  })
  const env = { GOOGLE_APPLICATION_CREDENTIALS: keyFile }
  const settings = {
    project: shared.project,
    prefix,
    endpoint: shared.address,
    caCert: shared.caFile,
    ...own,
  }
  const { secrets } = shared.service
  const location = own?.['location'] ?? ''
  const direct = { method: 'POST', query: new URLSearchParams(), allow: () => undefined }
  const parent = `projects/${shared.project}${location === '' ? '' : `/locations/${location}`}/secrets`

  const session: GcpSession = {
    server: shared,
    prefix,
    root,
    email,
    env,
    settings,
    connect: () => session.connectWith({}),
    connectWith: change =>
      connect(
        {
          id: 'test',
          provider: 'gcp',
          environment: 'production',
          settings: { ...settings, ...change.settings },
        },
        {
          files: createFiles(),
          random: systemRandom,
          env: { ...env, ...change.env },
          root,
          note: () => undefined,
        },
      ),
    cli: () => ({ settings, env }),
    async cliThrough(plan) {
      const proxy = await startFaultProxy(shared, number => {
        const { drop, ...then } = plan(number) ?? {}
        return drop === undefined ? undefined : { do: 'drop', when: drop, ...then }
      })
      return {
        settings: { ...settings, endpoint: proxy.address },
        env,
        get count() {
          return proxy.count
        },
        stop: () => proxy.stop(),
      }
    },
    stored: id => secrets.get(`${location}/${prefix}${id}`),
    addByHand(id, value) {
      const query = new URLSearchParams({ secretId: prefix + id })
      const body = location === '' ? { replication: { automatic: {} } } : {}
      if (session.stored(id) === undefined) shared.service.answer({ ...direct, path: parent, query, body })
      const payload = { data: Buffer.from(value).toString('base64') }
      shared.service.answer({ ...direct, path: `${parent}/${prefix}${id}:addVersion`, body: { payload } })
    },
    seed(count) {
      for (let index = 0; index < count; index += 1) session.addByHand(seedName(index), seedValue(index))
      return Promise.resolve()
    },
    takeName(name) {
      if (own?.['read'] !== 'alias') session.addByHand(`${name}_OLD`, 'value-of-somebody-else')
      else {
        const secret = session.stored(name)
        const annotations = {}
        if (secret !== undefined)
          secret.fields = { ...secret.fields, annotations, versionAliases: { previous: '1' } }
      }
      return Promise.resolve()
    },
    readersView: name => reader.view(`${parent}/${prefix}${name}`, own?.['read'] === 'alias'),
    breakStore() {
      shared.grant(email, 'nothing')
      return Promise.resolve()
    },
    stop: () => rm(root, { recursive: true, force: true }),
  }
  const reader = createReader(shared, `reader-of-${prefix}`)
  return session
}

interface Reader {
  view(object: string, isByAlias: boolean): Promise<ReadersView>
}

/** An application with plain requests, that may access values and nothing else. */
function createReader(server: GcpServer, principal: string): Reader {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(server.caFile) })
  server.grant(principal, ['secretmanager.versions.access'])
  const Authorization = `Bearer ${server.tokens.issue(principal, 3600)}`
  const access = (path: string): Promise<{ readonly version?: string; readonly text?: string }> =>
    new Promise((resolve, reject) => {
      const url = `${server.address}/v1/${path}:access`
      get(url, { agent, headers: { Authorization } }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        response.on('end', () => {
          const { name, payload } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
            readonly name?: string
            readonly payload?: { readonly data: string }
          }
          if (![200, 400, 404].includes(response.statusCode ?? 0)) reject(new Error(`status of ${path}`))
          else if (name === undefined || payload === undefined) resolve({})
          else resolve({ version: name, text: Buffer.from(payload.data, 'base64').toString('utf8') })
        })
      }).on('error', reject)
    })
  return {
    async view(object, isByAlias) {
      const [current, previous] = isByAlias
        ? [`${object}/versions/current`, `${object}/versions/previous`]
        : [`${object}/versions/latest`, `${object}_OLD/versions/latest`]
      for (;;) {
        const before = await access(current)
        const { text } = await access(previous)
        // Nobody has come in between when the version is still the same.
        if ((await access(current)).version !== before.version) continue
        return {
          ...(before.text === undefined ? {} : { current: before.text }),
          ...(text === undefined ? {} : { previous: text }),
        }
      }
    },
  }
}

/** The permissions of the role in docs/providers/gcp.md. */
export async function documentedPermissions(): Promise<readonly string[]> {
  const file = resolve(import.meta.dirname, '../../docs/providers/gcp.md')
  const [, text = ''] = /includedPermissions:\n([\s\S]*?)```/.exec(await readFile(file, 'utf8')) ?? []
  return [...text.matchAll(/- (\S+)/g)].map(([, permission = '']) => permission)
}
