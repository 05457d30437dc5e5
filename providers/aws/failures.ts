import { type ErrorCode, type ErrorDetails, SecretsError } from '../../src/core/errors.ts'
import { readRetryAfter } from '../../src/core/retry.ts'

/** What may be read from an error of the SDK. Its message and what hangs on it quote requests and replies: they stay behind. */
interface SdkError {
  readonly name: string
  /** Of Node, for what stood in the way of an answer. */
  readonly code: string
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Whether it says that the signature's time is over or still to come. */
  readonly isSkewed: boolean
}

export function readError(error: unknown): SdkError {
  const status = fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode')
  const response = fieldOf(error, '$response')
  const replied = fieldOf(response, 'statusCode')
  const headers = fieldOf(response, 'headers')
  return {
    name: wordOf(fieldOf(error, 'name')),
    code: wordOf(fieldOf(error, 'code')) || wordOf(fieldOf(fieldOf(error, 'cause'), 'code')),
    status: typeof status === 'number' ? status : typeof replied === 'number' ? replied : undefined,
    headers: (typeof headers === 'object' && headers !== null ? headers : {}) as Readonly<
      Record<string, string>
    >,
    isSkewed: /^Signature (?:expired|not yet current)/.test(String(fieldOf(error, 'message'))),
  }
}

export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

/** A name of an error class or code; texts of any other shape could quote something. */
function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{1,60}$/.test(value) ? value : ''
}

/** Of the store and of the token service, without the "Exception" that only some of them end in. */
const badCredentials = new Set([
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'InvalidSignature',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'ExpiredToken',
  'InvalidIdentityToken',
  'IDPRejectedClaim',
  'IDPCommunicationError',
  'Unauthorized',
])
const badClock = new Set(['RequestExpired', 'RequestTimeTooSkewed'])
const noCredentials = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError'])
const denials = new Set(['AccessDenied', 'OptInRequired'])
const throttles =
  /^(?:Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|PriorRequestNotComplete)/

/** Of a secret that was removed meanwhile, waits for its deletion, or belongs to another service. */
const otherState = new Set(['ResourceNotFound', 'InvalidRequest'])

/** What an error of the SDK means, for all operations alike. `action`: in the words of IAM, for people. */
export function failureOf(thrown: unknown, action: string): SecretsError {
  if (thrown instanceof SecretsError) return thrown
  const error = readError(thrown)
  return answered(error, action) ?? unanswered(error)
}

/** What the service says, by its name for it first. */
function answered(error: SdkError, action: string): SecretsError | undefined {
  const { status } = error
  const name = error.name.replace(/Exception$/, '')
  if (noCredentials.has(name)) return withoutCredentials()
  if (badClock.has(name) || error.isSkewed) return wrongClock()
  if (badCredentials.has(name)) return refusedCredentials()
  if (denials.has(name) || status === 403) return denied(action)
  if (name === 'DecryptionFailure' || name === 'EncryptionFailure') return keyDenied()
  if (throttles.test(name) || status === 429) return limited(error)
  if (name === 'LimitExceeded') return full()
  if (otherState.has(name)) return changedState()
  if (status === undefined || status < 300) return undefined
  if (status < 400) return redirected()
  return status >= 500 ? unavailable(error) : refused(name, status)
}

/** What stands in the way of an answer of the service. */
function unanswered({ name, code, status }: SdkError): SecretsError {
  if (name === 'TimeoutError') return unreachable('timeout', code === '' || isUnsent(code))
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO|ISSUER/.test(code)) return untrusted(code)
  if (code !== '') return unreachable(code, isUnsent(code))
  return status === undefined
    ? unreachable('unknown', false)
    : invalidReply('answers in another way than the store')
}

function isUnsent(code: string): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
}

export function invalidReply(what: string): SecretsError {
  return failure('provider.invalid_reply', `the server ${what}`, {
    hints: ['is that really the address of AWS Secrets Manager? look at AWS_ENDPOINT_URL'],
  })
}

