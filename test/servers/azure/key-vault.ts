import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificate.ts'
import { readJwt } from './issuer.ts'
import { Refused, type Reply, unsettled, VaultState } from './vault-state.ts'

export type Permission = 'get' | 'list' | 'set' | 'delete' | 'recover' | 'backup' | 'restore' | 'purge'

export const allPermissions: readonly Permission[] = [
  'get',
  'list',
  'set',
  'delete',
  'recover',
  'backup',
  'restore',
  'purge',
]

export interface KeyVaultOptions {
  readonly certificate: Certificate
  /** Whose tokens are taken. */
  readonly issuer: {
    readonly address: string
    readonly tenant: string
    readonly name: string
    readonly publicKey: KeyObject
  }
  /** By application id; who is not named may do nothing. */
  readonly permissions: Map<string, readonly Permission[]>
  now?: () => number
  readonly lag?: number
  readonly emptyPages?: boolean
  readonly recoverableDays?: number
  readonly recoveryLevel?: string
  /** Whether the documented rates are enforced: per ten seconds 300 new versions, 4,000 other transactions. */
  readonly rates?: boolean
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly hasToken: boolean
  readonly status: number
}

export interface KeyVault {
  readonly port: number
  readonly address: string
  readonly certificate: Certificate
  readonly state: VaultState
  /** Every request so far, no values. */
  readonly seen: readonly SeenRequest[]
  stop(): Promise<void>
}

const resource = 'https://vault.azure.net'
const apiVersions = new Set(['2016-10-01', '7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01'])
const isKnownVersion = (version: string): boolean =>
  apiVersions.has(version.replace(/-preview(?:\.\d)?$/, ''))

