import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecretsError, SecretsError } from '../../../src/core/errors.ts'
import type { Goal, OptionalStep, RotationPolicy } from '../../../src/core/rotation/plan.ts'
import type { Guarantees, Observation } from '../../../src/core/rotation/port.ts'
import { stateOf } from '../../../src/core/rotation/state.ts'
import { Secret } from '../../../src/core/secret.ts'
import { pursue, type Subject } from '../../../src/flows/rotation/engine.ts'
import { withoutHooks } from '../../support/without-hooks.ts'
import { initialState, type MemoryState, MemoryStore } from '../../support/memory-store.ts'

const hour = 3_600_000
const grace = 24 * hour

class Killed extends Error {}

/** Watches every write: what must hold at each instant, whoever wrote. */
class Watch {
  now = 1_800_000_000_000
  readonly heirs = new Map<string, string>()
  readonly deadlines = new Map<string, number>()
  readonly aborted = new Set<string>()
  /** New values that the hook before the commit has let pass; asked for in runs that have hooks. */
  readonly passed = new Set<string>()
  hasHooks = false
  #before: MemoryState
  readonly #flip: Guarantees['flip']

  constructor(initial: MemoryState, flip: Guarantees['flip']) {
    this.#before = initial
    this.#flip = flip
  }

  /** `isReverting`: a rollback may take the pointer back and drop the newer value. */
  check(after: MemoryState, isReverting: boolean, byHand = false): void {
    const before = this.#before
    this.#before = after
    if (byHand) return
    // With hooks a run goes forward and back: only the move to the value before is a way back.
    if (this.hasHooks && before.current.version !== after.current.version)
      isReverting &&= after.current.version === before.old?.version
    // A value that was taken back may be followed by another one.
    if (isReverting && before.current.version !== after.current.version)
      this.heirs.delete(after.current.version)
    if (before.current.version !== after.current.version && !isReverting) {
      const base = before.current.version
      // I2: for one base at most one new value is ever served.
      expect(this.heirs.get(base) ?? after.current.version).toBe(after.current.version)
      this.heirs.set(base, after.current.version)
      // I1: it was durable before it was served, and the value before it is kept.
      expect(before.pending?.version).toBe(after.current.version)
      expect(after.old?.version).toBe(base)
      // I5: what was given up is never served.
      expect(this.aborted.has(after.current.version)).toBe(false)
      // Nothing becomes current that a hook has not let pass.
      if (this.hasHooks) expect(this.passed.has(after.current.version)).toBe(true)
    }
    const isGiven = before.pending !== undefined && after.pending === undefined
    if (isGiven && after.current.version !== before.pending.version) this.aborted.add(before.pending.version)
    this.#checkOld(before, after, isReverting)
  }

  /** I3 and I6: the old value stays until the deadline, and the deadline never moves earlier. */
  #checkOld(before: MemoryState, after: MemoryState, isReverting: boolean): void {
    const { record } = after
    if (record?.deadline !== undefined) {
      const known = this.deadlines.get(record.version)
      if (known !== undefined && !isReverting) expect(record.deadline).toBeGreaterThanOrEqual(known)
      this.deadlines.set(record.version, record.deadline)
    }
    const isLost = before.old !== undefined && after.old?.version !== before.old.version
    if (!isLost || isReverting || before.record?.previous !== before.old.version) return
    const deadline = before.record.deadline
    if (this.#flip === 'atomic') expect(deadline).toBeDefined()
    expect(this.now).toBeGreaterThanOrEqual(deadline ?? Number.POSITIVE_INFINITY)
  }
}

interface World {
  readonly store: MemoryStore
  readonly watch: Watch
}

/** Which hooks a run has, and what they say: `staged` and `live` fail before and after the commit. */
type Hooks = 'none' | 'good' | 'staged' | 'live'

interface Run {
  readonly runner: string
  readonly hooks: Hooks
  readonly gate: () => Promise<void>
}

