import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { account, type AwsService, createService, type Input, type Reply, textOf } from './service.ts'
import { type Identity, verify } from './signature.ts'

/** What becomes of one request. `before`: the store never acts on it. `after`: it does, but its answer is not what comes back. */
export type Fault =
  | { readonly do: 'drop'; readonly when: 'before' | 'after'; readonly then?: () => void }
  /** Nothing comes back, ever. */
  | { readonly do: 'silence'; readonly when: 'before' | 'after' }
  | { readonly do: 'truncate' }
  | { readonly do: 'duplicate' }
  /** Something else happens first, then the request goes its way. */
  | { readonly do: 'wait'; readonly until: () => Promise<unknown> }
  /** The connection ends at once; the store acts when `release` is called. */
  | { readonly do: 'hold' }
  /** A read is answered from before the last change. */
  | { readonly do: 'stale' }
  | {
      readonly do: 'answer'
      readonly when: 'before' | 'after'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

export interface Seen {
  readonly operation: string
  readonly input: Input
}

export type Plan = (number: number, seen: Seen) => Fault | undefined

export interface AwsServer {
  readonly address: string
  readonly port: number
  readonly service: AwsService
  readonly identities: Identity[]
  /** Requests to the store so far, in order; values and all. */
  readonly seen: readonly Seen[]
  readonly count: number
  /** The store's clock against this machine's, in milliseconds. */
  skew: number
  /** Lets the held requests through. */
  release(): void
  stop(): Promise<void>
}

/** Whoever presents the token becomes the identity. */
interface WebIdentity {
  readonly token: string
  readonly identity: Identity
}

export interface ServerOptions {
  readonly plan?: Plan
  readonly service?: AwsService
  readonly identities?: Identity[]
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly webIdentity?: WebIdentity
}

export const administrator: Identity = {
  keyId: ['AK', 'IAEXAMPLEADMIN0000'].join(''),
  key: 'a-key-of-the-tests-that-opens-nothing-0001',
  arn: `arn:aws:iam::${account}:user/administrator`,
  may: () => true,
}

/** AWS Secrets Manager and the token service behind one port: signatures and permissions are checked, faults follow the plan. */
export async function startAwsServer({
  plan = () => undefined,
  service = createService(),
  identities = [administrator],
  tls,
  webIdentity,
}: ServerOptions = {}): Promise<AwsServer> {
  const seen: Seen[] = []
  const held: (() => unknown)[] = []
  const sockets = new Set<Socket>()
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void respond(request, response).catch(() => request.socket.destroy())
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const target = request.headers['x-amz-target']
    const isStore = typeof target === 'string'
    const { method = '', url = '', headers } = request
    const now = Date.now() + self.skew
    response.setHeader('date', new Date(now).toUTCString())
    const service_ = isStore ? 'secretsmanager' : 'sts'
    const verdict = verify({ method, path: url, headers, body }, identities, {
      region: service.region,
      service: service_,
      now,
    })
    if (!isStore) {
      sendTokenService(response, body.toString('utf8'), verdict, webIdentity)
      return
    }
    const operation = target.replace('secretsmanager.', '')
    const input = JSON.parse(body.toString('utf8')) as Input
    seen.push({ operation, input })
    const fault = plan(seen.length, { operation, input })
    const act = (stale = false): Reply => {
      if ('refused' in verdict) return refusal(verdict.refused, verdict.message)
      const action = `secretsmanager:${operation}`
      const resource = textOf(input['SecretId'] ?? input['Name'] ?? '*')
      if (verdict.identity.may(action, resource)) return service.act(operation, input, { stale })
      const message = `User: ${verdict.identity.arn} is not authorized to perform: ${action}`
      return refusal('AccessDeniedException', message)
    }
    await carry(response, fault, act, held)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const port = (server.address() as AddressInfo).port
  const self: AwsServer = {
    port,
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    service,
    identities,
    seen,
    get count() {
      return seen.length
    },
    skew: 0,
    release() {
      for (const act of held.splice(0)) act()
    },
    stop: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy()
        server.close(() => {
          resolve()
        })
      }),
  }
  return self
}

function refusal(type: string, message: string): Reply {
  return { status: 400, body: { __type: type, message } }
}

async function carry(
  response: ServerResponse,
  fault: Fault | undefined,
  act: (stale?: boolean) => Reply,
  held: (() => unknown)[],
): Promise<void> {
  if (fault === undefined) {
    send(response, act())
    return
  }
  if ('when' in fault && fault.when === 'after') act()
  switch (fault.do) {
    case 'drop':
      fault.then?.()
      response.destroy()
      return
    case 'hold':
      held.push(act)
      response.destroy()
      return
    case 'silence':
      return
    case 'stale':
      send(response, act(true))
      return
    case 'truncate': {
      const { status, body } = act()
      const text = JSON.stringify(body)
      response.writeHead(status, { 'Content-Type': jsonType, 'Content-Length': String(text.length + 2) })
      response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy())
      return
    }
    case 'wait':
      await fault.until()
      send(response, act())
      return
    case 'duplicate':
      act()
      send(response, act())
      return
    case 'answer':
      response.writeHead(fault.status, { 'Content-Type': jsonType, ...fault.headers })
      response.end(fault.body)
  }
}

const jsonType = 'application/x-amz-json-1.1'

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'Content-Type': jsonType, 'x-amzn-RequestId': 'request-of-the-tests' })
  response.end(JSON.stringify(body))
}

/** Says who signed, and gives credentials for a token file that the test has named; nothing else is there. */
function sendTokenService(
  response: ServerResponse,
  body: string,
  verdict: ReturnType<typeof verify>,
  webIdentity: WebIdentity | undefined,
): void {
  const input = new URLSearchParams(body)
  const action = input.get('Action')
  if (action === 'AssumeRoleWithWebIdentity') {
    if (webIdentity === undefined || input.get('WebIdentityToken') !== webIdentity.token) {
      sendXml(
        response,
        400,
        '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>refused</Message></Error></ErrorResponse>',
      )
      return
    }
    const { keyId, key, token = '' } = webIdentity.identity
    const fields = `<AccessKeyId>${keyId}</AccessKeyId><SecretAccessKey>${key}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`
    const result = `<AssumeRoleWithWebIdentityResult><Credentials>${fields}</Credentials></AssumeRoleWithWebIdentityResult>`
    sendXml(response, 200, `<AssumeRoleWithWebIdentityResponse>${result}</AssumeRoleWithWebIdentityResponse>`)
    return
  }
  if (action !== 'GetCallerIdentity' || 'refused' in verdict) {
    const status = action === 'GetCallerIdentity' ? 403 : 501
    sendXml(
      response,
      status,
      '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>refused</Message></Error></ErrorResponse>',
    )
    return
  }
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const result = { Account: account, Arn: verdict.identity.arn, UserId: verdict.identity.keyId }
  response.end(JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } }))
}

function sendXml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/xml' })
  response.end(text)
}
