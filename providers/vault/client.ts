import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { encodePath } from './address.ts'
import { readCredentials } from './credentials.ts'
import {
  denied,
  errorTexts,
  failureOf,
  fieldOf,
  invalidReply,
  loginRefused,
  mountHidden,
  unauthenticated,
} from './failures.ts'
import { createRequester, type Requester, type Verb } from './requester.ts'
import type { VaultSettings } from './settings.ts'
import { createTransport, type Line, type Reply, type Transport } from './transport.ts'

export interface VaultRequest {
  readonly verb: Verb
  /** Below `/v1/`, percent-encoded. */
  readonly path: string
  /** The same for people. */
  readonly shown: string
  readonly json?: unknown
  /** Statuses besides success that the caller reads itself; the reply is known to be JSON where it is a success. */
  readonly allow?: readonly number[]
}

/** One signed-in user of one server. */
export interface VaultClient {
  readonly settings: VaultSettings
  /** Throws typed errors for every status that is neither a success nor allowed. */
  send(request: VaultRequest, signal: AbortSignal): Promise<Reply>
  /** Asks without credentials, for the diagnosis: is a server there, and is it open? */
  greet(signal: AbortSignal): Promise<{ readonly reply: Reply; readonly line: Line | undefined }>
  /** Asks, once, what is mounted; throws unless it is the whole name of a KV v2 engine. */
  proveMount(signal: AbortSignal): Promise<void>
  /** The engine has answered as only KV v2 does: there is nothing left to ask. */
  mountIsProved(): void
  /** Gives up the token where a login of ours made it. */
  close(): Promise<void>
}

/** The way to the server, before anybody has signed in. */
interface Connection {
  readonly transport: Transport
  readonly requester: Requester
}

interface Session {
  readonly requester: Requester
  readonly isOwnToken: boolean
}

type ClientDeps = Pick<ProviderDeps, 'files' | 'env' | 'root'>

/**
 * Signs in at the first request. What is mounted is looked at when an answer leaves that open, before it is believed:
 * an engine that refuses, or that says that nothing is there, may be another one than KV v2.
 */
export function createClient(settings: VaultSettings, deps: ClientDeps): VaultClient {
  const connect = remembered(() => openConnection(settings, deps))
  const open = remembered(async (signal: AbortSignal): Promise<Session> => {
    const { requester } = await connect.get(signal)
    return { requester, isOwnToken: await signIn(requester, settings, deps, signal) }
  })
  let isProved = false
  const proveMount = async (signal: AbortSignal): Promise<void> => {
    if (isProved) return
    await requireKv((await open.get(signal)).requester, settings, signal)
    isProved = true
  }
  return {
    settings,
    proveMount,
    mountIsProved() {
      isProved = true
    },
    async send(request, signal) {
      signal.throwIfAborted()
      const { requester } = await open.get(signal)
      return await sendWith(requester, request, signal)
    },
    async greet(signal) {
      const { requester, transport } = await connect.get(signal)
      const reply = await requester.send({ verb: 'read', path: 'sys/seal-status' }, signal)
      return { reply, line: transport.line }
    },
    async close() {
      const session = await open.peek()
      if (session?.isOwnToken === true) await revoke(session.requester)
      const connection = await connect.peek()
      connection?.requester.close()
    },
  }
}

interface Remembered<T> {
  get(signal: AbortSignal): Promise<T>
  /** What is there already; `undefined` where nothing was made, or where that failed. */
  peek(): Promise<T | undefined>
}

/** Made once; after a failure again: the next request may have better luck, or a signal that has not been aborted. */
function remembered<T>(make: (signal: AbortSignal) => Promise<T>): Remembered<T> {
  let made: Promise<T> | undefined
  return {
    async get(signal) {
      made ??= make(signal)
      try {
        return await made
      } catch (error) {
        made = undefined
        throw error
      }
    },
    peek: async () => await made?.catch(() => undefined),
  }
}

async function openConnection(settings: VaultSettings, deps: ClientDeps): Promise<Connection> {
  const { address, timeout, caFile } = settings
  const ca = caFile === undefined ? undefined : await readAuthority(caFile, deps)
  const transport = createTransport({ address, timeout, ...(ca === undefined ? {} : { ca }) })
  return { transport, requester: await createRequester(transport, settings) }
}

async function readAuthority(path: string, { files }: ClientDeps): Promise<Uint8Array> {
  const content = await files.read(path)
  const text = content === undefined ? '' : Buffer.from(content.bytes).toString('latin1')
  if (content !== undefined && text.includes('-----BEGIN CERTIFICATE-----')) return content.bytes
  throw new SecretsError('file.missing', 'the file of the certificate authority is missing or no PEM file', {
    at: { path },
    hints: ['look at caCert in the manifest, or VAULT_CACERT'],
  })
}

