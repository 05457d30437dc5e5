import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '../../src/core/diagnosis.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { readRetryAfter } from '../../src/core/retry.ts'
import type { Address } from './address.ts'

/** One answer of the server, whatever its status. */
export interface Reply {
  readonly status: number
  /** The body, where it is JSON by its type and its text. */
  readonly json: unknown
  readonly text: string
  /** Milliseconds, as the header `Retry-After` says them. */
  readonly retryAfter?: number
}

interface HttpRequest {
  readonly method: string
  /** Percent-encoded, beginning with `/`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly signal: AbortSignal
}

/** What the last answer shows besides itself. */
export interface Line {
  /** The header `Date`, as it stands. */
  readonly date?: string
  /** The server's own; undefined without TLS. */
  readonly certificate?: CertificateFacts
}

export interface Transport {
  /** Throws typed errors for what stands in the way of an answer; the signal's reason when it was aborted. */
  send(request: HttpRequest): Promise<Reply>
  /** `undefined` before the first answer. */
  readonly line: Line | undefined
  close(): void
}

interface TransportOptions {
  readonly address: Address
  /** Certificates in PEM that are trusted in place of the system's. */
  readonly ca?: Uint8Array
  /** Milliseconds for one call, from the first byte sent to the last one read. */
  readonly timeout: number
}

/** A document of a few hundred secrets is far below it; what is larger is not the store that we think it is. */
const maxReplyBytes = 16 * 1024 * 1024

/**
 * HTTP as this adapter wants it, under node-vault in place of its own: no redirect is followed (the token would travel
 * to wherever it points), certificates are always checked (no variable turns that off), proxies of the environment are
 * not used, an answer has a limit in size and time, and nothing of a request stands in what it throws.
 */
export function createTransport({ address, ca, timeout }: TransportOptions): Transport {
  const tls = { ...(ca === undefined ? {} : { ca: Buffer.from(ca) }), rejectUnauthorized: true }
  const agent = address.isSecure
    ? new HttpsAgent({ keepAlive: true, minVersion: 'TLSv1.2', ...tls })
    : new HttpAgent({ keepAlive: true })
  const start = address.isSecure ? requestHttps : requestHttp
  let last: Pick<IncomingMessage, 'headers' | 'socket'> | undefined
  const base = { agent, host: address.host, port: address.port }
  return {
    send: request =>
      exchange(start, base, timeout, request, ({ headers, socket }) => {
        // An answer that was read to its end has let go of its socket.
        last = { headers, socket }
      }),
    get line() {
      return last === undefined ? undefined : lineOf(last)
    },
    close: () => {
      agent.destroy()
    },
  }
}

async function exchange(
  start: typeof requestHttps,
  base: RequestOptions,
  milliseconds: number,
  { method, path, headers, json, signal }: HttpRequest,
  onAnswer: (response: IncomingMessage) => void,
): Promise<Reply> {
  signal.throwIfAborted()
  const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json), 'utf8')
  const timeout = AbortSignal.timeout(milliseconds)
  const length =
    body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length }
  let isConnected = false
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const request = start({
        ...base,
        method,
        path,
        headers: { Accept: 'application/json', 'X-Vault-Request': 'true', ...length, ...headers },
        signal: AbortSignal.any([signal, timeout]),
      })
      request.on('socket', socket => {
        if (!socket.connecting) isConnected = true
        else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => (isConnected = true))
      })
      request.on('error', reject)
      request.on('response', response => {
        onAnswer(response)
        collect(response).then(resolve, (error: unknown) => {
          request.destroy()
          reject(error instanceof Error ? error : brokenOff())
        })
      })
      request.end(body)
    })
  } catch (error) {
    signal.throwIfAborted()
    if (timeout.aborted) throw tooSlow(milliseconds, !isConnected)
    throw error instanceof SecretsError ? error : networkFailure(error, isConnected)
  }
}

function lineOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): Line {
  const date = headers.date === undefined ? {} : { date: headers.date }
  if (!('getPeerCertificate' in socket)) return date
  const secure = socket as TLSSocket
  const protocol = secure.getProtocol()
  const validTo = Date.parse(secure.getPeerCertificate().valid_to)
  return { ...date, certificate: { validTo, ...(protocol === null ? {} : { protocol }) } }
}

async function collect(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxReplyBytes) throw tooLong()
    chunks.push(chunk)
  }
  if (!response.complete) throw brokenOff()
  const text = Buffer.concat(chunks).toString('utf8')
  const { date, 'retry-after': asked } = response.headers
  const retryAfter = asked === undefined ? undefined : readRetryAfter(asked, date)
  return {
    status: response.statusCode ?? 0,
    json: isJson(response) ? parse(text) : undefined,
    text,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of a JSON error quotes what it read: values.
    return undefined
  }
}

function tooSlow(milliseconds: number, unsent: boolean): SecretsError {
  return new SecretsError(
    'provider.unavailable',
    `the server gave no answer within ${String(milliseconds / 1000)} s`,
    { unsent, hints: ['what it did by then is there: look at the status, then run it again'] },
  )
}

function brokenOff(): SecretsError {
  return new SecretsError('provider.unavailable', 'the answer of the server broke off', {
    hints: ['what it did by then is there: look at the status, then run it again'],
  })
}

function tooLong(): SecretsError {
  return new SecretsError('provider.invalid_reply', 'the answer of the server is larger than any document', {
    hints: ['is that really the address of the store?'],
  })
}

/** The code of a system error names no value; its message, and what hangs on it, stay behind. */
function networkFailure(error: unknown, isConnected: boolean): SecretsError {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  const name = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown'
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(name)) return untrusted(name)
  const hints = isConnected
    ? ['what the server did by then is there: look at the status, then run it again']
    : ['is the address right, and is the server running?', 'a proxy of the environment is not used']
  return new SecretsError('provider.unavailable', `the server cannot be reached (${name})`, {
    hints,
    unsent: !isConnected,
  })
}

function untrusted(name: string): SecretsError {
  return new SecretsError('provider.unavailable', `the server's certificate is not accepted (${name})`, {
    hints: [
      'name the authority that signed it in caCert (a PEM file), or in VAULT_CACERT',
      'checking cannot be turned off: VAULT_SKIP_VERIFY and NODE_TLS_REJECT_UNAUTHORIZED have no effect here',
    ],
    unsent: true,
  })
}
