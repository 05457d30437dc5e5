import { SecretsError } from '../../src/core/errors.ts'
import { readRetryAfter } from '../../src/core/retry.ts'
import type { Reply } from './transport.ts'

/** A refusal of the service that some callers read themselves: nothing was done. */
export class Refusal extends Error {
  readonly status: 'NOT_FOUND' | 'ALREADY_EXISTS' | 'FAILED_PRECONDITION' | 'ABORTED'

  constructor(status: Refusal['status']) {
    super(status)
    this.status = status
  }
}

const refusals: readonly Refusal['status'][] = [
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'ABORTED',
]

interface Said {
  /** The canonical name of the code, `NOT_FOUND`. */
  readonly status: string
  /** May quote what was sent: for decisions, never shown. */
  readonly text: string
}

/** The `error` object of a reply (google.rpc.Status as JSON); `undefined` where it is none: then somebody else answered. */
function statusOf({ headers, bytes }: Reply): Said | undefined {
  if (!isJson(headers)) return undefined
  try {
    const body = JSON.parse(bytes.toString('utf8')) as {
      readonly error?: { readonly status?: unknown; readonly message?: unknown }
    } | null
    const { status, message } = body?.error ?? {}
    return typeof status === 'string'
      ? { status, text: typeof message === 'string' ? message : '' }
      : undefined
  } catch {
    // The message of a JSON error quotes what it read.
    return undefined
  }
}

/** What a reply that is no success means; the service's own texts may quote what was sent and stay behind. */
export function failureOf(reply: Reply): Error {
  const { status, headers } = reply
  if (status >= 300 && status < 400) return redirected()
  const said = statusOf(reply)
  const refusal = refusals.find(one => one === said?.status)
  // A project or a location that is not there is no answer to whether a secret is.
  if (refusal === 'NOT_FOUND' && !/secret/i.test(said?.text ?? ''))
    return denied('there: no such project or location')
  if (refusal !== undefined && status >= 400 && status < 500) return new Refusal(refusal)
  const asked = headers['retry-after']
  const retryAfter = asked === undefined ? undefined : readRetryAfter(asked, headers['date'])
  const wait = retryAfter === undefined ? {} : { retryAfter }
  if (status === 429) return limited(wait)
  if (status >= 500) return unavailable(status, wait)
  if (said === undefined)
    return invalidReply(`refuses the request (${String(status)}), and not as Google does`)
  if (status === 401) return unauthenticated()
  if (status === 403) return denied()
  return invalidReply(`refuses the request (${String(status)})`)
}

export function isJson(headers: Reply['headers']): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '')
}

export function invalidReply(what: string): SecretsError {
  return new SecretsError('provider.invalid_reply', `the service ${what}`, {
    hints: ['is that really the endpoint of Secret Manager, and the location right?'],
  })
}

export function unauthenticated(): SecretsError {
  return new SecretsError('provider.auth', 'the service does not accept the credentials', {
    hints: [
      'revoked, expired, or for another audience: gcloud auth application-default login, or a new key or token',
      'is the clock of this machine right? tokens are only good for an hour',
    ],
  })
}

export function denied(where = 'in this project'): SecretsError {
  return new SecretsError('provider.denied', `the identity may not do that ${where}`, {
    hints: [
      'the permissions it needs stand in docs/providers/gcp.md',
      'is the project right, and the Secret Manager API enabled there? gcloud services enable secretmanager.googleapis.com',
      'another quota project needs serviceusage.services.use there: GOOGLE_CLOUD_QUOTA_PROJECT',
    ],
  })
}

function redirected(): SecretsError {
  return new SecretsError('provider.unavailable', 'the service sends us to another address', {
    hints: ['that is not followed, because the token would go there too', 'look at "endpoint"'],
    unsent: true,
  })
}

function limited(wait: { readonly retryAfter?: number }): SecretsError {
  return new SecretsError('provider.limited', 'the quota of the project is used up for now', {
    hints: ['run it again later; 600 writes and 600 reads of metadata a minute are usual'],
    ...wait,
    unsent: true,
  })
}

function unavailable(status: number, wait: { readonly retryAfter?: number }): SecretsError {
  return new SecretsError('provider.unavailable', `the service cannot answer (${String(status)})`, {
    hints: ['what it did by then is there: look at the status, then run it again'],
    ...wait,
  })
}