/** Azure Key Vault's secrets over HTTPS, one vault: strict, in memory, every request needs a token that holds. */
export async function startKeyVault(options: KeyVaultOptions): Promise<KeyVault> {
  const { certificate, now = Date.now } = options
  const seen: SeenRequest[] = []
  const busy = new Set<string>()
  const times: { readonly at: number; readonly isNew: boolean }[] = []
  const vault: { state?: VaultState } = {}

  const answer = async (request: IncomingMessage, body: string): Promise<Reply> => {
    const url = new URL(request.url ?? '/', 'https://vault')
    const method = request.method ?? ''
    const caller = authenticate(request, options)
    const route = routeOf(method, url.pathname)
    const version = url.searchParams.get('api-version')
    if (version === null || !isKnownVersion(version)) throw unsettled('a request without a known api-version')
    requirePermission(options, caller, route.permission)
    if (options.rates === true) requireRate(times, now(), route.permission === 'set' && method === 'PUT')
    if (route.isWrite && busy.has(route.name.toLowerCase())) {
      throw new Refused(409, 'Conflict', 'There was a conflict: parallel work on the secret')
    }
    const act = (): Reply => asIn(version, route.act(vault.state!, body, url.searchParams))
    if (!route.isWrite) return act()
    busy.add(route.name.toLowerCase())
    try {
      // A write takes a moment; another to the same name within it is refused.
      await new Promise(resolve => setImmediate(resolve))
      return act()
    } finally {
      busy.delete(route.name.toLowerCase())
    }
  }

  const server = createServer(
    { cert: certificate.cert, key: certificate.key, keepAlive: true },
    (request, response) => {
      void (async () => {
        const chunks: Buffer[] = []
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
        const reply = await answer(request, Buffer.concat(chunks).toString('utf8')).catch(
          (error: unknown) => {
            if (error instanceof Refused) return error.reply
            throw error
          },
        )
        seen.push({
          method: request.method ?? '',
          path: (request.url ?? '').split('?')[0] ?? '',
          hasToken: request.headers.authorization !== undefined,
          status: reply.status,
        })
        const type = reply.body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }
        response.writeHead(reply.status, { ...type, ...commonHeaders, ...reply.headers })
        response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body))
      })().catch(() => request.socket.destroy())
    },
  )
  // Longer than a test is quiet: a client that sends just when an idle connection ends cannot know that it did.
  server.keepAliveTimeout = 300_000
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const address = `https://localhost:${String(port)}`
  const {
    lag = 0,
    emptyPages = false,
    recoverableDays = 90,
    recoveryLevel = 'Recoverable+Purgeable',
  } = options
  const state = new VaultState({ url: address, now, lag, emptyPages, recoverableDays, recoveryLevel })
  vault.state = state
  return {
    port,
    address,
    certificate,
    state,
    seen,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

const commonHeaders = {
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
  'x-ms-keyvault-region': 'westeurope',
  'x-ms-keyvault-service-version': '1.9.3000.1',
  'x-ms-keyvault-network-info': 'conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;',
}

/** The caller's application id. Looked at before anything else: also a wrong path is 401 first. */
function authenticate({ headers }: IncomingMessage, { issuer }: KeyVaultOptions): string {
  const challenge = `Bearer authorization="${issuer.address}/${issuer.tenant}", resource="${resource}"`
  const refuse = (message: string): Refused => {
    const refused = new Refused(401, 'Unauthorized', message)
    Object.assign(refused, { reply: { ...refused.reply, headers: { 'WWW-Authenticate': challenge } } })
    return refused
  }
  const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (token === undefined) throw refuse('AKV10000: Request is missing a Bearer or PoP token.')
  const claims = readJwt(token, issuer.publicKey)
  if (claims === undefined) throw refuse('[TokenInvalid] Error validating token: signature')
  const seconds = Date.now() / 1000
  if (claims['iss'] !== issuer.name) throw refuse('AKV10032: Invalid issuer.')
  if (claims['aud'] !== resource) throw refuse('AKV10022: Invalid audience.')
  if (typeof claims['exp'] !== 'number' || claims['exp'] <= seconds)
    throw refuse('[TokenExpired] Error validating token: expired')
  if (typeof claims['nbf'] !== 'number' || claims['nbf'] > seconds + 300)
    throw refuse('[TokenInvalid] Error validating token: not yet valid')
  return String(claims['appid'])
}

function requirePermission({ permissions }: KeyVaultOptions, caller: string, wanted: Permission): void {
  if (permissions.get(caller)?.includes(wanted) === true) return
  const text = `Caller is not authorized to perform action on resource. Caller: appid=${caller}`
  throw new Refused(403, 'Forbidden', text, 'ForbiddenByRbac')
}

/** docs: service limits, per vault and region. */
function requireRate(
  times: { readonly at: number; readonly isNew: boolean }[],
  now: number,
  isNew: boolean,
): void {
  while ((times[0]?.at ?? now) < now - 10_000) times.shift()
  const same = times.filter(one => one.isNew === isNew)
  if (same.length >= (isNew ? 300 : 4000)) {
    const refused = new Refused(
      429,
      'Throttled',
      'Request was not processed because too many requests were received.',
    )
    Object.assign(refused, { reply: { ...refused.reply, headers: { 'Retry-After': '1' } } })
    throw refused
  }
  times.push({ at: now, isNew })
}

/** Before 7.1 attributes did not say for how many days a deleted secret can be recovered. */
function asIn(version: string, reply: Reply): Reply {
  if (!['2016-10-01', '7.0'].includes(version) || reply.body === undefined) return reply
  const drop = (key: string, value: unknown): unknown => (key === 'recoverableDays' ? undefined : value)
  return { ...reply, body: JSON.parse(JSON.stringify(reply.body, drop)) as unknown }
}

interface Route {
  readonly name: string
  readonly permission: Permission
  readonly isWrite: boolean
  readonly act: (state: VaultState, body: string, query: URLSearchParams) => Reply
}

function routeOf(method: string, pathname: string): Route {
  const [collection, name = '', third, ...rest] = pathname
    .replace(/^\//, '')
    .split('/')
    .map(decodeURIComponent)
  const route = (permission: Permission, isWrite: boolean, act: Route['act']): Route => ({
    name,
    permission,
    isWrite,
    act,
  })
  const id = third === '' ? undefined : third
  if (rest.length > 0) throw unsettled(`the path ${pathname}`)
  if (collection === 'secrets') {
    if (method === 'PUT' && id === undefined)
      return route('set', true, (state, body) => state.set(name, parse(body)))
    if (method === 'PATCH') return route('set', true, (state, body) => state.update(name, id, parse(body)))
    if (method === 'DELETE' && id === undefined) return route('delete', true, state => state.remove(name))
    if (method === 'POST' && id === 'backup') return route('backup', false, state => state.backup(name))
    if (method === 'POST' && name === 'restore' && id === undefined) {
      return route('restore', true, (state, body) => state.restore(parse(body)))
    }
    if (method === 'GET' && name === '') return route('list', false, (state, _, query) => state.list(query))
    if (method === 'GET' && id === 'versions')
      return route('list', false, (state, _, query) => state.listVersions(name, query))
    if (method === 'GET') return route('get', false, state => state.get(name, id))
  }
  if (collection === 'deletedsecrets') {
    if (method === 'GET' && name === '')
      return route('list', false, (state, _, query) => state.listDeleted(query))
    if (method === 'GET' && id === undefined) return route('get', false, state => state.getDeleted(name))
    if (method === 'DELETE' && id === undefined) return route('purge', true, state => state.purge(name))
    if (method === 'POST' && id === 'recover') return route('recover', true, state => state.recover(name))
  }
  throw unsettled(`${method} ${pathname}`)
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Answered below.
  }
  throw new Refused(400, 'BadParameter', 'The request body is no JSON object')
}
