import {
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
} from 'node:crypto'
import { Failure } from './failure.ts'

export interface ServiceAccount {
  readonly email: string
  /** The key file that Google gives out for it. */
  readonly keyFile: object
}

interface Known {
  readonly email: string
  readonly keyId: string
  readonly key: KeyObject
}

interface Issued {
  readonly principal: string
  readonly expires: number
}

const scope = 'https://www.googleapis.com/auth/cloud-platform'

/**
 * Who may call: service accounts by a JWT that they sign themselves (RS256, RFC 7519; Google's AIP-4111: issuer and
 * subject are the account, the lifetime at most an hour, and a scope or the audience of the service), and opaque
 * access tokens that the issuer gave out. Every token is checked at every request.
 */
export class Tokens {
  readonly #accounts = new Map<string, Known>()
  readonly #issued = new Map<string, Issued>()
  readonly #now: () => number
  #pair: KeyPairKeyObjectResult | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  addAccount(email: string, project: string): ServiceAccount {
    // One pair for all accounts of a server: making one takes a good part of a second.
    const { privateKey, publicKey } = (this.#pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }))
    const keyId = randomBytes(20).toString('hex')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    this.#accounts.set(email, {
      email,
      keyId,
      key: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
    })
    return {
      email,
      keyFile: {
        type: 'service_account',
        project_id: project,
        private_key_id: keyId,
        private_key: pem,
        client_email: email,
        client_id: '100000000000000000001',
        token_uri: 'https://oauth2.googleapis.com/token',
        universe_domain: 'googleapis.com',
      },
    }
  }

  revoke(email: string): void {
    this.#accounts.delete(email)
  }

  issue(principal: string, seconds: number): string {
    const token = `ya29.${randomBytes(32).toString('base64url')}`
    this.#issued.set(token, { principal, expires: this.#now() + seconds * 1000 })
    return token
  }

  /** The principal, or a failure as the service answers it. */
  principalOf(header: string | undefined): string {
    const [, token] = /^Bearer (\S+)$/.exec(header ?? '') ?? []
    if (token === undefined) throw unauthenticated()
    const issued = this.#issued.get(token)
    if (issued !== undefined) {
      if (issued.expires <= this.#now()) throw unauthenticated()
      return issued.principal
    }
    return this.#accountOf(token)
  }

  #accountOf(token: string): string {
    const { header, claims } = decodeJwt(token) ?? {}
    const account = this.#accounts.get(String(claims?.['iss']))
    if (header === undefined || claims === undefined || account === undefined) throw unauthenticated()
    const isSigned =
      header['alg'] === 'RS256' && header['kid'] === account.keyId && isSignedBy(token, account.key)
    const [from, until] = [Number(claims['iat']) * 1000, Number(claims['exp']) * 1000]
    const now = this.#now()
    const isInTime = from <= now + 300_000 && now < until && until - from <= 3_600_000
    const isForUs =
      (typeof claims['scope'] === 'string' && claims['scope'].split(' ').includes(scope)) ||
      claims['aud'] === 'https://secretmanager.googleapis.com/'
    if (!isSigned || !isInTime || !isForUs || claims['sub'] !== account.email) throw unauthenticated()
    return account.email
  }
}

type Fields = Readonly<Record<string, unknown>>

export function decodeJwt(token: string): { readonly header: Fields; readonly claims: Fields } | undefined {
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  try {
    const [header, claims] = parts
      .slice(0, 2)
      .map(part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Fields)
    return header === undefined || claims === undefined ? undefined : { header, claims }
  } catch {
    return undefined
  }
}

export function isSignedBy(token: string, key: KeyObject): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(key, Buffer.from(signature, 'base64url'))
}

function unauthenticated(): Failure {
  return new Failure(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  )
}
