import type { Instant } from '../instant.ts'
import type { SecretName, VersionId } from '../provider.ts'
import type { Secret } from '../secret.ts'

/**
 * Staged with the value, so that a killed run resumes as what it was. `runId` names the run that elected the
 * value; `plan` is the hash of the plan it belongs to, where there is one.
 */
export interface Mark {
  readonly runId: string
  readonly mode: 'scheduled' | 'emergency'
  readonly plan?: string
}

/** The one pending value on top of `base`: durable, invisible to readers. */
export interface Pending {
  readonly version: VersionId
  readonly base: VersionId
  readonly value: Secret
  readonly mark: Mark
}

export type PendingFacts = Omit<Pending, 'value'> & {
  /** Since when every reader that reads again finds it and accepts it, though nobody signs with it; else `false`. */
  readonly announced: Instant | false
}

/** `accepted`: readers find the old value · `mirrored`: they find the current one in its place · `disabled` · `destroyed`. */
export type PreviousStatus = 'accepted' | 'mirrored' | 'disabled' | 'destroyed'

/** What the store remembers of the last rotation that moved the pointer. */
export interface RotationFacts {
  /** The version that became current then. When `current.version` differs, somebody else wrote since. */
  readonly version: VersionId
  readonly at?: Instant
  readonly previous?: { readonly version: VersionId; readonly status: PreviousStatus }
  /** Until when the previous value stays accepted. Missing with an accepted previous value reads as now + grace, never less. */
  readonly deadline?: Instant
  readonly verifiedAt?: Instant
  readonly mode: Mark['mode']
}

/** What the store itself says of one secret, now. Never values. */
export interface Observation {
  /** Absent only when the backend said that the secret is not there. */
  readonly current?: { readonly version: VersionId; readonly since?: Instant }
  readonly pending?: PendingFacts
  readonly rotation?: RotationFacts
  /** A commit or retire that took effect but left marks to be cleaned up: repeating the verb finishes it. */
  readonly unfinished?: 'commit' | 'retire'
  /** A revert of several steps that has begun: repeating it finishes it. */
  readonly reverting?: {
    readonly from: VersionId
    readonly to: VersionId
    readonly keepNewUntil?: Instant
  }
  /** Another rotator owns the secret (managed rotation, a static role …): its name. */
  readonly owner?: string
  /** Another runner holds a live lease; advisory. */
  readonly lease?: { readonly holder: string; readonly until: Instant }
  /** More than one new value was served for one base (only where the election is time-bound). */
  readonly heirs?: readonly VersionId[]
  /** The external system accepts neither the current nor the pending value (probed by the flow, not by the store). */
  readonly diverged?: boolean
  /** The place for the previous value is taken by something that is not ours: its name. */
  readonly taken?: string
  /** The same for the place of an announced value, where the store has one of its own. */
  readonly nextTaken?: string
}

/** What a store can promise. Shown to the operator; the suite asserts exactly this, and that nothing stronger is printed. */
export interface Guarantees {
  readonly flip: 'atomic' | 'previous-first'
  readonly election: 'compare-and-set' | 'lock' | 'time-bound'
  readonly fence: boolean
  readonly deadline: 'with-flip' | 'after-flip'
  readonly erasure: boolean
}

/** Times of a pointer move: `at` from the caller's clock (stores with a clock of their own ignore it). */
export interface CommitTimes {
  readonly at: Instant
  readonly deadline: Instant
}

export interface RevertOptions {
  readonly at: Instant
  /** Leaves the newer value accepted until `deadline` (as the previous one); without it the newer value is dropped. */
  readonly keepNewUntil?: Instant
}

/**
 * The rotation port: one engine for all stores. The engine knows no store; a store knows no policy, no clock, no
 * hook. Every verb is conditional on what was observed or idempotent because it writes the elected value.
 */
export interface RotationStore {
  readonly guarantees: Guarantees
  observe(name: SecretName, signal: AbortSignal): Promise<Observation>
  /**
   * Makes `candidate` the one pending value on top of `base`, or adopts the one that already is (another runner, an
   * earlier run). Durable and invisible to readers when it returns. Idempotent: any number of calls, from anywhere,
   * give the same pending version. `provider.conflict` when the base has moved, `rotation.name_taken` when the place
   * of the previous value holds something that is not ours.
   */
  stage(
    name: SecretName,
    base: VersionId,
    candidate: Secret,
    mark: Mark,
    signal: AbortSignal,
  ): Promise<Pending>
  /** The pending value with its version; `undefined` when nothing is staged. */
  pending(name: SecretName, signal: AbortSignal): Promise<Pending | undefined>
  /**
   * Records since when readers find the pending value: `pending` gives it to them from the stage on, and where the store
   * has a place for it that they look at by themselves it stands there when this returns. `at` from the caller's clock.
   * Idempotent; an earlier time stays. `provider.conflict` where that value is not staged. Absent where the store cannot.
   */
  readonly announce?: (
    name: SecretName,
    pending: PendingFacts,
    at: Instant,
    signal: AbortSignal,
  ) => Promise<void>
  /**
   * Current := pending, previous := base; one atomic step, or in an order in which no reader ever loses `base`.
   * `provider.conflict` when the base has moved. Repeating it after success changes nothing. A store that reads the
   * flip back by itself gives what it found, so that nobody need ask again.
   */
  commit(
    name: SecretName,
    pending: PendingFacts,
    times: CommitTimes,
    signal: AbortSignal,
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most stores have nothing to give
  ): Promise<Observation | void>
  /** Later facts: a deadline (it only ever moves later), verified. Idempotent. */
  record(
    name: SecretName,
    version: VersionId,
    facts: { readonly deadline?: Instant; readonly verifiedAt?: Instant },
    signal: AbortSignal,
  ): Promise<void>
  /** Gives the pending value up for good: where `guarantees.fence`, no late `commit` of it can succeed afterwards. */
  abort(name: SecretName, pending: PendingFacts, signal: AbortSignal): Promise<void>
  /** Back to the previous value, conditional on what is current now. */
  revert(
    name: SecretName,
    from: VersionId,
    to: VersionId,
    options: RevertOptions,
    signal: AbortSignal,
  ): Promise<void>
  /** The previous value is no longer served. Idempotent; `provider.conflict` when `current` has moved. */
  retire(name: SecretName, previous: VersionId, current: VersionId, signal: AbortSignal): Promise<void>
  /** Erases an old value; absent where the store cannot. */
  readonly destroy?: (name: SecretName, version: VersionId, signal: AbortSignal) => Promise<void>
}
