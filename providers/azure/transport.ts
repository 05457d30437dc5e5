import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { createSecureContext, rootCertificates, type SecureContext, type TLSSocket } from 'node:tls'
import type { SecretClientOptions } from '@azure/keyvault-secrets'
import type { CertificateFacts } from '../../src/core/diagnosis.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { readRetryAfter } from '../../src/core/retry.ts'
import { resumeHint } from './failures.ts'

type HttpClient = NonNullable<SecretClientOptions['httpClient']>
export type SdkRequest = Parameters<HttpClient['sendRequest']>[0]
export type SdkResponse = Awaited<ReturnType<HttpClient['sendRequest']>>

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The body, where it is JSON by its type and its text. */
  readonly json: unknown
  /** Milliseconds, as the header `Retry-After` says them. */
  readonly retryAfter?: number
}

/** What an answer tells of the way that it came. */
export interface Line {
  /** The Date header, as it came. */
  readonly date?: string
  /** The server's own; undefined without TLS. */
  readonly certificate?: CertificateFacts
}

export interface Transport {
  /** Throws typed errors for what stands in the way of an answer, redirects among them. */
  send(request: SdkRequest): Promise<Reply>
  /** Of the last answer; `undefined` before the first one. */
  readonly line: Line | undefined
  close(): void
}

interface TransportOptions {
  /** The only origins that anything is sent to; plain http has to be named so. */
  readonly isAllowed: (url: URL) => boolean
  /** Certificates in PEM that are trusted beside the usual ones. */
  readonly ca?: string
  /** Milliseconds for one request. */
  readonly timeout: number
  /** For people: the vault, or the issuer of tokens. */
  readonly who: string
}

type Hear = (response: IncomingMessage) => void

const maxReplyBytes = 16 * 1024 * 1024

/**
 * HTTP under the SDK's pipeline in place of its own: no redirect is followed and no link of an answer to another host
 * (the token would travel there), certificates are always checked, proxies of the environment are not used, an answer
 * has a limit in size and time, and nothing of a request stands in what is thrown.
 */
export function createTransport({ isAllowed, ca, timeout, who }: TransportOptions): Transport {
  const trusted = ca === undefined ? {} : { secureContext: contextWith(ca) }
  const https = new HttpsAgent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...trusted,
  })
  const http = new HttpAgent({ keepAlive: true })
  let line: Line | undefined
  const hear = (response: IncomingMessage): void => {
    line = lineOf(response)
  }
  return {
    get line() {
      return line
    },
    async send(request) {
      const url = new URL(request.url)
      if (!isAllowed(url)) throw elsewhere(who)
      const isSecure = url.protocol === 'https:'
      const reply = await exchange(isSecure ? requestHttps : requestHttp, isSecure ? https : http, request, {
        timeout,
        who,
        hear,
      })
      if (reply.status >= 300 && reply.status < 400) throw elsewhere(who)
      return reply
    },
    close() {
      https.destroy()
      http.destroy()
    },
  }
}

/** The last one: to read the usual authorities takes longer than many a request, and each connection would do it. */
let lastContext: { readonly ca: string; readonly context: SecureContext } | undefined

function contextWith(ca: string): SecureContext {
  if (lastContext?.ca !== ca) {
    lastContext = { ca, context: createContext(ca) }
  }
  return lastContext.context
}

function createContext(ca: string): SecureContext {
  try {
    return createSecureContext({ ca: [...rootCertificates, ca], minVersion: 'TLSv1.2' })
  } catch {
    throw new SecretsError('file.missing', 'the file of the certificate authority is no PEM file', {
      hints: ['look at caCert in the manifest'],
    })
  }
}

async function exchange(
  start: typeof requestHttps,
  agent: HttpAgent,
  { url, method, headers, body, abortSignal }: SdkRequest,
  { timeout: milliseconds, who, hear }: Pick<TransportOptions, 'timeout' | 'who'> & { readonly hear: Hear },
): Promise<Reply> {
  const timeout = AbortSignal.timeout(milliseconds)
  const caller = abortSignal instanceof AbortSignal ? abortSignal : undefined
  const signal = caller === undefined ? timeout : AbortSignal.any([caller, timeout])
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : undefined
  let isConnected = false
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) }
      const request = start(url, { agent, method, signal, headers: { ...headers.toJSON(), ...length } })
      request.on('socket', socket => {
        if (!socket.connecting) isConnected = true
        else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => (isConnected = true))
      })
      request.on('error', reject)
      request.on('response', response => {
        hear(response)
        collect(response, who).then(resolve, (error: unknown) => {
          request.destroy()
          reject(error instanceof Error ? error : brokenOff(who))
        })
      })
      request.end(bytes)
    })
  } catch (error) {
    if (caller?.aborted === true) throw caller.reason
    if (timeout.aborted) throw tooSlow(milliseconds, !isConnected, who)
    throw error instanceof SecretsError ? error : networkFailure(error, isConnected, who)
  }
}

