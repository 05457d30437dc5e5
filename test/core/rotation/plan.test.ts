import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Action,
  dueAt,
  type Goal,
  isDue,
  nextAction,
  type RotationPolicy,
  toleratedSkew,
} from '../../../src/core/rotation/plan.ts'
import type { Observation, PendingFacts } from '../../../src/core/rotation/port.ts'
import { type RotationState, stateOf, stateWord } from '../../../src/core/rotation/state.ts'

const hour = 3_600_000
const now = 1_800_000_000_000
const policy: RotationPolicy = {
  grace: 24 * hour,
  every: 30 * 24 * hour,
  since: now - hour,
  mustVerify: false,
  steps: [],
  done: new Set(),
}
const pending: PendingFacts = {
  version: 'v2',
  base: 'v1',
  mark: { runId: 'run', mode: 'scheduled' },
  announced: false,
}
const rotated = (deadline?: number): Observation => ({
  current: { version: 'v2' },
  rotation: {
    version: 'v2',
    mode: 'scheduled',
    previous: { version: 'v1', status: 'accepted' },
    ...(deadline === undefined ? {} : { deadline }),
  },
})

const observations = {
  absent: {},
  steady: { current: { version: 'v1' } },
  staged: { current: { version: 'v1' }, pending },
  committing: { current: { version: 'v2' }, pending, unfinished: 'commit' },
  grace: rotated(now + hour),
  overdue: rotated(now - hour),
  graceWithoutDeadline: rotated(),
  retired: {
    current: { version: 'v2' },
    rotation: { version: 'v2', mode: 'scheduled', previous: { version: 'v1', status: 'mirrored' } },
  },
  halfRetired: {
    current: { version: 'v2' },
    rotation: { version: 'v2', mode: 'scheduled', previous: { version: 'v1', status: 'mirrored' } },
    unfinished: 'retire',
  },
  edited: {
    current: { version: 'hand' },
    rotation: { version: 'v2', mode: 'scheduled', previous: { version: 'v1', status: 'accepted' } },
  },
  baseMoved: { current: { version: 'hand' }, pending },
  owned: { current: { version: 'v1' }, owner: 'managed rotation' },
  split: { current: { version: 'v2' }, heirs: ['v2', 'v3'] },
  diverged: { current: { version: 'v1' }, diverged: true },
  busy: { current: { version: 'v1' }, lease: { holder: 'another', until: now + hour } },
  reverting: { current: { version: 'v2' }, reverting: { from: 'v2', to: 'v1' } },
} as const satisfies Record<string, Observation>

type Situation = keyof typeof observations

describe('the state of an observation', () => {
  it.each([
    ['absent', 'absent'],
    ['steady', 'steady'],
    ['staged', 'staged'],
    ['committing', 'committing'],
    ['grace', 'grace'],
    ['overdue', 'overdue'],
    ['graceWithoutDeadline', 'grace'],
    ['retired', 'steady'],
    ['edited', 'foreign'],
    ['baseMoved', 'foreign'],
    ['owned', 'foreign'],
    ['split', 'split'],
    ['diverged', 'diverged'],
    ['busy', 'busy'],
    ['reverting', 'rolling-back'],
  ] as const)('%s is %s', (situation, word) => {
    expect(stateWord(stateOf(observations[situation]), now)).toBe(word)
  })

  it('an edit by hand is foreign only while the old value is still accepted', () => {
    const { edited } = observations
    const rotation = { ...edited.rotation, previous: { version: 'v1', status: 'destroyed' } } as const
    expect(stateOf({ ...edited, rotation }).word).toBe('steady')
  })

  it('the deadline itself is the first instant after the grace', () => {
    expect(stateWord(stateOf(rotated(now)), now)).toBe('overdue')
    expect(stateWord(stateOf(rotated(now + 1)), now)).toBe('grace')
  })
})

type PlainGoal = Exclude<Goal['do'], 'emergency'>

