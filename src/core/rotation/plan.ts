import type { Instant } from '../instant.ts'
import type { VersionId } from '../provider.ts'
import type { PendingFacts } from './port.ts'
import type { Grace, RotationState } from './state.ts'

/**
 * What the caller wants of one secret. `rotate` starts a rotation; `settle` finishes whatever is open and starts
 * nothing (resume, and every step after the first of a `rotate`); `due` does what the schedule asks for.
 */
export type Goal =
  | { readonly do: 'rotate' }
  | { readonly do: 'settle' }
  | { readonly do: 'due' }
  | { readonly do: 'retire' }
  | { readonly do: 'abort' }
  | { readonly do: 'rollback'; readonly keepNew: boolean }
  | EmergencyGoal

/** Which value somebody else has. `previous`: only one that is still accepted, which is dropped at once. */
export type Compromised = 'current' | 'previous' | 'both'

/** No value that leaked stays accepted: a new one, no grace. `isReplaced`: the new one is current, the rest is to end. */
export interface EmergencyGoal {
  readonly do: 'emergency'
  readonly compromised: Compromised
  readonly isReplaced?: boolean
}

export interface RotationPolicy {
  /** How long the previous value stays accepted after the flip, in milliseconds. */
  readonly grace: number
  /** Interval between rotations in milliseconds; `never` only on request. */
  readonly every: number | 'never'
  /** When the current value was made, as far as anybody knows; undefined is never due. */
  readonly since: Instant | undefined
  /** Whether somebody must prove the new value before the old one may be retired. */
  readonly mustVerify: boolean
  /** Which of the optional steps the kind of secret has, and which of them this run has already seen succeed. */
  readonly steps: readonly OptionalStep[]
  readonly done: ReadonlySet<OptionalStep>
  /** How long an announced value waits: within that time every reader has read again. */
  readonly refresh?: number
  /** The open rotation was begun as an emergency: whoever goes on with it keeps no grace. */
  readonly isEmergency?: boolean
}

/** Steps that only some kinds have, in the order in which they happen between stage and retire. */
export type OptionalStep = 'announce' | 'apply' | 'verify-staged' | 'verify'

export type Refusal =
  | 'absent'
  | 'grace_open'
  | 'too_early'
  | 'too_late'
  | 'announced'
  | 'in_progress'
  | 'nothing_staged'
  | 'nothing_to_retire'
  | 'nothing_to_roll_back'
  | 'unverified'
  | 'compromised'
  | 'clock_skew'
  | 'foreign'
  | 'diverged'
  | 'split'
  | 'busy'

export type Action =
  | { readonly do: 'none'; readonly why: 'done' | 'not_due' | 'grace_open' | 'announced' | 'nothing_open' }
  | { readonly do: 'stage'; readonly base: VersionId }
  | { readonly do: 'announce'; readonly pending: PendingFacts; readonly at: Instant }
  | {
      readonly do: Exclude<OptionalStep, 'announce'>
      readonly pending?: PendingFacts
      readonly version: VersionId
    }
  | {
      readonly do: 'commit'
      readonly pending: PendingFacts
      readonly at: Instant
      readonly deadline: Instant
    }
  | { readonly do: 'record'; readonly version: VersionId; readonly deadline: Instant }
  | { readonly do: 'abort'; readonly pending: PendingFacts }
  | {
      readonly do: 'revert'
      readonly from: VersionId
      readonly to: VersionId
      readonly keepNewUntil?: Instant
    }
  | { readonly do: 'retire'; readonly previous: VersionId; readonly current: VersionId }
  | { readonly do: 'refuse'; readonly why: Refusal; readonly until?: Instant }

/** Five minutes: beyond it a clock that stands before the rotation's own time makes every deadline meaningless. */
export const toleratedSkew = 300_000

/**
 * The next single step towards the goal, decided from the observed state alone: nothing is remembered between two
 * calls, so a killed run is resumed by asking again. Pure. Ends in `none` or `refuse` after finitely many steps.
 */
