import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Certificate, makeCertificate } from './certificate.ts'
import { Failure } from './failure.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { SecretManagerService } from './service.ts'
import { Tokens } from './tokens.ts'

type Json = Readonly<Record<string, unknown>>

/** Google Secret Manager's REST interface with TLS on a loopback port, its sign-in, and what a test needs to see of it. */
export interface GcpServer extends Certificate {
  readonly address: string
  readonly port: number
  readonly project: string
  readonly service: SecretManagerService
  readonly tokens: Tokens
  readonly issuer: Issuer
  /** `METHOD path` of each request, oldest first; never a body. */
  readonly requests: readonly string[]
  /** Milliseconds that the server's clock is ahead. */
  skew: number
  /** What a principal may do; everything where it is not named. */
  grant(principal: string, permissions: readonly string[] | 'nothing'): void
  /** So many requests from now on are answered with RESOURCE_EXHAUSTED. */
  throttle(count: number): void
  stop(): Promise<void>
}

const states = ['STATE_UNSPECIFIED', 'ENABLED', 'DISABLED', 'DESTROYED']

export async function startGcpServer(project = 'my-project', number = '123456789012'): Promise<GcpServer> {
  const certificate = makeCertificate()
  const grants = new Map<string, readonly string[]>()
  const requests: string[] = []
  let throttled = 0
  let skew = 0
  const now = (): number => Date.now() + skew
  const service = new SecretManagerService(project, number, now)
  const tokens = new Tokens(now)
  const issuer = await startIssuer(tokens, now)

  const allowFor =
    (principal: string) =>
    (permission: string, resource: string): void => {
      const granted = grants.get(principal)
      if (granted === undefined || granted.includes(permission)) return
      throw new Failure(
        'PERMISSION_DENIED',
        `Permission '${permission}' denied for resource '${resource}' (or it may not exist).`,
      )
    }
  const handle = (request: IncomingMessage, bytes: Buffer): Json => {
    const url = new URL(request.url ?? '/', 'https://localhost')
    requests.push(`${request.method ?? ''} ${url.pathname}`)
    const principal = tokens.principalOf(request.headers.authorization)
    if (throttled > 0) {
      throttled -= 1
      throw new Failure(
        'RESOURCE_EXHAUSTED',
        "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute'.",
      )
    }
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''))
    const body = bytes.length === 0 ? {} : (JSON.parse(bytes.toString('utf8')) as Json)
    const reply = service.answer({
      method: request.method ?? '',
      path,
      query: url.searchParams,
      body,
      allow: allowFor(principal),
    })
    const isNumeric = (url.searchParams.get('$alt') ?? '').includes('enum-encoding=int')
    return isNumeric ? reply : withNames(reply)
  }
  const server = createServer(
    { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        respond(response, now(), () => handle(request, Buffer.concat(chunks)))
      })
    },
  )
  // Google's front ends keep a connection for minutes; Node's five seconds end it while a slow test's next call is on its way.
  server.keepAliveTimeout = 240_000
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...certificate,
    address: `https://127.0.0.1:${String(port)}`,
    port,
    project,
    service,
    tokens,
    issuer,
    requests,
    get skew() {
      return skew
    },
    set skew(milliseconds) {
      skew = milliseconds
    },
    grant(principal, permissions) {
      grants.set(principal, permissions === 'nothing' ? [] : permissions)
    },
    throttle(count) {
      throttled = count
    },
    async stop() {
      await issuer.stop()
      await new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      })
    },
  }
}

function respond(response: ServerResponse, now: number, work: () => Json): void {
  const send = (status: number, body: object): void => {
    const text = JSON.stringify(body)
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=UTF-8',
      'Content-Length': Buffer.byteLength(text),
      Date: new Date(now).toUTCString(),
    })
    response.end(text)
  }
  try {
    send(200, work())
  } catch (error) {
    if (error instanceof Failure) {
      const { code, message, status } = error
      send(code, { error: { code, message, status } })
    } else if (error instanceof SyntaxError) {
      send(400, {
        error: { code: 400, message: 'Invalid JSON payload received.', status: 'INVALID_ARGUMENT' },
      })
    } else {
      send(500, { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } })
    }
  }
}

/** Without `enum-encoding=int`, states are words. */
function withNames(reply: Json): Json {
  const { state, versions } = reply
  return {
    ...reply,
    ...(typeof state === 'number' ? { state: states[state] } : {}),
    ...(Array.isArray(versions) ? { versions: versions.map(one => withNames(one as Json)) } : {}),
  }
}
