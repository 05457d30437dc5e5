import { formatInstant, type Instant } from '../../core/instant.ts'
import { announcedUntil, dueAt, isDue, type RotationPolicy } from '../../core/rotation/plan.ts'
import type { Observation, PreviousStatus } from '../../core/rotation/port.ts'
import { type RotationState, stateWord, type StateWord } from '../../core/rotation/state.ts'
import type { OpenTarget } from '../inventory.ts'

/** One secret in one target, as `status`, `rotate`, `retire` and `rollback` print it. */
export interface SecretStatus {
  readonly name: string
  readonly environment: string
  readonly target: string
  readonly state: StateWord
  readonly verified: boolean
  readonly previous: PreviousStatus | 'none'
  readonly current: { readonly version: string; readonly since: string | null } | null
  readonly deadline?: string
  /** When the schedule asks for the next rotation. */
  readonly due?: string
  /** Where the schedule comes from. */
  readonly schedule?: string
  readonly reason?: string
}

export interface Standing {
  readonly name: string
  readonly target: OpenTarget
  readonly observed: Observation
  readonly state: RotationState
  readonly policy: RotationPolicy
  readonly schedule?: string
  readonly reason?: string
}

export function statusData(standing: Standing, now: Instant): SecretStatus {
  const { observed, state, policy, schedule, reason } = standing
  const deadline = deadlineOf(state, policy)
  const due = dueAt(policy)
  return {
    name: standing.name,
    environment: standing.target.config.environment,
    target: standing.target.config.id,
    state: stateWord(state, now),
    verified: observed.rotation?.verifiedAt !== undefined,
    previous: observed.rotation?.previous?.status ?? 'none',
    current:
      observed.current === undefined
        ? null
        : {
            version: observed.current.version,
            since: policy.since === undefined ? null : formatInstant(policy.since),
          },
    ...(deadline === undefined ? {} : { deadline: formatInstant(deadline) }),
    ...(due === undefined ? {} : { due: formatInstant(due) }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** Until when the old value is accepted, or until when a new one is only accepted. */
function deadlineOf(state: RotationState, policy: RotationPolicy): Instant | undefined {
  if (state.word === 'grace') return state.deadline
  if (state.word !== 'staged' || state.pending.announced === false) return undefined
  return announcedUntil(state.pending.announced, policy)
}

/** Whether `rotate --due` would have something to do here, or a person has: what `status --due` answers. */
export function needsAttention({ state, policy }: Pick<Standing, 'state' | 'policy'>, now: Instant): boolean {
  switch (stateWord(state, now)) {
    case 'absent':
    case 'busy':
      return false
    case 'grace':
      // A run that died between commit and verify.
      return state.word === 'grace' && !state.verified && policy.steps.includes('verify')
    case 'steady':
      return isDue(policy, now)
    case 'announced':
      return now >= (deadlineOf(state, policy) ?? now)
    case 'overdue':
    case 'staged':
    case 'committing':
    case 'rolling-back':
    case 'foreign':
    case 'diverged':
    case 'split':
      return true
  }
}
