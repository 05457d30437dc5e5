import { type ErrorCode, errorCodes, isSecretsError, SecretsError } from '../../core/errors.ts'
import { reasonOf } from '../deadline.ts'

/** Codes that an adapter may end with; the others are about what this program does itself. */
const admitted = /^(?:provider|rotation|store|secret|file|env_file)\.|^usage\.bad_name$/

/**
 * What a third party's adapter threw, as one of ours: of its error only the code and what it says about repeating. Its
 * own words are never kept, because they may quote a value, its headers or its token.
 */
export function translateFailure(thrown: unknown, who: string, signal: AbortSignal): SecretsError {
  if (signal.aborted) return reasonOf(signal)
  const cause = framesOf(thrown)
  const { code, retryAfter, isUnsent } = fieldsOf(thrown)
  if (code === undefined) {
    return new SecretsError('provider.bad_adapter', `the adapter "${who}" ended with an error of its own`, {
      hints: ['an adapter turns what its store says into one of the documented codes', whereHint],
      cause,
    })
  }
  return new SecretsError(code, `the adapter "${who}" ended with ${code}`, {
    hints: ['its own words are not shown, because they may quote a value', whereHint],
    cause,
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(isUnsent === true ? { unsent: true } : {}),
  })
}

const whereHint = 'run again with SECRETS_DEBUG=1 to see where it was thrown'

export function badAdapter(who: string, what: string, thrown?: unknown): SecretsError {
  return new SecretsError('provider.bad_adapter', `the adapter "${who}" ${what}`, {
    hints: ['what an adapter owes: docs/third-party-adapters.md'],
    ...(thrown === undefined ? {} : { cause: framesOf(thrown) }),
  })
}

/** Recognised by its name and code: the class may come from another copy of this package. */
function fieldsOf(thrown: unknown): {
  readonly code?: ErrorCode
  readonly retryAfter?: unknown
  readonly isUnsent?: unknown
} {
  if (isSecretsError(thrown) && !admitted.test(thrown.code)) return {}
  try {
    const { name, code, retryAfter, isUnsent } = thrown as Readonly<Record<string, unknown>>
    if (name !== 'SecretsError' || typeof code !== 'string') return {}
    if (!Object.hasOwn(errorCodes, code) || !admitted.test(code)) return {}
    return { code: code as ErrorCode, retryAfter, isUnsent }
  } catch {
    return {}
  }
}

/** Where it was thrown, without a word of its message: lines of a stack that end in a place of a file. */
function framesOf(thrown: unknown): Error {
  const frames = thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack.split('\n') : []
  const places = frames.filter(line =>
    /^ {4}at (?:[\w.<> ]+ \()?(?:file:\/\/|node:|\/)[^()]*:\d+:\d+\)?$/.test(line),
  )
  const error = new Error('an error of an adapter')
  error.stack = ['Error', ...places].join('\n')
  return error
}