async function collect(response: IncomingMessage, who: string): Promise<Reply> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxReplyBytes)
      throw new SecretsError('provider.invalid_reply', `the answer of ${who} is too large`)
    chunks.push(chunk)
  }
  if (!response.complete) throw brokenOff(who)
  const text = Buffer.concat(chunks).toString('utf8')
  const { headers, statusCode: status = 0 } = response
  const asked = headers['retry-after']
  const retryAfter = asked === undefined ? undefined : readRetryAfter(asked, headers.date)
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')
  return {
    status,
    headers,
    text,
    json: isJson ? parse(text) : undefined,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

/** As long as the connection stands: one that has ended tells nothing any more. */
function lineOf({ headers: { date }, socket }: IncomingMessage): Line {
  const certificate = 'getPeerCertificate' in socket ? certificateOf(socket as TLSSocket) : undefined
  return { ...(date === undefined ? {} : { date }), ...(certificate === undefined ? {} : { certificate }) }
}

function certificateOf(socket: TLSSocket): CertificateFacts | undefined {
  const certificate = socket.getPeerCertificate() as { readonly valid_to?: string } | null
  const validTo = Date.parse(certificate?.valid_to ?? '')
  const protocol = socket.getProtocol()
  return Number.isNaN(validTo) ? undefined : { validTo, ...(protocol === null ? {} : { protocol }) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of a JSON error quotes what it read: values.
    return undefined
  }
}

/** The headers of an answer as the SDK's pipeline wants them. */
export function toSdkResponse(request: SdkRequest, { status, headers, text }: Reply): SdkResponse {
  const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, [value].flat().join(', ')]],
  )
  const values = new Map(plain)
  const list = {
    get: (name: string) => values.get(name.toLowerCase()),
    has: (name: string) => values.has(name.toLowerCase()),
    set: (name: string, value: string | number | boolean) =>
      void values.set(name.toLowerCase(), String(value)),
    delete: (name: string) => void values.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(values),
    [Symbol.iterator]: () => values[Symbol.iterator](),
  }
  return { request, status, headers: list, bodyAsText: text }
}

function elsewhere(who: string): SecretsError {
  return new SecretsError('provider.unavailable', `${who} sends us to another address`, {
    hints: [
      'that is not followed, because the token would go there too',
      'is the address of the vault right?',
    ],
    unsent: true,
  })
}

function tooSlow(milliseconds: number, unsent: boolean, who: string): SecretsError {
  const what = `${who} gave no answer within ${String(milliseconds / 1000)} s`
  return new SecretsError('provider.unavailable', what, { unsent, hints: [resumeHint] })
}

function brokenOff(who: string): SecretsError {
  return new SecretsError('provider.unavailable', `the answer of ${who} broke off`, { hints: [resumeHint] })
}

/** The code of a system error names no value; its message, and what hangs on it, stay behind. */
function networkFailure(error: unknown, isConnected: boolean, who: string): SecretsError {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  const name = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown'
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(name)) {
    return new SecretsError('provider.unavailable', `the certificate of ${who} is not accepted (${name})`, {
      hints: [
        'a proxy that opens TLS? name its authority in caCert (a PEM file), or in NODE_EXTRA_CA_CERTS',
        'checking cannot be turned off: NODE_TLS_REJECT_UNAUTHORIZED has no effect here',
      ],
      unsent: true,
    })
  }
  const hints = isConnected
    ? [resumeHint]
    : [
        "is the name of the vault right, and may this machine reach it (the vault's network rules)?",
        'a proxy of the environment is not used',
      ]
  return new SecretsError('provider.unavailable', `${who} cannot be reached (${name})`, {
    hints,
    unsent: !isConnected,
  })
}