/** What each goal does in each situation: a verb, or why not. */
const table: Record<Situation, Record<PlainGoal, string>> = {
  absent: row('absent', 'absent', 'none', 'absent', 'absent', 'absent'),
  steady: row('stage', 'none', 'none', 'nothing_to_retire', 'nothing_staged', 'nothing_to_roll_back'),
  staged: row('commit', 'commit', 'commit', 'in_progress', 'abort', 'abort'),
  committing: row('commit', 'commit', 'commit', 'in_progress', 'in_progress', 'in_progress'),
  grace: row('grace_open', 'none', 'none', 'too_early', 'nothing_staged', 'revert'),
  overdue: row('retire', 'none', 'retire', 'retire', 'nothing_staged', 'revert'),
  graceWithoutDeadline: row('record', 'record', 'record', 'record', 'nothing_staged', 'revert'),
  retired: row('stage', 'none', 'none', 'nothing_to_retire', 'nothing_staged', 'nothing_to_roll_back'),
  halfRetired: row('retire', 'retire', 'retire', 'retire', 'retire', 'retire'),
  edited: row('foreign', 'foreign', 'foreign', 'foreign', 'foreign', 'foreign'),
  baseMoved: row('foreign', 'foreign', 'foreign', 'foreign', 'abort', 'foreign'),
  owned: row('foreign', 'foreign', 'foreign', 'foreign', 'foreign', 'foreign'),
  split: row('split', 'split', 'split', 'split', 'split', 'split'),
  diverged: row('diverged', 'diverged', 'diverged', 'diverged', 'diverged', 'diverged'),
  busy: row('busy', 'busy', 'busy', 'busy', 'busy', 'busy'),
  reverting: row('revert', 'revert', 'revert', 'revert', 'revert', 'revert'),
}

function row(...words: readonly [string, string, string, string, string, string]): Record<PlainGoal, string> {
  const [rotate, settle, due, retire, abort, rollback] = words
  return { rotate, settle, due, retire, abort, rollback }
}

function goalOf(word: PlainGoal): Goal {
  return word === 'rollback' ? { do: word, keepNew: false } : { do: word }
}

