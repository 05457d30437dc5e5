import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificate.ts'

// An issuer of tokens as Microsoft's identity platform documents it: client credentials with a secret or with a signed
// assertion (workload identity federation), answers and refusals in its form. It signs RS256.

export interface Application {
  readonly clientId: string
  readonly secret?: string
  /** Whose assertions are taken in place of a secret: the other issuer's name and subject, and its public key. */
  readonly federated?: { readonly issuer: string; readonly subject: string; readonly key: KeyObject }
}

export interface TokenOptions {
  readonly clientId?: string
  readonly audience?: string
  readonly issuer?: string
  /** Seconds from now. */
  readonly expiresIn?: number
  readonly key?: KeyObject
}

export interface Issuer {
  readonly address: string
  readonly tenant: string
  /** The `iss` of its tokens. */
  readonly name: string
  readonly publicKey: KeyObject
  readonly applications: Map<string, Application>
  /** A token made past the protocol: whatever is not given is as it should be. */
  token(options?: TokenOptions): string
  /** Token requests so far. */
  readonly count: number
  /** What the next token requests are answered with, in place of tokens. */
  failWith:
    | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
    | undefined
  stop(): Promise<void>
}

const tenant = '11111111-2222-4333-8444-555555555555'
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

export function signJwt(claims: object, key: KeyObject): string {
  const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'tests' })}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** The claims, when algorithm and signature are right. */
export function readJwt(token: string, key: KeyObject): Readonly<Record<string, unknown>> | undefined {
  const [header = '', claims = '', signature = '', ...rest] = token.split('.')
  if (rest.length > 0) return undefined
  const { alg } = readPart(header)
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    key,
    Buffer.from(signature, 'base64url'),
  )
  return alg === 'RS256' && isSigned ? readPart(claims) : undefined
}

function readPart(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

export async function startIssuer({ cert, key }: Certificate): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const name = `https://sts.windows.net/${tenant}/`
  const applications = new Map<string, Application>()
  let count = 0
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const {
        status,
        body,
        headers = {},
      } = answer(request.method ?? '', request.url ?? '', Buffer.concat(chunks).toString('utf8'))
      response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers })
      response.end(body)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `https://localhost:${String((server.address() as AddressInfo).port)}`

  const issuer: Issuer = {
    address,
    tenant,
    name,
    publicKey,
    applications,
    failWith: undefined,
    get count() {
      return count
    },
    token({
      clientId = 'app',
      audience = 'https://vault.azure.net',
      issuer: iss = name,
      expiresIn = 3600,
      key: signer = privateKey,
    } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const times = { iat: now - 300, nbf: now - 300, exp: now + expiresIn }
      return signJwt(
        { aud: audience, iss, ...times, appid: clientId, oid: `oid-${clientId}`, tid: tenant, ver: '1.0' },
        signer,
      )
    },
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }

  const answer = (
    method: string,
    url: string,
    text: string,
  ): { status: number; body: string; headers?: Readonly<Record<string, string>> } => {
    const path = url.split('?')[0] ?? ''
    if (method === 'GET' && path === `/${tenant}/v2.0/.well-known/openid-configuration`) {
      return {
        status: 200,
        body: JSON.stringify({
          token_endpoint: `${address}/${tenant}/oauth2/v2.0/token`,
          authorization_endpoint: `${address}/${tenant}/oauth2/v2.0/authorize`,
          end_session_endpoint: `${address}/${tenant}/oauth2/v2.0/logout`,
          jwks_uri: `${address}/${tenant}/discovery/v2.0/keys`,
          issuer: `${address}/${tenant}/v2.0`,
          response_types_supported: ['code', 'id_token'],
          subject_types_supported: ['pairwise'],
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      }
    }
    if (method !== 'POST' || path !== `/${tenant}/oauth2/v2.0/token`) return { status: 404, body: '' }
    count += 1
    if (issuer.failWith !== undefined) return issuer.failWith
    return tokenAnswer(issuer, new URLSearchParams(text))
  }
  return issuer
}

function tokenAnswer(issuer: Issuer, form: URLSearchParams): { status: number; body: string } {
  if (form.get('grant_type') !== 'client_credentials') return refused(400, 'unsupported_grant_type', 70003)
  const application = issuer.applications.get(form.get('client_id') ?? '')
  if (application === undefined) return refused(400, 'unauthorized_client', 700016)
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  if (secret !== null) {
    if (application.secret === undefined || !isSame(secret, application.secret))
      return refused(401, 'invalid_client', 7000215)
  } else if (assertion === null || !isFederated(application, assertion))
    return refused(401, 'invalid_client', 700027)
  const [, resource] = /^(https:\/\/[\w.-]+)\/\.default\b/.exec(form.get('scope') ?? '') ?? []
  if (resource === undefined) return refused(400, 'invalid_scope', 70011)
  const token = issuer.token({ clientId: application.clientId, audience: resource })
  return {
    status: 200,
    body: JSON.stringify({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: token,
    }),
  }
}

function isFederated({ federated }: Application, assertion: string): boolean {
  if (federated === undefined) return false
  const claims = readJwt(
    assertion,
    createPublicKey(federated.key.export({ type: 'spki', format: 'pem' }).toString()),
  )
  if (claims === undefined) return false
  const isFresh = typeof claims['exp'] === 'number' && claims['exp'] > Date.now() / 1000
  const audience = claims['aud'] === 'api://AzureADTokenExchange'
  return isFresh && audience && claims['iss'] === federated.issuer && claims['sub'] === federated.subject
}

function isSame(one: string, other: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(one), digest(other))
}

/** The texts of the service quote the client's id; never the secret. */
function refused(status: number, error: string, code: number): { status: number; body: string } {
  const description = `AADSTS${String(code)}: refused. Trace ID: 0 Correlation ID: 0 Timestamp: 2026-11-21 12:00:00Z`
  return {
    status,
    body: JSON.stringify({
      error,
      error_description: description,
      error_codes: [code],
      timestamp: '2026-11-21 12:00:00Z',
      trace_id: '0',
      correlation_id: '0',
    }),
  }
}
