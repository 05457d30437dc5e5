import { isSecretsError, SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import type { Provider, SecretName } from '../../core/provider.ts'
import { type Action, type Goal, nextAction, type RotationPolicy } from '../../core/rotation/plan.ts'
import type { Mark, Observation, RotationStore } from '../../core/rotation/port.ts'
import { type RotationState, stateOf } from '../../core/rotation/state.ts'
import type { Secret } from '../../core/secret.ts'

/** What the engine needs to pursue a goal for one secret in one store. It knows neither store nor policy. */
export interface Subject {
  readonly name: SecretName
  readonly store: RotationStore
  /** The policy for what was observed: since and interval follow the store's own facts. */
  policyFor(observed: Observation): RotationPolicy
  /** A fresh candidate; asked for once at most, and only when a rotation starts. */
  candidate(): Promise<Secret>
  /** Checked just before a rotation starts; throws to refuse it (the kind of secret, its other places …). */
  admit(): void
  readonly mark: Mark
  now(): Instant
  readonly signal: AbortSignal
}

/** The verbs that took effect, in order, and where the secret stands afterwards. */
export interface Pursuit {
  readonly steps: readonly Action['do'][]
  readonly observed: Observation
  readonly state: RotationState
  readonly policy: RotationPolicy
  /** Why nothing more is done: the goal is reached, or what the state refuses. */
  readonly end: Extract<Action, { do: 'none' | 'refuse' }>
}

/** More steps than any path through the states has; a store that never settles must not loop for ever. */
const stepLimit = 24

/**
 * Observe → decide → one verb → observe again, until there is nothing left to do. Nothing is remembered between two
 * rounds but the goal, so a run that is killed anywhere is resumed by calling this again, from any machine. A lost
 * race (`provider.conflict`) is answered by observing again, never by sending again.
 */
export async function pursue(subject: Subject, goal: Goal): Promise<Pursuit> {
  const steps: Action['do'][] = []
  let aim = goal
  for (let round = 0; round < stepLimit; round += 1) {
    subject.signal.throwIfAborted()
    const observed = await subject.store.observe(subject.name, subject.signal)
    const state = stateOf(observed)
    const policy = subject.policyFor(observed)
    const action = nextAction(state, aim, policy, subject.now())
    if (action.do === 'none' || action.do === 'refuse') return { steps, observed, state, policy, end: action }
    if (action.do === 'stage') refuseTaken(observed)
    try {
      await perform(subject, action)
    } catch (error) {
      if (isSecretsError(error, 'provider.conflict')) continue
      throw error
    }
    steps.push(action.do)
    aim = aimAfter(aim, action)
  }
  throw new SecretsError('provider.conflict', `"${subject.name}" changes faster than it can be rotated`, {
    hints: ['another program writes the same secret; stop it and run again'],
  })
}

/** What would be done first, without doing it. */
export async function preview(
  subject: Subject,
  goal: Goal,
): Promise<Omit<Pursuit, 'steps' | 'end'> & { action: Action }> {
  const observed = await subject.store.observe(subject.name, subject.signal)
  const state = stateOf(observed)
  const policy = subject.policyFor(observed)
  const action = nextAction(state, goal, policy, subject.now())
  if (action.do === 'stage') {
    refuseTaken(observed)
    subject.admit()
  }
  return { observed, state, policy, action }
}

/** Once a value is staged or live, the run finishes that rotation and starts no second one. */
function aimAfter(aim: Goal, action: Action): Goal {
  if (action.do === 'stage' || action.do === 'commit') return { do: 'settle' }
  const isBack = action.do === 'abort' || action.do === 'revert'
  return isBack || (action.do === 'retire' && aim.do === 'retire') ? { do: 'settle' } : aim
}

async function perform(subject: Subject, action: Action): Promise<void> {
  const { name, store, signal } = subject
  switch (action.do) {
    case 'stage':
      subject.admit()
      await store.stage(name, action.base, await subject.candidate(), subject.mark, signal)
      return
    case 'commit':
      await store.commit(name, action.pending, { at: action.at, deadline: action.deadline }, signal)
      return
    case 'record':
      await store.record(name, action.version, { deadline: action.deadline }, signal)
      return
    case 'abort':
      await store.abort(name, action.pending, signal)
      return
    case 'revert': {
      const { keepNewUntil } = action
      const options = { at: subject.now(), ...(keepNewUntil === undefined ? {} : { keepNewUntil }) }
      await store.revert(name, action.from, action.to, options, signal)
      return
    }
    case 'retire':
      await store.retire(name, action.previous, action.current, signal)
      return
    case 'announce':
    case 'apply':
    case 'verify-staged':
    case 'verify':
      // No kind of this version has these steps; the policy never asks for them.
      throw new SecretsError('rotation.kind_unsupported', `"${name}" needs the step "${action.do}"`)
    case 'none':
    case 'refuse':
  }
}

function refuseTaken(observed: Observation): void {
  if (observed.taken === undefined) return
  throw new SecretsError(
    'rotation.name_taken',
    `"${observed.taken}" holds something that this tool did not write`,
    {
      hints: [
        'the previous value would have to stand there: rename or remove it, or retire it by hand, then run again',
      ],
    },
  )
}

/** The store as a rotation store, or the reason why it cannot be one. */
export function rotationOf(provider: Provider, target: string): RotationStore {
  if (provider.rotation !== undefined) return provider.rotation
  throw new SecretsError('rotation.kind_unsupported', `the store of "${target}" cannot rotate`, {
    hints: ['choose another provider for this environment in the manifest'],
  })
}