describe('the next action', () => {
  for (const [situation, goals] of Object.entries(table)) {
    for (const [goal, expected] of Object.entries(goals)) {
      it(`${goal} in ${situation}: ${expected}`, () => {
        const state = stateOf(observations[situation as Situation])
        const action = nextAction(state, goalOf(goal as PlainGoal), policy, now)
        expect(action.do === 'refuse' ? action.why : action.do).toBe(expected)
      })
    }
  }

  it('the deadline is counted from the flip, a missing one from now: never less than the grace', () => {
    const settle = { do: 'settle' } as const
    expect(nextAction(stateOf(observations.staged), settle, policy, now)).toMatchObject({
      deadline: now + policy.grace,
    })
    expect(nextAction(stateOf(observations.graceWithoutDeadline), settle, policy, now)).toMatchObject({
      do: 'record',
      deadline: now + policy.grace,
    })
  })

  describe('an emergency', () => {
    const emergency = { do: 'emergency', compromised: 'current' } as const
    const next = (
      situation: Situation,
      goal: Goal = emergency,
      more: Partial<RotationPolicy> = {},
    ): string => {
      const action = nextAction(stateOf(observations[situation]), goal, { ...policy, ...more }, now)
      return action.do === 'refuse' ? action.why : action.do
    }

    it.each([
      ['absent', 'absent'],
      ['steady', 'stage'],
      ['staged', 'commit'],
      ['committing', 'commit'],
      ['grace', 'retire'],
      ['overdue', 'retire'],
      ['graceWithoutDeadline', 'record'],
      ['edited', 'foreign'],
      ['split', 'split'],
      ['reverting', 'revert'],
    ] as const)('in %s: %s', (situation, expected) => {
      expect(next(situation)).toBe(expected)
    })

    it('gives no grace, by whoever goes on with it', () => {
      for (const [goal, more] of [
        [emergency, {}],
        [{ do: 'settle' }, { isEmergency: true }],
        [{ do: 'due' }, { isEmergency: true }],
      ] as const) {
        const action = nextAction(stateOf(observations.staged), goal, { ...policy, ...more }, now)
        expect(action).toMatchObject({ do: 'commit', deadline: now })
      }
      expect(next('overdue', { do: 'settle' }, { isEmergency: true })).toBe('retire')
      expect(next('overdue', { do: 'due' }, { isEmergency: true, mustVerify: true })).toBe('retire')
    })

    it('never goes back to what leaked', () => {
      expect(next('grace', { do: 'rollback', keepNew: false }, { isEmergency: true })).toBe('compromised')
    })

    it('of the previous value alone makes no new one', () => {
      const previous = { do: 'emergency', compromised: 'previous' } as const
      expect(next('grace', previous)).toBe('retire')
      expect(next('steady', previous)).toBe('nothing_to_retire')
      expect(next('staged', previous)).toBe('in_progress')
    })

    it('is over when the new value is there and the old one is gone', () => {
      expect(next('grace', { ...emergency, isReplaced: true })).toBe('retire')
      expect(next('steady', { ...emergency, isReplaced: true })).toBe('none')
    })

    it('does not wait for a proof that an earlier rotation owes', () => {
      const steps = ['verify'] as const
      expect(next('grace', emergency, { steps })).toBe('retire')
      expect(next('grace', { ...emergency, isReplaced: true }, { steps })).toBe('verify')
    })
  })

  it('a value that must be verified first is not retired', () => {
    const strict = { ...policy, mustVerify: true }
    expect(nextAction(stateOf(observations.overdue), { do: 'due' }, strict, now)).toEqual({
      do: 'refuse',
      why: 'unverified',
    })
  })

  it('an announced value waits until every reader has read again', () => {
    const signed = { ...policy, steps: ['announce'], refresh: hour } as const
    const at = (announced: number | false): RotationState =>
      stateOf({ ...observations.staged, pending: { ...pending, announced } })
    const doing = (goal: PlainGoal, announced: number | false): Action =>
      nextAction(at(announced), goalOf(goal), signed, now)
    const until = now + hour + toleratedSkew
    expect(doing('due', false)).toMatchObject({ do: 'announce', at: now })
    expect(doing('rotate', now)).toEqual({ do: 'refuse', why: 'announced', until })
    for (const goal of ['due', 'settle'] as const)
      expect(doing(goal, now)).toEqual({ do: 'none', why: 'announced' })
    for (const goal of ['abort', 'rollback'] as const) expect(doing(goal, now).do).toBe('abort')
    expect(nextAction(at(now), { do: 'emergency', compromised: 'current' }, signed, now)).toMatchObject({
      do: 'commit',
      deadline: now,
    })
    expect(nextAction(at(false), { do: 'due' }, { ...signed, isEmergency: true }, now).do).toBe('commit')
    expect(doing('due', now - hour - toleratedSkew).do).toBe('commit')
    expect(stateWord(at(now), now)).toBe('announced')
    const early = { ...signed, since: now + hour }
    expect(nextAction(at(false), { do: 'due' }, early, now)).toEqual({ do: 'refuse', why: 'clock_skew' })
  })

  it('what a value has signed lives on after a rollback, which comes in time or not at all', () => {
    const signed = { ...policy, steps: ['announce'], refresh: hour } as const
    const back = (left: number): Action =>
      nextAction(stateOf(rotated(now + left)), { do: 'rollback', keepNew: false }, signed, now)
    expect(back(hour)).toMatchObject({ do: 'revert', keepNewUntil: now + policy.grace })
    expect(back(hour - 1)).toMatchObject({ do: 'refuse', why: 'too_late' })
  })

  it('the optional steps come in their order, each once', () => {
    const steps = ['apply', 'verify-staged'] as const
    const done = new Set<(typeof steps)[number]>()
    const seen: string[] = []
    for (let round = 0; round < 5; round += 1) {
      const action = nextAction(
        stateOf(observations.staged),
        { do: 'settle' },
        { ...policy, steps, done },
        now,
      )
      seen.push(action.do)
      if (action.do === 'commit') break
      done.add(action.do as (typeof steps)[number])
    }
    expect(seen).toEqual([...steps, 'commit'])
  })

  it('a clock that stands before the last rotation moves nothing that depends on time', () => {
    const behind = { ...policy, since: now + hour }
    for (const situation of ['steady', 'staged', 'overdue'] as const) {
      const action = nextAction(stateOf(observations[situation]), { do: 'rotate' }, behind, now)
      expect(action).toEqual({ do: 'refuse', why: 'clock_skew' })
    }
  })

  it('is due when the interval has passed, and never without an age or an interval', () => {
    expect(isDue({ every: hour, since: now - hour }, now)).toBe(true)
    expect(isDue({ every: hour, since: now - hour + 1 }, now)).toBe(false)
    expect(isDue({ every: 'never', since: 0 }, now)).toBe(false)
    expect(dueAt({ every: hour, since: undefined })).toBeUndefined()
  })

  it('never retires before the deadline, whatever the goal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 * hour }),
        fc.constantFrom<PlainGoal>('rotate', 'settle', 'due', 'retire', 'abort', 'rollback'),
        (left, goal) => {
          const action = nextAction(stateOf(rotated(now + left)), goalOf(goal), policy, now)
          expect(action.do).not.toBe('retire')
        },
      ),
    )
  })
})
