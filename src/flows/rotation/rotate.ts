import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Goal } from '../../core/rotation/plan.ts'
import type { Observation } from '../../core/rotation/port.ts'
import { type Inventory, withInventory, type SecretFacts } from '../inventory.ts'
import { requireChosen } from '../targets.ts'
import { tellOfFailure, tellOfReport } from '../notify/rotation.ts'
import { findOtherPlaces, refuseKind } from './admission.ts'
import { preview, pursue, type Pursuit, type Subject } from './engine.ts'
import { checkGrace } from './grace.ts'
import { actionOf, type Planned, plannedSteps, type RotationAction } from './plan-text.ts'
import { refusalError } from './refusal.ts'
import { absentError, allSecrets, namedSecrets } from './select.ts'
import { type SecretStatus, statusData } from './status-data.ts'
import { newRunId, scheduleOf, subjectOf } from './subject.ts'

export interface RotateRequest {
  readonly goal: Goal
  /** Named secrets, or every one that is ours. */
  readonly which: { readonly names: readonly string[] } | 'all'
  readonly grace?: number
  readonly isDryRun: boolean
  /** `--yes`: what would be asked is confirmed. */
  readonly isConfirmed: boolean
}

export interface RotationEntry extends SecretStatus {
  readonly action: RotationAction
  /** Only for a dry run: what would happen, in order. */
  readonly plan?: readonly Planned[]
}

export interface RotationReport {
  readonly rotations: readonly RotationEntry[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  readonly failed: readonly { readonly name: string; readonly code: string; readonly message: string }[]
  readonly dryRun: boolean
  /** Names whose first rotation this was: their application has to learn to accept both values. */
  readonly first: readonly string[]
  /** The first failure, for the exit code and the error beside the data. */
  readonly error?: SecretsError
}

interface Candidate {
  readonly facts: SecretFacts
  readonly subject: Subject
  readonly refusal: SecretsError | undefined
  /** What the look before any change found. */
  seen?: Observation
}

/**
 * One goal for some secrets, one after the other. Named secrets are looked at first, all of them: where one is
 * refused nothing is changed. With `all`, refused kinds are skipped and listed, and a failure does not stop the rest.
 */
export async function runRotation(context: Context, request: RotateRequest): Promise<RotationReport> {
  return await withInventory(context, async inventory => {
    const targets = inventory.targets.map(({ config }) => config)
    requireChosen(context, inventory.manifest, targets)
    const isAll = request.which === 'all'
    const secrets =
      request.which === 'all'
        ? await allSecrets(context, inventory)
        : await namedSecrets(context, inventory, request.which.names)
    const candidates = await prepare(context, inventory, secrets, request)
    const report = new ReportBuilder(request.isDryRun)
    if (request.isDryRun || !isAll) await previewAll(context, inventory, candidates, request, report)
    if (!request.isDryRun) await pursueAll(context, candidates, request, report)
    return await tellOfReport(context, inventory, request, report.finish())
  }).catch((thrown: unknown) => tellOfFailure(context, request, thrown))
}

async function prepare(
  context: Context,
  inventory: Inventory,
  secrets: readonly SecretFacts[],
  request: RotateRequest,
): Promise<readonly Candidate[]> {
  const mark = { runId: newRunId(context), mode: 'scheduled' } as const
  const run = request.grace === undefined ? { mark } : { mark, grace: request.grace }
  const candidates: Candidate[] = []
  for (const facts of secrets) {
    const places = await findOtherPlaces(context, inventory, facts)
    const refusal = refuseKind(facts, places) ?? checkGrace(facts, request.grace, request.isConfirmed)
    const admit = (): void => {
      if (refusal !== undefined) throw refusal
    }
    candidates.push({ facts, refusal, subject: subjectOf(context, facts, run, admit) })
  }
  return candidates
}

async function previewAll(
  context: Context,
  inventory: Inventory,
  candidates: readonly Candidate[],
  request: RotateRequest,
  report: ReportBuilder,
): Promise<void> {
  const isAll = request.which === 'all'
  for (const candidate of candidates) {
    const { facts, subject } = candidate
    const now = context.clock.now()
    try {
      const { observed, state, policy, action } = await preview(subject, request.goal)
      if (state.word === 'absent') throw await absentError(context, inventory, facts.name)
      if (action.do === 'refuse') throw refusalError(facts.name, action, state, now)
      candidate.seen = observed
      if (!request.isDryRun || (isAll && action.do === 'none')) continue
      const standing = { name: facts.name, target: facts.target, observed, state, policy }
      const plan = plannedSteps(action, policy, now)
      const schedule = scheduleOf(facts).sources.every
      report.rotations.push({ ...statusData({ ...standing, schedule }, now), action: 'none', plan })
    } catch (thrown) {
      if (!isAll) throw thrown
      report.fail(candidate, thrown)
    }
  }
}

async function pursueAll(
  context: Context,
  candidates: readonly Candidate[],
  request: RotateRequest,
  report: ReportBuilder,
): Promise<void> {
  for (const candidate of candidates) {
    const { facts, subject, seen } = candidate
    try {
      const pursuit = await pursue(subject, request.goal, seen)
      const now = context.clock.now()
      if (pursuit.end.do === 'refuse') throw refusalError(facts.name, pursuit.end, pursuit.state, now)
      if (request.which === 'all' && pursuit.steps.length === 0) continue
      report.add(facts, pursuit, now)
      if (pursuit.before.rotation === undefined && pursuit.steps.includes('commit'))
        report.first.push(facts.name)
    } catch (thrown) {
      report.fail(candidate, thrown)
      if (context.signal.aborted) return
    }
  }
}

class ReportBuilder {
  readonly rotations: RotationEntry[] = []
  readonly first: string[] = []
  readonly #skipped: { name: string; reason: string }[] = []
  readonly #failed: SecretsError[] = []
  readonly #names: string[] = []
  readonly #isDryRun: boolean

  constructor(isDryRun: boolean) {
    this.#isDryRun = isDryRun
  }

  add(facts: SecretFacts, pursuit: Pursuit, now: number): void {
    const { observed, state, policy, steps } = pursuit
    const standing = { name: facts.name, target: facts.target, observed, state, policy }
    const schedule = scheduleOf(facts).sources.every
    this.rotations.push({ ...statusData({ ...standing, schedule }, now), action: actionOf(steps) })
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

  finish(): RotationReport {
    const worst = this.#failed.find(error => error.exitCode === 2) ?? this.#failed[0]
    return {
      rotations: this.rotations,
      skipped: this.#skipped,
      failed: this.#failed.map(({ code, message }, index) => ({
        name: this.#names[index] ?? '',
        code,
        message,
      })),
      dryRun: this.#isDryRun,
      first: this.first,
      ...(worst === undefined ? {} : { error: worst }),
    }
  }
}
