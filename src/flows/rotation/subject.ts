import type { Context } from '../../context.ts'
import { type ResolvedPolicy, resolveRotationPolicy } from '../../core/policy.ts'
import type { Instant } from '../../core/instant.ts'
import type { RotationPolicy } from '../../core/rotation/plan.ts'
import type { Mark, Observation } from '../../core/rotation/port.ts'
import { parseForm } from '../../core/form.ts'
import type { SecretFacts } from '../inventory.ts'
import { rotationOf, type Subject } from './engine.ts'

export interface RunOptions {
  /** Milliseconds, from `--grace`. */
  readonly grace?: number
  readonly mark: Mark
}

/** The default where nobody says how a value looks: 256 bits in a form that every reader reads alike. */
const defaultForm = 'hex:32'

export function subjectOf(context: Context, facts: SecretFacts, run: RunOptions, admit: () => void): Subject {
  const { name, target } = facts
  return {
    name,
    admit,
    store: rotationOf(target.provider, target.config.id),
    mark: run.mark,
    signal: context.signal,
    now: () => context.clock.now(),
    policyFor: observed => policyOf(facts, observed, run.grace),
    async candidate() {
      const { generateValue } = await import('../../generators/index.ts')
      return await generateValue(parseForm(facts.form ?? defaultForm), context.random)
    },
  }
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
  return {
    grace: grace ?? resolved.grace,
    every: resolved.every,
    since: sinceOf(facts, observed),
    mustVerify: false,
    steps: [],
    done: new Set(),
  }
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
