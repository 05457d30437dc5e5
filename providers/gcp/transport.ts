import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '../../src/core/diagnosis.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { isLoopback } from './settings.ts'

/** One answer, whatever its status. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

export interface WireRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
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
  send(request: WireRequest): Promise<Reply>
  /** `undefined` before the first answer. */
  readonly line: Line | undefined
  close(): void
}

/** 25,000 secrets with full annotations a page would be more; the pages asked for are far below it. */
const maxReplyBytes = 64 * 1024 * 1024

/**
 * HTTP as this adapter wants it, under the SDK and under its sign-in in place of their own: no redirect is followed
 * (the token would travel to wherever it points), certificates are always checked (no variable turns that off), proxies
 * of the environment are not used, an answer has a limit in size and time, and nothing of a request stands in what it
 * throws. `milliseconds` is for one call, from the first byte sent to the last one read.
 */
export function createTransport(ca: Uint8Array | undefined, milliseconds: number): Transport {
  const trusted = ca === undefined ? {} : { ca: Buffer.from(ca) }
  const secure = new HttpsAgent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    ...trusted,
    rejectUnauthorized: true,
  })
  const plain = new HttpAgent({ keepAlive: true })
  let last: Answered | undefined
  return {
    send: request => {
      const agent = request.url.protocol === 'https:' ? secure : plain
      return exchange(agent, milliseconds, request, ({ headers, socket }) => {
        // An answer that was read to its end has let go of its socket.
        last = { headers, socket }
      })
    },
    get line() {
      return last === undefined ? undefined : lineOf(last)
    },
    close() {
      secure.destroy()
      plain.destroy()
    },
  }
}

async function exchange(
  agent: HttpAgent,
  milliseconds: number,
  { url, method, headers, body, signal }: WireRequest,
  onAnswer: (response: IncomingMessage) => void,
): Promise<Reply> {
  signal?.throwIfAborted()
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!isSecure && !isLoopback(host)) throw unreachable('plain http', false)
  const timeout = AbortSignal.timeout(milliseconds)
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const length = bytes === undefined ? {} : { 'Content-Length': String(bytes.length) }
  let isConnected = false
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const start = isSecure ? requestHttps : requestHttp
      const request = start({
        agent,
        host,
        port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
        method,
        path: url.pathname + url.search,
        headers: { ...Object.fromEntries(headers), ...length },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
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
      request.end(bytes)
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted) throw tooSlow(milliseconds, !isConnected)
    throw error instanceof SecretsError ? error : networkFailure(error, isConnected)
  }
}

type Answered = Pick<IncomingMessage, 'headers' | 'socket'>

function lineOf({ headers, socket }: Answered): Line {
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
  const headers = Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    bytes: Buffer.concat(chunks),
  }
}

const lookAgain = 'what the server did by then is there: look at the status, then run it again'

function tooSlow(milliseconds: number, unsent: boolean): SecretsError {
  return new SecretsError(
    'provider.unavailable',
    `the service gave no answer within ${String(milliseconds / 1000)} s`,
    { unsent, hints: [lookAgain] },
  )
}

function brokenOff(): SecretsError {
  return new SecretsError('provider.unavailable', 'the answer of the service broke off', {
    hints: [lookAgain],
  })
}

function tooLong(): SecretsError {
  return new SecretsError(
    'provider.invalid_reply',
    'the answer of the service is larger than any page of it',
    {
      hints: ['is that really the endpoint of Secret Manager?'],
    },
  )
}

/** The code of a system error names no value; its message, and what hangs on it, stay behind. */
function networkFailure(error: unknown, isConnected: boolean): SecretsError {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  const name = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown'
  if (!/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(name)) return unreachable(name, isConnected)
  return new SecretsError('provider.unavailable', `the service's certificate is not accepted (${name})`, {
    hints: [
      'name the authority that signed it in caCert (a PEM file), or in NODE_EXTRA_CA_CERTS',
      'checking cannot be turned off: NODE_TLS_REJECT_UNAUTHORIZED has no effect here',
    ],
    unsent: true,
  })
}

function unreachable(name: string, isConnected: boolean): SecretsError {
  const hints = isConnected
    ? [lookAgain]
    : ['is the network there, and the endpoint right?', 'a proxy of the environment is not used']
  return new SecretsError('provider.unavailable', `the service cannot be reached (${name})`, {
    hints,
    unsent: !isConnected,
  })
}
