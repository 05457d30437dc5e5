import type { Instant } from '../instant.ts'
import type { VersionId } from '../provider.ts'
import type { Observation, PendingFacts, PreviousStatus, RotationFacts } from './port.ts'

/** The previous value that readers still accept, and until when. */
export interface Grace {
  readonly current: VersionId
  readonly previous: VersionId
  /** Missing when the run that committed died before it could write the deadline. */
  readonly deadline: Instant | undefined
  readonly verified: boolean
}

/** Where one secret stands, read from the store's own facts alone. */
export type RotationState =
  | { readonly word: 'absent' }
  | {
      readonly word: 'steady'
      readonly current: VersionId
      readonly previous: PreviousStatus | 'none'
      /** A retire that left marks behind: the version it retired. */
      readonly halfRetired?: VersionId
    }
  | { readonly word: 'staged'; readonly pending: PendingFacts; readonly grace?: Grace }
  | { readonly word: 'committing'; readonly pending: PendingFacts; readonly grace?: Grace }
  | ({ readonly word: 'grace'; readonly isHalfCommitted: boolean } & Grace)
  | { readonly word: 'rolling-back'; readonly reverting: NonNullable<Observation['reverting']> }
  | { readonly word: 'foreign'; readonly reason: 'owned'; readonly by: string }
  | { readonly word: 'foreign'; readonly reason: 'base_moved'; readonly pending: PendingFacts }
  | { readonly word: 'foreign'; readonly reason: 'edited' }
  | { readonly word: 'diverged' }
  | { readonly word: 'split'; readonly heirs: readonly VersionId[] }
  | { readonly word: 'busy'; readonly holder: string; readonly until: Instant }

/** Words for people and for `--json`; `announced` is staged and told to readers, `overdue` is grace after its deadline. */
export type StateWord = RotationState['word'] | 'announced' | 'overdue'

/**
 * Reads the state from what the store says. Pure and total: every observation has exactly one state. The order
 * of the questions is the order of danger: somebody else's secret, two heirs, a value nobody accepts, then ours.
 */
export function stateOf(observed: Observation): RotationState {
  if (observed.owner !== undefined) return { word: 'foreign', reason: 'owned', by: observed.owner }
  if (observed.heirs !== undefined && observed.heirs.length > 1)
    return { word: 'split', heirs: observed.heirs }
  if (observed.diverged === true) return { word: 'diverged' }
  if (observed.current === undefined) return { word: 'absent' }
  if (observed.reverting !== undefined) return { word: 'rolling-back', reverting: observed.reverting }
  if (observed.lease !== undefined) return { word: 'busy', ...observed.lease }
  return observed.pending === undefined
    ? settledState(observed, observed.current.version)
    : pendingState(observed, observed.current.version, observed.pending)
}

function pendingState(observed: Observation, current: VersionId, pending: PendingFacts): RotationState {
  const grace = graceOf(observed, current)
  const open = grace === undefined ? {} : { grace }
  if (pending.version === current) return { word: 'committing', pending, ...open }
  if (pending.base !== current) return { word: 'foreign', reason: 'base_moved', pending }
  return { word: observed.unfinished === 'commit' ? 'committing' : 'staged', pending, ...open }
}

function settledState(observed: Observation, current: VersionId): RotationState {
  const previous = observed.rotation?.previous
  if (previous === undefined) return { word: 'steady', current, previous: 'none' }
  if (previous.status !== 'accepted') return retiredState(observed, current, previous)
  const grace = graceOf(observed, current)
  if (grace === undefined) return { word: 'foreign', reason: 'edited' }
  return { word: 'grace', ...grace, isHalfCommitted: observed.unfinished === 'commit' }
}

function retiredState(
  observed: Observation,
  current: VersionId,
  previous: NonNullable<RotationFacts['previous']>,
): RotationState {
  const half = observed.unfinished === 'retire' ? { halfRetired: previous.version } : {}
  return { word: 'steady', current, previous: previous.status, ...half }
}

function graceOf(observed: Observation, current: VersionId): Grace | undefined {
  const rotation = observed.rotation
  if (rotation?.previous?.status !== 'accepted' || rotation.version !== current) return undefined
  return {
    current,
    previous: rotation.previous.version,
    deadline: rotation.deadline,
    verified: rotation.verifiedAt !== undefined,
  }
}

/** The word that `status` prints: the state's own, `announced`, or `overdue` once the deadline has passed. */
export function stateWord(state: RotationState, now: Instant): StateWord {
  if (state.word === 'staged' && state.pending.announced !== false) return 'announced'
  if (state.word === 'grace' && state.deadline !== undefined && now >= state.deadline) return 'overdue'
  return state.word
}
