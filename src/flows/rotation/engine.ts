import { isSecretsError, SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import type { Provider, SecretName, SecretVersion, VersionId, VersionSelector } from '../../core/provider.ts'
import {
  type Action,
  type EmergencyGoal,
  type Goal,
  nextAction,
  type OptionalStep,
  type RotationPolicy,
} from '../../core/rotation/plan.ts'
import type { Mark, Observation, Pending, RotationStore } from '../../core/rotation/port.ts'
import { type RotationState, stateOf } from '../../core/rotation/state.ts'
import type { Secret } from '../../core/secret.ts'
import type { Followers } from './followers.ts'
import type { SecretHooks } from './hooks.ts'
import { cannotAnnounce, lookOnly } from './look-only.ts'
import { lockDown, prove, proveStaged, retire } from './steps.ts'
import { giveUp, goBack } from './way-back.ts'

/** What the engine needs to pursue a goal for one secret in one store. It knows neither store nor policy. */
export interface Subject {
  readonly name: SecretName
  readonly store: RotationStore
  /** The policy for what was observed: since and interval follow the store's own facts. */
  policyFor(observed: Observation): RotationPolicy
  /** A fresh candidate; asked for once at most, and only when a rotation starts. */
  candidate(): Promise<Secret>
  /** Checked just before a rotation starts; throws to refuse it (the kind of secret, its other places …). */
  admit(observed: Observation): Promise<void>
  readonly environment: string
  readonly hooks: Pick<SecretHooks, 'has' | 'run'>
  /** What contains this secret, and is changed with it. */
  readonly hasFollowers: boolean
  readonly followers: Pick<Followers, 'forward' | 'back' | 'drop'>
  /** For hooks: a value as the store gives it. */
  read(version: VersionSelector): Promise<SecretVersion | undefined>
  /** A step that this run has seen succeed for that new value is not asked for again. */
  markDone(version: VersionId, step: OptionalStep): void
  /** In an emergency: what failed and must not stop it. Told when all is over. */
  readonly troubles: SecretsError[]
  readonly mark: Mark
  now(): Instant
  readonly signal: AbortSignal
}

/** The verbs that took effect, in order, and where the secret stands afterwards. */
export interface Pursuit {
  readonly steps: readonly Action['do'][]
  /** Where it stood at the beginning. */
  readonly before: Observation
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
 *
 * `seen`: an observation that the caller has made already. It may be old: every verb is conditional on it.
 */
export async function pursue(subject: Subject, goal: Goal, seen?: Observation): Promise<Pursuit> {
  const steps: Action['do'][] = []
  let aim = goal
  let before: Observation | undefined
  let known = seen
  for (let round = 0; round < stepLimit; round += 1) {
    subject.signal.throwIfAborted()
    const observed: Observation = known ?? (await subject.store.observe(subject.name, subject.signal))
    before ??= observed
    known = undefined
    const state = stateOf(observed)
    const policy = subject.policyFor(observed)
    const action = nextAction(state, aim, policy, subject.now())
    if (action.do === 'none' || action.do === 'refuse')
      return { steps, before, observed, state, policy, end: action }
    if (action.do === 'stage') refuseTaken(observed, policy)
    try {
      known = await perform(subject, action, observed)
    } catch (error) {
      if (isSecretsError(error, 'provider.conflict')) continue
      throw error
    }
    steps.push(action.do)
    aim = aimAfter(aim, action, policy)
  }
  throw new SecretsError('provider.conflict', `"${subject.name}" changes faster than it can be rotated`, {
    hints: ['another program writes the same secret; stop it and run again'],
  })
}

/** What would be done first, without doing it. */
export async function preview(
  subject: Subject,
  goal: Goal,
): Promise<Omit<Pursuit, 'steps' | 'before' | 'end'> & { action: Action }> {
  const observed = await subject.store.observe(subject.name, subject.signal)
  const state = stateOf(observed)
  const policy = subject.policyFor(observed)
  const action = nextAction(state, goal, policy, subject.now())
  if (action.do === 'stage') {
    refuseTaken(observed, policy)
    await subject.admit(observed)
  }
  return { observed, state, policy, action }
}

/** Once a value is staged or live, the run finishes that rotation and starts no second one. */
function aimAfter(aim: Goal, action: Action, policy: RotationPolicy): Goal {
  if (aim.do === 'emergency') return emergencyAfter(aim, action, policy)
  if (action.do === 'stage' || action.do === 'announce' || action.do === 'commit') return { do: 'settle' }
  // A proof that was still owed is what this run was for, where the grace goes on.
  if (action.do === 'verify' && aim.do === 'rotate') return { do: 'settle' }
  const isBack = action.do === 'abort' || action.do === 'revert'
  return isBack || (action.do === 'retire' && aim.do === 'retire') ? { do: 'settle' } : aim
}

/** A previous value that goes is all that was asked for, or the way is free for the new one. */
function emergencyAfter(aim: EmergencyGoal, action: Action, policy: RotationPolicy): Goal {
  if (action.do === 'stage' || action.do === 'commit') return { ...aim, isReplaced: true }
  const isEnd = aim.compromised === 'previous' || aim.isReplaced === true || policy.isEmergency === true
  return action.do === 'retire' && isEnd ? { do: 'settle' } : aim
}

/** One verb. Gives what is known of the secret afterwards; `undefined` where the store has to be asked. */
async function perform(
  subject: Subject,
  action: Action,
  observed: Observation,
): Promise<Observation | undefined> {
  const { name, store, signal } = subject
  switch (action.do) {
    case 'stage': {
      await subject.admit(observed)
      const candidate = await subject.candidate()
      if (subject.mark.mode === 'emergency') await lockDown(subject, action.base)
      await subject.hooks.run('beforeStage', {
        ...{ version: `after:${action.base}`, phase: 'rotate' },
        values: async () => {
          const current = await subject.read('current')
          return current === undefined ? {} : { old: current.value }
        },
      })
      return afterStage(
        subject,
        observed,
        await store.stage(name, action.base, candidate, subject.mark, signal),
      )
    }
    case 'commit': {
      const times = { at: action.at, deadline: action.deadline }
      return (await store.commit(name, action.pending, times, signal)) ?? undefined
    }
    case 'announce': {
      const { pending, at } = action
      if (store.announce === undefined) throw cannotAnnounce(name)
      await store.announce(name, pending, at, signal)
      return { ...observed, pending: { ...pending, announced: at } }
    }
    default:
      await performOther(subject, action, observed)
      return undefined
  }
}

/**
 * What a run of its own has staged needs no second look: `commit` is conditional on it. Another run's value does, and
 * so does a store whose election is over only after a while.
 */
function afterStage(
  { store, mark }: Subject,
  observed: Observation,
  pending: Pending,
): Observation | undefined {
  if (pending.mark.runId !== mark.runId || store.guarantees.election === 'time-bound') return undefined
  const { value: _, ...facts } = pending
  return { ...observed, pending: { ...facts, announced: false } }
}

async function performOther(subject: Subject, action: Action, observed: Observation): Promise<void> {
  const { name, store, signal } = subject
  switch (action.do) {
    case 'record':
      await store.record(name, action.version, { deadline: action.deadline }, signal)
      return
    case 'abort':
      await giveUp(subject, action.pending)
      return
    case 'revert':
      await goBack(subject, action)
      return
    case 'retire':
      await retire(subject, action, observed)
      return
    case 'apply':
    case 'verify-staged':
      if (action.pending !== undefined) await proveStaged(subject, action.do, action.pending)
      return
    case 'verify':
      await prove(subject, action.version, observed)
      return
    case 'announce':
    case 'stage':
    case 'commit':
    case 'none':
    case 'refuse':
  }
}

function refuseTaken({ taken, nextTaken }: Observation, { steps }: RotationPolicy): void {
  const name = taken ?? (steps.includes('announce') ? nextTaken : undefined)
  if (name === undefined) return
  throw new SecretsError('rotation.name_taken', `"${name}" holds something that this tool did not write`, {
    hints: [
      'a value of the rotation would have to stand there: rename or remove it, or retire it by hand, then run again',
    ],
  })
}

/** A store that cannot rotate is one in which nothing was ever rotated. */
export function rotationOf(provider: Provider, target: string): RotationStore {
  return provider.rotation ?? lookOnly(provider, target)
}
