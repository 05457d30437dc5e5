import { isSecretsError } from './errors.ts'

/** How often and how patiently a store is asked again. Times in milliseconds. */
export interface RetryPolicy {
  /** Repetitions after the first attempt. */
  readonly retries: number
  /** The longest pause before the first repetition; it doubles with each further one. */
  readonly base: number
  /** The longest pause that we choose ourselves. */
  readonly cap: number
  /** The longest pause that a store may ask for. */
  readonly retryAfterCap: number
}

export interface FailedAttempt {
  readonly error: unknown
  /** Repetitions made so far. */
  readonly repeated: number
  /** Whether the call may be sent again when nobody knows whether the store has acted on it. */
  readonly isIdempotent: boolean
  /** A random number in [0, 1): the whole pause is random, so that many runners do not come back together. */
  readonly chance: number
  /** What is left of the command's time. */
  readonly remaining: number
}

/** `final`: asking again cannot help. `ambiguous`: it could do the same thing twice. */
export type RetryDecision =
  | { readonly retry: true; readonly wait: number }
  | { readonly retry: false; readonly because: 'final' | 'ambiguous' | 'exhausted' | 'no_time' }

/** Whether to ask again after a failure, and after which pause. A pause that the command has no time for is not begun. */
export function decideRetry(attempt: FailedAttempt, policy: RetryPolicy): RetryDecision {
  const { error, repeated, isIdempotent, chance, remaining } = attempt
  if (!isSecretsError(error, 'provider.limited') && !isSecretsError(error, 'provider.unavailable')) {
    return { retry: false, because: 'final' }
  }
  if (!isIdempotent && !error.isUnsent) return { retry: false, because: 'ambiguous' }
  if (repeated >= policy.retries) return { retry: false, because: 'exhausted' }
  const own = chance * Math.min(policy.cap, policy.base * 2 ** repeated)
  const asked = Math.min(saneWait(error.retryAfter) ?? 0, policy.retryAfterCap)
  const wait = asked + own
  return wait < remaining ? { retry: true, wait } : { retry: false, because: 'no_time' }
}

const day = 86_400_000

/** A wait that a store can have meant; `undefined` for none and for nonsense. */
function saneWait(milliseconds: number | undefined): number | undefined {
  const isSane = milliseconds !== undefined && milliseconds >= 0 && milliseconds <= day
  return isSane ? milliseconds : undefined
}

/**
 * The header `Retry-After` (RFC 9110, 10.2.3) as milliseconds: whole seconds, or a date, which is read against the
 * reply's own `Date`, because the clocks need not agree. `undefined` for nonsense and for more than a day.
 */
export function readRetryAfter(header: string, replyDate?: string): number | undefined {
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return saneWait(Number(text) * 1000)
  const [until, from] = [readHttpDate(text), readHttpDate(replyDate?.trim() ?? '')]
  return until === undefined || from === undefined ? undefined : saneWait(Math.max(0, until - from))
}

function readHttpDate(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}
