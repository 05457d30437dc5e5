import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** One identity that may sign requests, and what it may do. */
export interface Identity {
  readonly keyId: string
  readonly key: string
  /** Of credentials that were issued for a time. */
  readonly token?: string
  readonly arn: string
  isExpired?: boolean
  isRevoked?: boolean
  /** Whether it may do the action (`secretsmanager:GetSecretValue`) on the secret of that name. */
  may(action: string, resource: string): boolean
}

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Verdict = { readonly identity: Identity } | { readonly refused: string; readonly message: string }

const tolerance = 300_000

/** Signature version 4 as documented: who signed the request, for which service, region and time. */
export function verify(
  request: SignedRequest,
  identities: readonly Identity[],
  scope: { readonly region: string; readonly service: string; readonly now: number },
): Verdict {
  const header = request.headers.authorization ?? ''
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    )
  if (match === null) {
    return { refused: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }
  }
  const [, keyId = '', date = '', region = '', service = '', signed = '', signature = ''] = match
  const identity = identities.find(one => one.keyId === keyId)
  if (identity === undefined || identity.isRevoked === true) {
    return {
      refused: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    }
  }
  const time = String(request.headers['x-amz-date'])
  const signedAt = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (signedAt < scope.now - tolerance) {
    return { refused: 'InvalidSignatureException', message: `Signature expired: ${time} is now earlier` }
  }
  if (signedAt > scope.now + tolerance) {
    return {
      refused: 'InvalidSignatureException',
      message: `Signature not yet current: ${time} is still later`,
    }
  }
  if (region !== scope.region || service !== scope.service) {
    return {
      refused: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    }
  }
  const names = signed.split(';')
  const canonical = [
    request.method,
    request.path,
    '',
    ...names.map(name => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    signed,
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n')
  const text = [
    'AWS4-HMAC-SHA256',
    time,
    `${date}/${region}/${service}/aws4_request`,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${identity.key}`,
  )
  const expected = createHmac('sha256', key).update(text).digest('hex')
  const isToken = identity.token === undefined || request.headers['x-amz-security-token'] === identity.token
  if (!isToken || !timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) {
    return {
      refused: 'InvalidSignatureException',
      message: 'The request signature we calculated does not match the signature you provided.',
    }
  }
  if (identity.isExpired === true) {
    return {
      refused: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    }
  }
  return { identity }
}
