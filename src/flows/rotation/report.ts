import { SecretsError } from '../../core/errors.ts'
import type { Observation } from '../../core/rotation/port.ts'
import { isDue } from '../../core/rotation/plan.ts'
import type { SecretFacts } from '../inventory.ts'
import type { Pursuit, Subject } from './engine.ts'
import type { Followers } from './followers.ts'
import type { HookRecord } from './hooks.ts'
import { actionOf, type Planned, type RotationAction } from './plan-text.ts'
import { type SecretStatus, statusData } from './status-data.ts'
import { scheduleOf } from './subject.ts'

export interface RotationEntry extends SecretStatus {
  readonly action: RotationAction
  /** Ids of the other targets of the environment that hold the same value: it is changed there too. */
  readonly also?: readonly string[]
  /** Only for a dry run: what would happen, in order. */
  readonly plan?: readonly Planned[]
}

export interface RotationReport {
  readonly rotations: readonly RotationEntry[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  readonly failed: readonly { readonly name: string; readonly code: string; readonly message: string }[]
  /** What was run for it, in order, with what it printed. */
  readonly hooks: readonly HookRecord[]
  readonly dryRun: boolean
  /** The file that a plan was written to, as it was named. */
  readonly plan?: string
  /** Names whose first rotation this was: their application has to learn to accept both values. */
  readonly first: readonly string[]
  /** The first failure, for the exit code and the error beside the data. */
  readonly error?: SecretsError
}

export interface Candidate {
  readonly facts: SecretFacts
  readonly subject: Subject
  readonly followers: Pick<Followers, 'copies'>
  readonly refusal: SecretsError | undefined
  /** What the look before any change found. */
  seen?: Observation
}

export class ReportBuilder {
  readonly rotations: RotationEntry[] = []
  readonly hooks: HookRecord[] = []
  readonly first: string[] = []
  readonly #skipped: { name: string; reason: string }[] = []
  readonly #failed: SecretsError[] = []
  readonly #names: string[] = []
  readonly #isDryRun: boolean

  constructor(isDryRun: boolean) {
    this.#isDryRun = isDryRun
  }

  add({ facts, followers }: Candidate, pursuit: Pursuit, now: number): void {
    const { observed, state, policy, steps } = pursuit
    const standing = { name: facts.name, target: facts.target, observed, state, policy }
    const schedule = scheduleOf(facts).sources.every
    this.rotations.push({
      ...statusData({ ...standing, schedule }, now),
      ...alsoIn(followers),
      action: actionOf(steps),
    })
  }

  /** A kind that `rotate` alone may not change is skipped, not failed: `--due` and `--all` go on without it. */
  fail({ facts, refusal }: Candidate, thrown: unknown): void {
    if (refusal !== undefined && thrown === refusal) {
      this.#skipped.push({ name: facts.name, reason: `${refusal.code}: ${refusal.message}` })
      return
    }
    if (!(thrown instanceof SecretsError)) throw thrown
    this.#failed.push(thrown)
    this.#names.push(facts.name)
  }

  get failures(): number {
    return this.#failed.length
  }

  /** What would have been started, had not too much failed before. */
  holdBack({ name }: SecretFacts, { end, observed }: Pursuit, subject: Subject, now: number): void {
    if (end.do !== 'none' || end.why !== 'not_due' || !isDue(subject.policyFor(observed), now)) return
    this.#skipped.push({ name, reason: 'not started: too many rotations have failed in this run' })
  }

  finish(plan?: string): RotationReport {
    const worst = this.#failed.find(error => error.exitCode === 2) ?? this.#failed[0]
    return {
      rotations: this.rotations,
      skipped: this.#skipped,
      failed: this.#failed.map(({ code, message }, index) => ({
        name: this.#names[index] ?? '',
        code,
        message,
      })),
      hooks: this.hooks,
      dryRun: this.#isDryRun,
      ...(plan === undefined ? {} : { plan }),
      first: this.first,
      ...(worst === undefined ? {} : { error: worst }),
    }
  }
}

/** For an entry of the report. */
export function alsoIn({ copies }: Pick<Followers, 'copies'>): Pick<RotationEntry, 'also'> {
  return copies.length === 0 ? {} : { also: copies }
}
