import type { Random, RequestLimits, Timers } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import { type CallPolicy, createAsk } from './ask.ts'
import { Budget } from './budget.ts'
import { withDeadline } from './deadline.ts'
import { Lane } from './lane.ts'
import { wrapProvider } from './wrap.ts'

export interface GuardDeps {
  readonly policy: CallPolicy
  readonly timers: Timers
  readonly random: Random
}

/** Puts remote stores of one command under the policy: one budget for all, one lane for each kind of store. */
export interface Guard {
  readonly timers: Timers
  /** Work that is done once, and that nobody waits for longer than for one call. */
  inTime<T>(signal: AbortSignal, late: () => SecretsError, work: () => Promise<T>): Promise<T>
  /** `open` connects; it is under the policy too, because it may sign in. */
  connect(
    store: { readonly id: string; readonly limits: RequestLimits },
    signal: AbortSignal,
    open: (signal: AbortSignal) => Promise<Provider>,
  ): Promise<Provider>
}

export function createGuard(deps: GuardDeps): Guard {
  const budget = new Budget(deps.policy.command, () => deps.timers.now())
  const lanes = new Map<string, Lane>()
  return {
    timers: deps.timers,
    inTime: (signal, late, work) =>
      withDeadline(deps.timers, { limit: deps.policy.call, error: late }, signal, work),
    async connect({ id, limits }, signal, open) {
      const lane = lanes.get(id) ?? new Lane(limits, deps.timers)
      lanes.set(id, lane)
      const ask = createAsk({ ...deps, budget, lane })
      const provider = await ask({ signal, isIdempotent: true }, async inner => {
        const opened = await open(inner)
        // Nobody waits for this one any more: it came after its deadline.
        if (inner.aborted) await closeInTime(deps, opened)
        return opened
      })
      return wrapProvider(provider, ask, () => closeInTime(deps, provider))
    },
  }
}

/** Also after Ctrl-C and with no time left, but never for longer than one call: nothing depends on its answer. */
async function closeInTime({ timers, policy }: GuardDeps, provider: Provider): Promise<void> {
  const late = new SecretsError('provider.unavailable', 'the store did not close in time')
  const deadline = { limit: policy.call, error: () => late }
  try {
    await withDeadline(timers, deadline, new AbortController().signal, () => provider.close())
  } catch (error) {
    if (error !== late) throw error
  }
}