export function nextAction(state: RotationState, goal: Goal, policy: RotationPolicy, now: Instant): Action {
  switch (state.word) {
    case 'absent':
      return goal.do === 'due' ? { do: 'none', why: 'nothing_open' } : refuse('absent')
    case 'foreign':
      // A staged value whose base somebody else replaced was never served: it may be given up, never committed.
      return state.reason === 'base_moved' && goal.do === 'abort'
        ? { do: 'abort', pending: state.pending }
        : refuse('foreign')
    case 'diverged':
    case 'split':
      return refuse(state.word)
    case 'busy':
      return refuse('busy', state.until)
    case 'rolling-back':
      return continueRevert(state.reverting)
    case 'staged':
    case 'committing':
      return fromStaged(state, goal, policy, now)
    case 'grace':
      return fromGrace(state, state.isHalfCommitted, goal, policy, now)
    case 'steady':
      return state.halfRetired === undefined
        ? fromSteady(state.current, goal, policy, now)
        : { do: 'retire', previous: state.halfRetired, current: state.current }
  }
}

function continueRevert(reverting: Extract<RotationState, { word: 'rolling-back' }>['reverting']): Action {
  return { do: 'revert', ...reverting }
}

function fromStaged(
  state: Extract<RotationState, { word: 'staged' | 'committing' }>,
  goal: Goal,
  policy: RotationPolicy,
  now: Instant,
): Action {
  const { pending } = state
  const isCommitted = state.word === 'committing'
  // What is staged replaces the current value; it does nothing about a previous one.
  if (goal.do === 'emergency' && goal.compromised === 'previous') return refuse('in_progress')
  if (!isCommitted && (goal.do === 'abort' || goal.do === 'rollback')) return { do: 'abort', pending }
  if (goal.do === 'retire') return refuse('in_progress')
  if (isCommitted && !finishing.has(goal.do)) {
    return refuse('in_progress')
  }
  const isUrgent = isUrgentFor(goal, policy)
  const isAnnouncing = !isCommitted && !isUrgent && policy.steps.includes('announce')
  const announcing = isAnnouncing ? announceFirst(pending, goal, policy, now) : undefined
  if (announcing !== undefined) return announcing
  // A commit that has begun was preceded by them, whichever run began it.
  for (const step of isCommitted ? [] : (['apply', 'verify-staged'] as const)) {
    if (policy.steps.includes(step) && !policy.done.has(step))
      return { do: step, pending, version: pending.version }
  }
  // A deadline written by a clock that runs behind would be early for everybody else: a value retired while in use.
  if (!isUrgent && isClockBehind(policy, now)) return refuse('clock_skew')
  return { do: 'commit', pending, at: now, deadline: isUrgent ? now : now + policy.grace }
}

/** Until every reader accepts the new value nobody may sign with it. `undefined`: they all do. */
function announceFirst(
  pending: PendingFacts,
  goal: Goal,
  policy: RotationPolicy,
  now: Instant,
): Action | undefined {
  if (pending.announced === false) {
    // A time that is written too early would end the wait of everybody else too early.
    return isClockBehind(policy, now) ? refuse('clock_skew') : { do: 'announce', pending, at: now }
  }
  const until = announcedUntil(pending.announced, policy)
  if (now >= until) return undefined
  return goal.do === 'rotate' ? refuse('announced', until) : { do: 'none', why: 'announced' }
}

/**
 * When the wait of an announced value is over. Who commits it may have another clock than who announced it, and the
 * write itself took time: a reader just before it works for the whole of `refresh` with what it has read.
 */
export function announcedUntil(
  announced: Instant,
  { refresh = 0 }: Pick<RotationPolicy, 'refresh'>,
): Instant {
  return announced + refresh + toleratedSkew
}

/** Goals that go on with a commit that has begun. */
const finishing: ReadonlySet<Goal['do']> = new Set(['rotate', 'settle', 'due', 'emergency'])

/** Asked for as an emergency now, or begun as one by a run that died. */
function isUrgentFor(goal: Goal, policy: RotationPolicy): boolean {
  return goal.do === 'emergency' || (policy.isEmergency === true && goal.do !== 'rollback')
}

