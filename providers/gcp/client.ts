import type { v1 } from '@google-cloud/secret-manager'
import type { ProviderDeps } from '../../src/context.ts'
import { isSecretsError, SecretsError } from '../../src/core/errors.ts'
import { failureOf, invalidReply, isJson, unauthenticated } from './failures.ts'
import { noCredentials, requireCredentials } from './residency.ts'
import type { GcpSettings } from './settings.ts'
import { createTransport, type Line, type Reply, type Transport } from './transport.ts'

export type Sdk = v1.SecretManagerServiceClient

/** One signed-in identity at one endpoint. */
export interface GcpClient {
  readonly settings: GcpSettings
  /**
   * One request of the SDK. Throws `Refusal` for what callers read themselves, else typed errors; retries nothing. A
   * success is known to be JSON; whether it is about what was asked, the caller checks.
   */
  call<T>(
    signal: AbortSignal,
    send: (sdk: Sdk, options: CallOptions) => Promise<readonly [T, ...unknown[]]>,
  ): Promise<T>
  /** What the last answer shows besides itself; `undefined` before the first one. */
  line(): Line | undefined
  /** As whom: an address of a service account or another word of the credentials; never a key. */
  identity(signal: AbortSignal): Promise<string>
  close(): Promise<void>
}

/** What each request is sent with. */
export interface CallOptions {
  readonly retry: null
  readonly timeout: number
  readonly autoPaginate: false
  readonly otherArgs: { readonly headers: Record<string, string> }
}

/** The header that carries the number of a call through the SDK to our transport, and no further. */
const callHeader = 'x-secrets-call'
const timeout = 30_000

/**
 * The SDK in its REST mode: one HTTP request a call over the transport of this adapter, nothing of gRPC (whose
 * channels retry, reconnect and read proxies by rules of their own) is loaded or bundled. Its sign-in is the library's
 * own, found in the library's order; its requests go over the same transport. Retries of the SDK are off.
 */
export function createClient(settings: GcpSettings, deps: ProviderDeps): GcpClient {
  const signals = new Map<string, AbortSignal>()
  let calls = 0
  let opened: Promise<Opened> | undefined
  let transport: Transport | undefined
  const open = (): Promise<Opened> => {
    opened ??= openSdk(settings, deps, signals).then(
      found => {
        transport = found.transport
        return found
      },
      (error: unknown) => {
        opened = undefined
        throw error
      },
    )
    return opened
  }
  return {
    settings,
    async call(signal, send) {
      signal.throwIfAborted()
      const { sdk } = await open()
      calls += 1
      const number = String(calls)
      signals.set(number, signal)
      try {
        const options = {
          retry: null,
          timeout,
          autoPaginate: false,
          otherArgs: { headers: { [callHeader]: number } },
        } as const
        const [reply] = await send(sdk, options)
        return reply
      } finally {
        signals.delete(number)
      }
    },
    line: () => transport?.line,
    async identity(signal) {
      signal.throwIfAborted()
      const { sdk } = await open()
      return identityOf(await sdk.auth.getClient())
    },
    async close() {
      const { sdk } = (await opened?.catch(() => undefined)) ?? {}
      await sdk?.close()
      transport?.close()
    },
  }
}

interface Opened {
  readonly sdk: Sdk
  readonly transport: Transport
}