/** Whether the token was made here, and is ours to give up. */
async function signIn(
  requester: Requester,
  settings: VaultSettings,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const credentials = await readCredentials(settings, deps)
  if ('token' in credentials) {
    requester.useToken(credentials.token)
    return false
  }
  const { path, fields } = credentials.login
  const plain = Object.entries(fields).map(([name, field]) => [
    name,
    typeof field === 'string' ? field : field.reveal(),
  ])
  const { method, mount } = settings.auth
  const reply = await requester.send({ verb: 'write', path, json: Object.fromEntries(plain) }, signal)
  if ([400, 401, 403, 404].includes(reply.status)) throw loginRefused(method, mount)
  if (reply.status !== 200) throw failureOf(reply, `auth/${mount}`)
  const token = fieldOf(fieldOf(reply.json, 'auth'), 'client_token')
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw invalidReply('answers the login without a token')
  }
  requester.useToken(new Secret(token))
  return true
}

/**
 * A KV v1 mount would take the path `data/…` for a name of its own and answer "not there"; other engines rotate by
 * themselves. Every token may look at a mount that it can use.
 */
async function requireKv(requester: Requester, settings: VaultSettings, signal: AbortSignal): Promise<void> {
  const { mount, path } = settings
  const request = {
    verb: 'read',
    path: `sys/internal/ui/mounts/${encodePath(`${mount}/${path}`)}`,
    shown: mount,
    allow: [403],
  } as const
  const reply = await sendWith(requester, request, signal)
  if (reply.status === 403) {
    throw errorTexts(reply).some(text => text.startsWith('preflight')) ||
      (await knowsToken(requester, signal))
      ? mountHidden(mount)
      : unauthenticated()
  }
  const data = fieldOf(reply.json, 'data')
  const found = fieldOf(data, 'path')
  if (typeof found !== 'string') throw invalidReply('answers without the mount that was asked for')
  if (found !== `${mount}/`) throw otherMount(mount, found)
  const type = fieldOf(data, 'type')
  if (type !== 'kv' && type !== 'generic') throw otherEngine(mount)
  if (fieldOf(fieldOf(data, 'options'), 'version') !== '2') throw unversioned(mount)
}

async function sendWith(
  requester: Requester,
  { verb, path, shown, json, allow = [] }: VaultRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const reply = await requester.send({ verb, path, json }, signal)
  if (allow.includes(reply.status)) return reply
  if (reply.status === 403) {
    throw (await knowsToken(requester, signal)) ? denied(shown) : unauthenticated()
  }
  if (reply.status !== 200 && reply.status !== 204) throw failureOf(reply, shown)
  if (reply.status === 200 && reply.json === undefined)
    throw invalidReply('answers with something that is no JSON')
  return reply
}

/**
 * A 403 is the answer to a token without the right and to one that is none. Every token may look itself up unless a
 * policy forbids it, which the server says in the plural form of its own list of errors.
 */
async function knowsToken(requester: Requester, signal: AbortSignal): Promise<boolean> {
  const reply = await requester.send({ verb: 'read', path: 'auth/token/lookup-self' }, signal)
  if (reply.status !== 403) return reply.status === 200
  const texts = errorTexts(reply)
  return texts.some(text => text.includes('occurred')) && !texts.some(text => text.includes('invalid token'))
}

/** A courtesy: a token that is not given up runs out by itself. */
async function revoke(requester: Requester): Promise<void> {
  const signal = AbortSignal.timeout(2_000)
  await requester.send({ verb: 'write', path: 'auth/token/revoke-self' }, signal).catch(() => undefined)
}

function otherMount(mount: string, found: string): SecretsError {
  const real = /^[\w./-]{1,200}$/.test(found) ? [`it is: mount: ${found}`] : []
  return new SecretsError('manifest.invalid', `"${mount}" is not the whole name of a secrets engine`, {
    hints: [...real, 'the rest belongs to path'],
  })
}

function otherEngine(mount: string): SecretsError {
  return new SecretsError(
    'rotation.foreign',
    `"${mount}" is a secrets engine that makes its own credentials`,
    {
      hints: [
        'what a database or cloud engine issues (static roles, leases) is rotated by that engine',
        'name a KV v2 engine: vault secrets enable -path=<mount> kv-v2',
      ],
    },
  )
}

function unversioned(mount: string): SecretsError {
  return new SecretsError('provider.denied', `"${mount}" is KV version 1, which has no check-and-set`, {
    hints: [
      `upgrade it: vault kv enable-versioning ${mount}, bao kv enable-versioning ${mount}`,
      'readers then use the paths of version 2',
    ],
  })
}
