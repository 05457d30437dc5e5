import type { Random, Timers } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { decideRetry, type RetryPolicy } from '../core/retry.ts'
import type { Budget } from './budget.ts'
import { pause, withDeadline } from './deadline.ts'
import type { Lane } from './lane.ts'

/** Milliseconds. */
export interface CallPolicy {
  /** For one call, from the moment at which it is its turn. */
  readonly call: number
  /** For all calls of the command together, and what each answer adds to that. */
  readonly command: number
  readonly perAnswer: number
  readonly retry: RetryPolicy
}

export const usualPolicy: CallPolicy = {
  call: 15_000,
  command: 120_000,
  perAnswer: 1_000,
  retry: { retries: 4, base: 200, cap: 5_000, retryAfterCap: 30_000 },
}

export interface Request {
  readonly signal: AbortSignal
  /** Whether it may be sent again when nobody knows whether the store has acted on it. */
  readonly isIdempotent: boolean
  /** A further step of a request that has begun: it does not count against the store's rate. */
  readonly isContinued?: boolean
}

/** Asks a remote store under the one policy: rate, deadlines, retries. `work` may run several times. */
export type Ask = <T>(request: Request, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

export interface AskDeps {
  readonly policy: CallPolicy
  readonly timers: Timers
  readonly random: Random
  readonly budget: Budget
  readonly lane: Lane
}

export function createAsk(deps: AskDeps): Ask {
  const { policy, timers, budget } = deps
  return async (request, work) => {
    const overall = {
      limit: budget.remaining,
      error: () => tooLong(policy.command, 'for a command beside what it answers'),
    }
    if (overall.limit === 0) throw overall.error()
    const leave = budget.enter()
    try {
      const answer = await withDeadline(timers, overall, request.signal, signal =>
        repeat(deps, { ...request, signal }, work),
      )
      budget.grant(policy.perAnswer)
      return answer
    } finally {
      leave()
    }
  }
}

async function repeat<T>(
  { policy, timers, random, budget, lane }: AskDeps,
  { signal, isIdempotent, isContinued }: Request,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = { limit: policy.call, error: () => tooLong(policy.call, 'for one answer') }
  for (let repeated = 0; ; repeated += 1) {
    try {
      const isPaced = isContinued !== true || repeated > 0
      return await lane.run(signal, isPaced, () => withDeadline(timers, deadline, signal, work))
    } catch (error) {
      if (signal.aborted) throw error
      const chance = chanceFrom(random)
      const { remaining } = budget
      const decision = decideRetry({ error, repeated, isIdempotent, chance, remaining }, policy.retry)
      if (!decision.retry) throw error
      await pause(timers, decision.wait, signal)
    }
  }
}

/** In [0, 1). */
function chanceFrom(random: Random): number {
  return Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32
}

function tooLong(limit: number, what: string): SecretsError {
  return new SecretsError(
    'provider.unavailable',
    `the store took longer than the ${String(limit / 1000)} s that there are ${what}`,
    {
      hints: [
        'what it had done by then is there: secrets status',
        'run it again; it goes on from there',
        'reachable at all? secrets provider check',
      ],
    },
  )
}