function subjectIn({ store, watch }: World, { runner, hooks, gate }: Run): Subject {
  let count = 0
  const done = new Map<string, Set<OptionalStep>>()
  const doneOf = (version: string): Set<OptionalStep> => done.get(version) ?? new Set()
  return {
    name: 'A',
    store,
    mark: { runId: runner, mode: 'scheduled' },
    signal: new AbortController().signal,
    now: () => watch.now,
    admit: () => Promise.resolve(),
    ...withoutHooks,
    hooks: {
      has: () => hooks !== 'none',
      async run(hook, { version, phase }) {
        if (hooks === 'none') return
        await gate()
        const isBad =
          (hook === 'verifyStaged' && hooks === 'staged') || (hook === 'verify' && hooks === 'live')
        if (isBad && phase === 'rotate') throw new SecretsError('rotation.hook_failed', 'it says no')
        if (hook === 'verifyStaged') watch.passed.add(version)
        await gate()
      },
    },
    markDone(version, step) {
      done.set(version, doneOf(version).add(step))
    },
    candidate: () => {
      count += 1
      return Promise.resolve(new Secret(`${runner}-${String(count)}-${store.state.current.version}`))
    },
    policyFor: (observed: Observation): RotationPolicy => ({
      grace,
      every: 30 * 24 * hour,
      since: observed.rotation?.at,
      mustVerify: hooks !== 'none',
      steps: hooks === 'none' ? [] : ['apply', 'verify-staged', 'verify'],
      done: doneOf(observed.pending?.version ?? observed.current?.version ?? ''),
    }),
  }
}

type Step =
  | { do: 'run'; goal: Goal; killAt: number; hooks: Hooks; second?: Goal }
  | { do: 'tick'; hours: number }
  | { do: 'edit' }

const goal: fc.Arbitrary<Goal> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Goal>({ do: 'rotate' }) },
  { weight: 4, arbitrary: fc.constant<Goal>({ do: 'due' }) },
  fc.constant<Goal>({ do: 'settle' }),
  fc.constant<Goal>({ do: 'retire' }),
  fc.constant<Goal>({ do: 'abort' }),
  fc.boolean().map((keepNew): Goal => ({ do: 'rollback', keepNew })),
)

const hooks = fc.constantFrom<Hooks>('none', 'none', 'good', 'good', 'staged', 'live')

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      goal,
      hooks,
      // Most runs live; the others die at one of their first gates.
      killAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(20)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      goal,
      hooks,
      killAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(24)),
      second: goal,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), hours: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'edit' }) },
)

/** Runs one goal (or two runners at once) with the gates of the store scheduled and one of them deadly. */
async function runStep(
  world: { state: MemoryState; flip: Guarantees['flip'] },
  watch: Watch,
  one: Step,
  scheduler: fc.Scheduler,
): Promise<MemoryState> {
  if (one.do === 'tick') {
    watch.now += one.hours * hour
    return world.state
  }
  let gates = 0
  let isReverting = false
  const gate = async (point: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), point)
    gates += 1
    if (one.do === 'run' && gates > one.killAt) throw new Killed()
  }
  const store: MemoryStore = new MemoryStore(world.flip, gate)
  store.state = world.state
  store.onWrite = after => {
    watch.check(after, isReverting)
  }
  if (one.do === 'edit') {
    store.editByHand(new Secret('typed by a person'))
    watch.check(store.state, false, true)
    return store.state
  }
  const goals = one.second === undefined ? [one.goal] : [one.goal, one.second]
  watch.hasHooks = one.hooks !== 'none'
  isReverting = one.hooks === 'live' || goals.some(each => each.do === 'rollback')
  const runs = goals.map(async (each, index) => {
    try {
      const runner = `runner${String(index)}-${String(watch.now)}`
      const run = { runner, hooks: one.hooks, gate: () => gate('hook') }
      await pursue(subjectIn({ store, watch }, run), each)
    } catch (error) {
      if (!(error instanceof Killed) && !isSecretsError(error)) throw error
    }
  })
  await scheduler.waitFor(Promise.all(runs))
  return store.state
}

describe.each(['atomic', 'previous-first'] as const)('rotation model, flip %s', flip => {
  it('keeps the invariants under any commands, kills, clock ticks and two runners', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.scheduler(), async (steps, scheduler) => {
        let state = initialState
        const watch = new Watch(state, flip)
        for (const one of steps) state = await runStep({ state, flip }, watch, one, scheduler)
        await expectConvergence(state, flip, watch)
      }),
      { numRuns: 400 },
    )
  })
})

/** I4: from wherever it stopped, one undisturbed run ends with nothing staged, or says that somebody else wrote. */
async function expectConvergence(state: MemoryState, flip: Guarantees['flip'], watch: Watch): Promise<void> {
  const store = new MemoryStore(flip, () => Promise.resolve())
  store.state = state
  const last = { runner: 'last', hooks: 'good', gate: () => Promise.resolve() } as const
  const { state: end } = await pursue(subjectIn({ store, watch }, last), { do: 'settle' })
  expect(['steady', 'grace', 'foreign']).toContain(end.word)
  if (end.word !== 'foreign') expect(store.state.pending).toBeUndefined()
  expect(stateOf(await store.observe()).word).toBe(end.word)
}