function refused(name: string, status: number): SecretsError {
  const what = name === '' ? String(status) : name
  return failure('provider.invalid_reply', `the store refuses the request (${what})`, {
    hints: ['nothing was changed by it', 'where the secret stands: aws secretsmanager describe-secret'],
  })
}

function changedState(): SecretsError {
  return failure('provider.conflict', 'the secret is not in a state in which that can be done', {
    hints: [
      'was it removed, is it being deleted, or does another AWS service own it?',
      'where it stands: aws secretsmanager describe-secret',
    ],
    unsent: true,
  })
}

function withoutCredentials(): SecretsError {
  return failure('provider.auth', 'there are no credentials for AWS', {
    hints: [
      'sign in (aws sso login, aws login), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      'in CI: AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE',
    ],
    unsent: true,
  })
}

function refusedCredentials(): SecretsError {
  return failure('provider.auth', 'AWS does not accept the credentials', {
    hints: [
      'expired, revoked or mistyped? sign in again: aws sso login, or renew the keys',
      'who they are for: aws sts get-caller-identity',
    ],
    unsent: true,
  })
}

function wrongClock(): SecretsError {
  return failure('provider.auth', "AWS does not accept the request's time", {
    hints: ["set this machine's clock right: a signature is good for five minutes"],
    unsent: true,
  })
}

export function denied(action: string): SecretsError {
  return failure('provider.denied', `the identity may not do "${action}"`, {
    hints: [
      'the policy it needs stands in docs/providers/aws.md',
      'who it is: secrets provider check, or aws sts get-caller-identity',
      'a secret of another account, a policy of the organisation or of the secret may refuse it too',
    ],
    unsent: true,
  })
}

function keyDenied(): SecretsError {
  return failure('provider.denied', 'the KMS key of the secret may not be used', {
    hints: ['allow kms:Decrypt and kms:GenerateDataKey on it, and look whether it is enabled'],
    unsent: true,
  })
}

function limited({ headers }: SdkError): SecretsError {
  const asked = headers['retry-after']
  const retryAfter = asked === undefined ? undefined : readRetryAfter(asked, headers['date'])
  return failure('provider.limited', 'the store asks to be asked less often', {
    hints: ['run it again later'],
    ...(retryAfter === undefined ? {} : { retryAfter }),
    unsent: true,
  })
}

function full(): SecretsError {
  return failure('provider.too_large', 'a quota of the store is reached', {
    hints: ['a secret has at most 20 staging labels and 50 tags; an account 500,000 secrets'],
    unsent: true,
  })
}

function redirected(): SecretsError {
  return failure('provider.unavailable', 'the server sends us to another address', {
    hints: ['that is not followed, because the request would go there too', 'look at AWS_ENDPOINT_URL'],
    unsent: true,
  })
}

function unavailable({ status, headers }: SdkError): SecretsError {
  const asked = headers['retry-after']
  const retryAfter = asked === undefined ? undefined : readRetryAfter(asked, headers['date'])
  return failure('provider.unavailable', `the store cannot answer (${String(status)})`, {
    hints: ['what it did by then is there: look at the status, then run it again'],
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

function unreachable(code: string, unsent: boolean): SecretsError {
  return failure('provider.unavailable', `the store cannot be reached (${code})`, {
    hints: unsent
      ? ['is the region right, and the network there? a proxy of the environment is not used']
      : ['what it did by then is there: look at the status, then run it again'],
    unsent,
  })
}

function untrusted(code: string): SecretsError {
  return failure('provider.unavailable', `the server's certificate is not accepted (${code})`, {
    hints: [
      'name the authority that signed it in AWS_CA_BUNDLE (a PEM file)',
      'checking cannot be turned off: NODE_TLS_REJECT_UNAUTHORIZED has no effect here',
    ],
    unsent: true,
  })
}

function failure(code: ErrorCode, message: string, details: ErrorDetails): SecretsError {
  return new SecretsError(code, message, details)
}
