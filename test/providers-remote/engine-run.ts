import type { Provider } from '../../src/core/provider.ts'
import type { Goal } from '../../src/core/rotation/plan.ts'
import { Secret } from '../../src/core/secret.ts'
import { pursue, type Pursuit } from '../../src/flows/rotation/engine.ts'
import { hour, never } from '../contract/harness.ts'
import { mark } from '../contract/rotation/scene.ts'
import { withoutHooks } from '../support/without-hooks.ts'

export const name = 'KEY'
export const grace = 24 * hour

/** One run of the engine, as `secrets` does it, at a time of its own. */
export function runEngine(
  provider: Provider,
  goal: Goal,
  now: number,
  value = 'new-value-of-the-second-run',
  secret = name,
): Promise<Pursuit> {
  return pursue(
    {
      name: secret,
      store: provider.rotation!,
      policyFor: () => ({
        grace,
        every: 'never',
        since: undefined,
        mustVerify: false,
        steps: [],
        done: new Set(),
      }),
      candidate: () => Promise.resolve(new Secret(value)),
      admit: () => Promise.resolve(),
      ...withoutHooks,
      mark,
      now: () => now,
      signal: never,
    },
    goal,
  )
}
