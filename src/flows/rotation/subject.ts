import type { Context } from '../../context.ts'
import { type ResolvedPolicy, resolveRotationPolicy } from '../../core/policy.ts'
import type { Instant } from '../../core/instant.ts'
import type { Hooks } from '../../core/manifest/manifest.ts'
import { hooksOf, optionalSteps } from '../../core/rotation/hook-plan.ts'
import { findKind } from '../../core/rotation/kinds/index.ts'
import type { OptionalStep, RotationPolicy } from '../../core/rotation/plan.ts'
import { spreadOf } from '../../core/rotation/spread.ts'
import type { Mark, Observation } from '../../core/rotation/port.ts'
import { parseForm } from '../../core/form.ts'
import type { Secret } from '../../core/secret.ts'
import type { SecretFacts } from '../inventory.ts'
import { rotationOf, type Subject } from './engine.ts'
import type { Followers } from './followers.ts'
import type { SecretHooks } from './hooks.ts'

export interface RunOptions {
  /** Milliseconds, from `--grace`. */
  readonly grace?: number
  readonly mark: Mark
}

/** The default where nobody says how a value looks: 256 bits in a form that every reader reads alike. */
const defaultForm = 'hex:32'

export interface SubjectParts {
  readonly run: RunOptions
  readonly hooks: SecretHooks
  readonly followers: Followers
  /** Throws where the kind of the secret, or what the run may do, forbids that a rotation starts. */
  readonly admit: (observed: Observation) => Promise<void>
  /** A value that a person brings; absent where it is made here. */
  readonly givenValue?: () => Promise<Secret>
}

export function subjectOf(context: Context, facts: SecretFacts, parts: SubjectParts): Subject {
  const { name, target } = facts
  const { run, hooks, followers, admit, givenValue } = parts
  const hasFollowers = !followers.isEmpty
  const done = new Map<string, Set<OptionalStep>>()
  const doneOf = (version: string): Set<OptionalStep> => done.get(version) ?? new Set()
  return {
    troubles: [],
    ...{ name, admit, hooks, followers, hasFollowers, environment: target.config.environment },
    store: rotationOf(target.provider, target.config.id),
    mark: run.mark,
    signal: context.signal,
    now: () => context.clock.now(),
    read: version => target.provider.read(name, version, context.signal),
    markDone(version, step) {
      done.set(version, doneOf(version).add(step))
    },
    policyFor: observed => ({
      ...withFollowers(policyOf(facts, observed, run.grace), hasFollowers),
      done: doneOf(observed.pending?.version ?? observed.current?.version ?? ''),
    }),
    async candidate() {
      if (givenValue !== undefined) return await givenValue()
      const { generateValue } = await import('../../generators/index.ts')
      return await generateValue(parseForm(facts.form ?? defaultForm), context.random)
    },
  }
}

/** They are changed in the step that proves the new value: until then the rotation is not done. */
export function withFollowers(policy: RotationPolicy, hasFollowers: boolean): RotationPolicy {
  if (!hasFollowers || policy.steps.includes('verify')) return policy
  return { ...policy, mustVerify: true, steps: [...policy.steps, 'verify'] }
}

/** What contains another secret, or repeats it elsewhere, is changed with it, and that one's hooks run for both. */
export function hooksFor({ variable, target, copyOf }: SecretFacts): Hooks {
  if (copyOf !== undefined || variable?.rotate?.kind === 'composite') return {}
  return hooksOf(variable, target.environment)
}

/** The rotation's own record knows best when the value was made, then the store, then init. */
export function sinceOf(facts: SecretFacts, observed: Observation): Instant | undefined {
  const { current, rotation } = observed
  if (current === undefined) return undefined
  if (rotation === undefined) return current.since ?? facts.since
  if (rotation.version !== current.version) return current.since
  return rotation.at ?? current.since ?? facts.since
}

export function policyOf(facts: SecretFacts, observed: Observation, grace?: number): RotationPolicy {
  const resolved = scheduleOf(facts)
  const kind = facts.variable?.rotate?.kind
  const own = kind === undefined ? [] : (findKind(kind).steps ?? [])
  const steps = [...own, ...optionalSteps(hooksFor(facts))]
  return {
    grace: grace ?? resolved.grace,
    every: resolved.every,
    spread:
      resolved.every === 'never' ? 0 : spreadOf(`${facts.target.config.id}/${facts.name}`, resolved.every),
    refresh: resolved.refreshTtl ?? 0,
    since: sinceOf(facts, observed),
    mustVerify: steps.includes('verify'),
    steps,
    done: new Set(),
    isEmergency: isEmergencyOpen(observed),
  }
}

/** What was begun as an emergency goes on as one, whoever goes on with it. */
function isEmergencyOpen({ pending, rotation }: Observation): boolean {
  if (pending !== undefined) return pending.mark.mode === 'emergency'
  return rotation?.mode === 'emergency' && rotation.previous?.status === 'accepted'
}

export function scheduleOf({ name, form, declared, target }: SecretFacts): ResolvedPolicy {
  return resolveRotationPolicy({
    name,
    environment: target.config.environment,
    ...(form === undefined ? {} : { form }),
    ...(declared === undefined ? {} : { manifestVariable: declared }),
    ...(target.environment === undefined ? {} : { manifestEnvironment: target.environment }),
  })
}

/** 128 random bits: names the run in what it stages, so that another runner can tell whose value it adopts. */
export function newRunId(context: Context): string {
  return Buffer.from(context.random.bytes(16)).toString('hex')
}