function fromGrace(
  grace: Grace,
  isHalfCommitted: boolean,
  goal: Goal,
  policy: RotationPolicy,
  now: Instant,
): Action {
  if (goal.do === 'rollback') {
    // The value that leaked would be current again.
    if (policy.isEmergency === true) return refuse('compromised')
    const back = { do: 'revert', from: grace.current, to: grace.previous } as const
    const isSigned = policy.steps.includes('announce')
    // Who has not read again would refuse, at its deadline, what others sign with the old value from now on.
    if (isSigned && grace.deadline !== undefined && now + (policy.refresh ?? 0) > grace.deadline)
      return refuse('too_late', grace.deadline)
    // What was signed with the newer value lives on.
    return goal.keepNew || isSigned ? { ...back, keepNewUntil: now + policy.grace } : back
  }
  if (goal.do === 'abort') return refuse('nothing_staged')
  // A missing deadline reads as now + grace, never less: it only ever gets longer.
  if (grace.deadline === undefined || isHalfCommitted) {
    const deadline = isUrgentFor(goal, policy) ? now : now + policy.grace
    return { do: 'record', version: grace.current, deadline: grace.deadline ?? deadline }
  }
  // A leaked value is not kept because the one before it was never proved.
  const isProofOwed = goal.do !== 'emergency' || goal.isReplaced === true || policy.isEmergency === true
  const isUnproved = policy.steps.includes('verify') && !grace.verified && !policy.done.has('verify')
  if (isUnproved && isProofOwed) {
    return { do: 'verify', version: grace.current }
  }
  return afterGrace(grace, grace.deadline, goal, policy, now)
}

function afterGrace(
  grace: Grace,
  deadline: Instant,
  goal: Goal,
  policy: RotationPolicy,
  now: Instant,
): Action {
  const isOver = now >= deadline
  const retire = { do: 'retire', previous: grace.previous, current: grace.current } as const
  if (goal.do === 'emergency' || (policy.isEmergency === true && isOver)) return retire
  if (goal.do === 'settle') return { do: 'none', why: 'done' }
  if (policy.mustVerify && !grace.verified && isOver) return refuse('unverified')
  if (isOver) return isClockBehind(policy, now) ? refuse('clock_skew') : retire
  if (goal.do === 'due') return { do: 'none', why: 'grace_open' }
  return refuse(goal.do === 'retire' ? 'too_early' : 'grace_open', deadline)
}

function fromSteady(current: VersionId, goal: Goal, policy: RotationPolicy, now: Instant): Action {
  switch (goal.do) {
    case 'settle':
      return { do: 'none', why: 'nothing_open' }
    case 'abort':
      return refuse('nothing_staged')
    case 'retire':
      return refuse('nothing_to_retire')
    case 'rollback':
      return refuse('nothing_to_roll_back')
    case 'rotate':
      return isClockBehind(policy, now) ? refuse('clock_skew') : { do: 'stage', base: current }
    case 'emergency':
      if (goal.isReplaced === true) return { do: 'none', why: 'done' }
      return goal.compromised === 'previous' ? refuse('nothing_to_retire') : { do: 'stage', base: current }
    case 'due':
      return isDue(policy, now) ? { do: 'stage', base: current } : { do: 'none', why: 'not_due' }
  }
}

/** When the schedule asks for the next rotation; undefined where it never does or the age is unknown. */
export function dueAt(policy: Pick<RotationPolicy, 'every' | 'since'>): Instant | undefined {
  if (policy.every === 'never' || policy.since === undefined) return undefined
  return policy.since + policy.every
}

export function isDue(policy: Pick<RotationPolicy, 'every' | 'since'>, now: Instant): boolean {
  const due = dueAt(policy)
  return due !== undefined && now >= due
}

function isClockBehind(policy: RotationPolicy, now: Instant): boolean {
  return policy.since !== undefined && now + toleratedSkew < policy.since
}

function refuse(why: Refusal, until?: Instant): Action {
  return until === undefined ? { do: 'refuse', why } : { do: 'refuse', why, until }
}
