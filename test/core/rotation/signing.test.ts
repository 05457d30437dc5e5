import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecretsError, SecretsError } from '../../../src/core/errors.ts'
import {
  type Goal,
  type OptionalStep,
  type RotationPolicy,
  toleratedSkew,
} from '../../../src/core/rotation/plan.ts'
import type { Guarantees, Observation } from '../../../src/core/rotation/port.ts'
import { Secret } from '../../../src/core/secret.ts'
import { pursue, type Subject } from '../../../src/flows/rotation/engine.ts'
import { Fleet } from '../../support/fleet.ts'
import { initialState, type MemoryState, MemoryStore } from '../../support/memory-store.ts'
import { amount } from '../../support/thorough.ts'
import { withoutHooks } from '../../support/without-hooks.ts'

const hour = 3_600_000
const times = { refresh: hour, life: 6 * hour }
const usual: Pick<RotationPolicy, 'grace' | 'refresh' | 'steps'> = {
  grace: times.refresh + times.life,
  refresh: times.refresh,
  steps: ['announce'],
}

class Killed extends Error {}

/** One secret, those who rotate it, and a fleet that signs and verifies with it all the time. */
class World {
  now = 1_800_000_000_000
  state: MemoryState = initialState
  readonly fleet: Fleet
  readonly #flip: Guarantees['flip']
  readonly #policy: typeof usual

  constructor(flip: Guarantees['flip'], seed: number, policy = usual) {
    this.#flip = flip
    this.#policy = policy
    this.fleet = new Fleet(4, this.state, this.now, times, seed)
  }

  pass(milliseconds: number): void {
    const from = this.now
    this.now += milliseconds
    this.fleet.pass(this.state, from, this.now)
  }

  /** `isBad`: the new value does not prove itself, so it is rolled back. */
  async run(
    goals: readonly Goal[],
    isBad = false,
    gate: (point: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const store = new MemoryStore(this.#flip, gate)
    store.state = this.state
    store.onWrite = after => {
      this.state = after
      for (let count = 0; count < 3; count += 1) this.fleet.moment(after, this.now)
    }
    await Promise.all(
      goals.map(async (goal, index) => {
        try {
          await pursue(this.#subject(store, `runner${String(index)}-${String(this.now)}`, isBad), goal)
        } catch (error) {
          if (!(error instanceof Killed) && !isSecretsError(error)) throw error
        }
      }),
    )
  }

  #subject(store: MemoryStore, runner: string, isBad: boolean): Subject {
    const done = new Set<string>()
    let count = 0
    return {
      name: 'A',
      store,
      mark: { runId: runner, mode: 'scheduled' },
      signal: new AbortController().signal,
      now: () => this.now,
      admit: () => Promise.resolve(),
      ...withoutHooks,
      hooks: {
        has: () => false,
        run: (hook, { phase }) => {
          const { deadline = this.now } = store.state.record ?? {}
          // Later than that nobody can go back without refusing what somebody signs: see "too_late".
          const isInTime = this.now + times.refresh <= deadline
          return hook === 'verify' && phase === 'rotate' && isBad && isInTime
            ? Promise.reject(new SecretsError('rotation.hook_failed', 'it says no'))
            : Promise.resolve()
        },
      },
      markDone: (version, step) => void done.add(`${version} ${step}`),
      candidate: () => {
        count += 1
        return Promise.resolve(new Secret(`${runner}-${String(count)}-${store.state.current.version}`))
      },
      policyFor: (observed: Observation): RotationPolicy => {
        const version = observed.pending?.version ?? observed.current?.version ?? ''
        const steps: readonly OptionalStep[] = ['verify']
        return {
          ...this.#policy,
          every: 30 * 24 * hour,
          since: observed.rotation?.at,
          mustVerify: true,
          steps: [...this.#policy.steps, ...steps],
          done: new Set(steps.filter(step => done.has(`${version} ${step}`))),
        }
      },
    }
  }
}

type Step = { do: 'run'; goals: Goal[]; isBad: boolean; killAt: number } | { do: 'tick'; minutes: number }

const goal: fc.Arbitrary<Goal> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Goal>({ do: 'rotate' }) },
  { weight: 5, arbitrary: fc.constant<Goal>({ do: 'due' }) },
  fc.constant<Goal>({ do: 'settle' }),
  fc.constant<Goal>({ do: 'retire' }),
  fc.constant<Goal>({ do: 'abort' }),
  fc.boolean().map((keepNew): Goal => ({ do: 'rollback', keepNew })),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      goals: fc.array(goal, { minLength: 1, maxLength: 3 }),
      isBad: fc.nat(3).map(one => one === 0),
      killAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(24)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      // Around the times that count, and long enough for the schedule.
      minutes: fc.oneof(
        fc.nat(90),
        fc.constantFrom(59, 60, 61, 64, 65, 66, 360, 419, 420, 421),
        fc.nat(60 * 900),
      ),
    }),
  },
)

describe.each(['atomic', 'previous-first'] as const)('a fleet that signs, flip %s', flip => {
  it('whatever was signed is accepted everywhere until it ends, under kills, three runners and rollbacks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 16 }),
        fc.nat(),
        fc.scheduler(),
        async (steps, seed, scheduler) => {
          const world = new World(flip, seed)
          for (const one of steps) {
            if (one.do === 'tick') {
              world.pass(one.minutes * 60_000)
              continue
            }
            let gates = 0
            const run = world.run(one.goals, one.isBad, async point => {
              await scheduler.schedule(Promise.resolve(), point)
              gates += 1
              if (gates > one.killAt) throw new Killed()
            })
            await scheduler.waitFor(run)
          }
          expect(world.fleet.refused).toEqual([])
        },
      ),
      { numRuns: amount(2_000, 300) },
    )
  })

  it('goes the whole way by "due" alone: announced, current, retired', async () => {
    const world = new World(flip, 1)
    await world.run([{ do: 'rotate' }])
    expect([world.state.pending?.announced, world.state.current]).toEqual([world.now, initialState.current])
    world.pass(times.refresh + toleratedSkew - 1)
    await world.run([{ do: 'due' }, { do: 'due' }])
    expect(world.state.current).toEqual(initialState.current)
    world.pass(1)
    await world.run([{ do: 'due' }])
    expect(world.state.current.version).not.toBe(initialState.current.version)
    expect(world.state.old).toEqual(initialState.current)
    world.pass(usual.grace)
    await world.run([{ do: 'due' }])
    expect([world.state.old, world.fleet.refused]).toEqual([undefined, []])
  })
})

describe('the fleet notices', () => {
  /** A whole rotation, read by everybody at all times; some seeds do not hit the moment. */
  async function refusals(policy: Partial<typeof usual>): Promise<number> {
    let count = 0
    for (let seed = 1; seed <= 20; seed += 1) {
      const world = new World('atomic', seed, { ...usual, ...policy })
      for (let round = 0; round < 40; round += 1) {
        await world.run([{ do: round === 0 ? 'rotate' : 'due' }])
        world.pass(hour / 2)
      }
      count += world.fleet.refused.length
    }
    return count
  }

  it.each([
    ['nothing where all is waited for', {}, false],
    ['a value that is not announced', { steps: [] }, true],
    ['a wait that is too short for a late reader', { refresh: hour / 4 - toleratedSkew }, true],
    ['a grace that leaves the time to read out', { grace: times.life }, true],
  ] as const)('%s', async (_, policy, isNoticed) => {
    expect((await refusals(policy)) > 0).toBe(isNoticed)
  })
})
