import { createPublicKey, createSign, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, isSignedBy, type Tokens } from './tokens.ts'

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'
const pool =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/test'

/** A CI's identity provider, Google's token exchange (RFC 8693) and its impersonation, on a loopback port. */
export interface Issuer {
  readonly address: string
  /** The CI's id-token for that audience. */
  idToken(options?: { readonly audience?: string; readonly expired?: boolean }): string
  /** The configuration file that `gcloud iam workload-identity-pools create-cred-config` writes. */
  configuration(tokenFile: string, impersonate?: string): object
  /** Requests so far. */
  readonly count: number
  stop(): Promise<void>
}

export async function startIssuer(tokens: Tokens, now: () => number): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
  const subject = 'principal://ci/subject/repo:acme/app'
  let count = 0

  const exchange = (form: URLSearchParams): string | undefined => {
    const token = form.get('subject_token') ?? ''
    const { header, claims } = decodeJwt(token) ?? {}
    const isExchange =
      form.get('grant_type') === grant &&
      form.get('audience') === pool &&
      form.get('subject_token_type') === jwtType
    const isGood =
      header?.['alg'] === 'RS256' &&
      claims?.['aud'] === `https:${pool}` &&
      Number(claims['exp']) * 1000 > now() &&
      isSignedBy(token, key)
    return isExchange && isGood ? tokens.issue(subject, 3600) : undefined
  }

  const server = createServer((request, response) => {
    count += 1
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8' })
        response.end(JSON.stringify(body))
      }
      const body = Buffer.concat(chunks).toString('utf8')
      if (request.method === 'POST' && request.url === '/v1/token') {
        const token = exchange(new URLSearchParams(body))
        if (token === undefined) {
          answer(400, { error: 'invalid_grant', error_description: 'The subject token is not accepted.' })
          return
        }
        answer(200, {
          access_token: token,
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          token_type: 'Bearer',
          expires_in: 3600,
        })
        return
      }
      const [, account] =
        /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.url ?? '') ?? []
      if (request.method === 'POST' && account !== undefined) {
        try {
          tokens.principalOf(request.headers.authorization)
        } catch {
          answer(401, { error: { code: 401, message: 'unauthenticated', status: 'UNAUTHENTICATED' } })
          return
        }
        const expireTime = new Date(now() + 3_600_000).toISOString()
        answer(200, { accessToken: tokens.issue(decodeURIComponent(account), 3600), expireTime })
        return
      }
      answer(404, { error: 'not_found' })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return {
    address,
    get count() {
      return count
    },
    idToken({ audience = `https:${pool}`, expired = false } = {}) {
      const at = Math.floor(now() / 1000) - (expired ? 7200 : 0)
      const claims = {
        iss: 'https://ci.example',
        sub: 'repo:acme/app',
        aud: audience,
        iat: at,
        exp: at + 600,
      }
      const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
      const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
      return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`
    },
    configuration: (tokenFile, impersonate) => ({
      type: 'external_account',
      audience: pool,
      subject_token_type: jwtType,
      token_url: `${address}/v1/token`,
      credential_source: { file: tokenFile },
      ...(impersonate === undefined
        ? {}
        : {
            service_account_impersonation_url: `${address}/v1/projects/-/serviceAccounts/${impersonate}:generateAccessToken`,
          }),
    }),
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}