async function openSdk(
  settings: GcpSettings,
  deps: ProviderDeps,
  signals: ReadonlyMap<string, AbortSignal>,
): Promise<Opened> {
  const { endpoint, caFile, project } = settings
  const ca = caFile === undefined ? undefined : (await deps.files.read(caFile))?.bytes
  if (caFile !== undefined && ca === undefined) throw noAuthorities(caFile)
  const keyFilename = await requireCredentials(settings, deps)
  const transport = createTransport(ca, timeout)
  const { v1 } = await import('@google-cloud/secret-manager')
  const sdk = new v1.SecretManagerServiceClient({
    fallback: true,
    apiEndpoint: endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host,
    port: endpoint.port,
    protocol: endpoint.isSecure ? 'https' : 'http',
    // With the project known, the library looks for it nowhere: not at a metadata server, not by running gcloud.
    projectId: project,
    universeDomain: 'googleapis.com',
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    ...(keyFilename === undefined ? {} : { keyFilename }),
    clientOptions: { transporterOptions: { fetchImplementation: fetchOver(transport) } },
  })
  const { auth } = sdk
  // Known by now: the library would ping the metadata server and wait for it, up to seconds where there is none.
  if (keyFilename === undefined) Object.assign(auth, { checkIsGCE: true })
  const account = await signIn(() => auth.getClient())
  redirectImpersonation(account, fetchOver(transport))
  // The SDK sends by the `fetch` of this object; the library's own would send again on 401 and 403.
  auth.fetch = (async (input: unknown, init?: RequestInit) => {
    const url = new URL(String(input))
    const headers = new Headers(init?.headers)
    const signal = signals.get(headers.get(callHeader) ?? '')
    headers.delete(callHeader)
    signal?.throwIfAborted()
    const signed = await signIn(() => account.getRequestHeaders(url.origin))
    signed.forEach((value, name) => {
      headers.set(name, value)
    })
    const body = init?.body
    const reply = await transport.send({
      url,
      method: init?.method ?? 'GET',
      headers,
      ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
      ...(signal === undefined ? {} : { signal }),
    })
    return asSdkResponse(reply)
  }) as typeof auth.fetch
  return { sdk, transport }
}

/** Only a success reaches the SDK, and only JSON: what it throws at anything else quotes the body. */
function asSdkResponse(reply: Reply): object {
  const { status, headers, bytes } = reply
  if (status !== 200)
    throw status > 200 && status < 300 ? invalidReply('answers without content') : failureOf(reply)
  if (!isJson(headers)) throw invalidReply('answers with something that is not JSON')
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new TypeError()
  } catch {
    throw invalidReply('answers with something that is not JSON')
  }
  return { ok: true, status, arrayBuffer: () => Promise.resolve(bytes) }
}

/** `fetch` for the library's sign-in. Tokens and assertions stand in these requests. */
function fetchOver(transport: Transport): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input))
    const body = init?.body
    const text = body instanceof URLSearchParams ? body.toString() : body
    const { status, headers, bytes } = await transport.send({
      url,
      method: init?.method ?? 'GET',
      headers: new Headers(init?.headers),
      ...(typeof text === 'string' || text instanceof Uint8Array ? { body: text } : {}),
      ...(init?.signal ? { signal: init.signal } : {}),
    })
    // Status 3xx stays an answer, and so an error: it is not followed.
    return new Response(status === 204 || status === 304 ? null : new Uint8Array(bytes), { status, headers })
  }
}

interface Signing {
  readonly transporter?: { defaults: { fetchImplementation?: typeof fetch } }
  readonly sourceClient?: unknown
}

/** The library makes the clients of an impersonation without the options that it was given. */
function redirectImpersonation(account: unknown, send: typeof fetch): void {
  const { transporter, sourceClient } = account as Signing
  if (transporter !== undefined) transporter.defaults.fetchImplementation = send
  if (sourceClient !== undefined) redirectImpersonation(sourceClient, send)
}

/** The library's errors carry requests and replies with tokens in them: none of them goes further. */
async function signIn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause as Error) {
      if (isSecretsError(cause)) throw cause
    }
    const { code, status } = error as { readonly code?: unknown; readonly status?: unknown }
    if (code === 'ENOENT' || code === 'EACCES' || error instanceof SyntaxError)
      throw noCredentials('unreadable')
    if (typeof status === 'number' && (status >= 500 || status === 429)) {
      throw new SecretsError('provider.unavailable', `the sign-in cannot answer (${String(status)})`, {
        hints: ['run it again later'],
        unsent: true,
      })
    }
    throw unauthenticated()
  }
}

function identityOf(account: unknown): string {
  const { email, targetPrincipal, constructor } = account as Readonly<Record<string, unknown>>
  const impersonated = (
    account as { getServiceAccountEmail?: () => string | null }
  ).getServiceAccountEmail?.()
  const named = [impersonated, targetPrincipal, email].find(one => typeof one === 'string' && one !== '')
  if (typeof named === 'string') return named
  const kind = typeof constructor === 'function' ? constructor.name : ''
  if (kind === 'UserRefreshClient') return 'a user, signed in by gcloud auth application-default login'
  return 'the identity of this machine or workload'
}

function noAuthorities(path: string): SecretsError {
  return new SecretsError('manifest.invalid', 'the file that caCert names is not there', {
    at: { path },
    hints: ['a PEM file with the certificate of the authority'],
  })
}
