import type { Context } from '../../context.ts'
import type { RotationPlan } from '../../core/rotation/plan-file.ts'
import type { Goal } from '../../core/rotation/plan.ts'
import { mapParallel } from '../../core/parallel.ts'
import { type Inventory, type SecretFacts, withInventory } from '../inventory.ts'
import { requireChosen } from '../targets.ts'
import { tellOfFailure, tellOfReport } from '../notify/rotation.ts'
import { prepareCandidates, requireHookTrust, requirePlanned } from './candidates.ts'
import { type Ask, requireConsent } from './consent.ts'
import { preview, pursue, type Subject } from './engine.ts'
import { lookingAhead } from './look-ahead.ts'
import { plannedSecrets, readPlan, writePlan } from './plan-file.ts'
import { plannedSteps } from './plan-text.ts'
import { refusalError } from './refusal.ts'
import { alsoIn, type Candidate, ReportBuilder, type RotationEntry, type RotationReport } from './report.ts'
import { absentError, allSecrets, namedSecrets, secretsNamed } from './select.ts'
import { statusData } from './status-data.ts'
import { hooksFor, scheduleOf } from './subject.ts'

export type { RotationEntry, RotationReport } from './report.ts'

export interface RotateRequest {
  readonly goal: Goal
  /** Named secrets, or every one that is ours. */
  readonly which: { readonly names: readonly string[] } | 'all'
  readonly grace?: number
  readonly isDryRun: boolean
  /** `--yes`: what would be asked is confirmed. */
  readonly isConfirmed: boolean
  /** `--value-file`: where the value of a secret of the kind `manual` stands. */
  readonly valueFile?: string
  /** `--plan`: only looked at, and what would be done is written there. */
  readonly planTo?: string
  /** `--max-failures`: after so many failures no further rotation is started; what is open is still finished. */
  readonly maxFailures?: number
  /** `--apply`: exactly what that plan says, as long as nothing has moved. */
  readonly apply?: string
}

interface Found {
  readonly candidate: Candidate
  readonly entry: RotationEntry
}

/**
 * One goal for some secrets, one after the other. Named secrets are looked at first, all of them: where one is
 * refused nothing is changed. With `all`, refused kinds are skipped and listed, and a failure does not stop the rest.
 * `ask`: puts the plan before a person, where the environment wants that.
 */
export async function runRotation(
  context: Context,
  request: RotateRequest,
  ask?: Ask,
): Promise<RotationReport> {
  const plan = request.apply === undefined ? undefined : await readPlan(context, request.apply)
  const own = withEnvironment(
    context,
    plan?.env ?? (isUrgent(request) ? (context.options.env ?? 'all') : undefined),
  )
  const names = plan?.secrets.map(({ name }) => name)
  const asked = names === undefined ? request : { ...request, which: { names } }
  return await withInventory(own, async inventory => {
    const report = await rotateIn(own, inventory, asked, { plan, ask })
    return await tellOfReport(own, inventory, asked, report)
  }).catch((thrown: unknown) => tellOfFailure(own, asked, thrown))
}

function withEnvironment(context: Context, env: string | undefined): Context {
  return env === undefined ? context : { ...context, options: { ...context.options, env } }
}

async function rotateIn(
  context: Context,
  inventory: Inventory,
  request: RotateRequest,
  { plan, ask }: { readonly plan: RotationPlan | undefined; readonly ask: Ask | undefined },
): Promise<RotationReport> {
  const targets = inventory.targets.map(({ config }) => config)
  requireChosen(context, inventory.manifest, targets)
  const { isDryRun, planTo } = request
  const isLook = isDryRun || planTo !== undefined
  const secrets =
    plan === undefined
      ? await chosenSecrets(context, inventory, request)
      : await plannedSecrets(context, inventory, plan)
  const report = new ReportBuilder(isLook)
  const candidates = await prepareCandidates(context, inventory, secrets, request, { report, plan })
  if (!isLook) await requireHookTrust(context, inventory, candidates)
  const isSeen = isLook || (isUrgent(request) ? !request.isConfirmed : request.which !== 'all')
  const seenBy = isLook || !isUrgent(request) ? report : new ReportBuilder(true)
  const found = isSeen ? await lookAtAll(context, inventory, candidates, request, seenBy) : []
  if (plan !== undefined)
    for (const { facts, seen = {} } of candidates) requirePlanned(plan, facts, seen, context.clock.now())
  if (isLook) report.rotations.push(...found.map(({ entry }) => entry))
  if (planTo !== undefined) await writePlan(context, planTo, inventory, found, request.grace)
  if (isLook) return report.finish(planTo)
  if (plan === undefined)
    await requireConsent(
      context,
      request,
      candidates,
      found.map(({ entry }) => entry),
      ask,
    )
  await pursueAll(context, candidates, request, report)
  return report.finish()
}

/** A value that leaked is replaced wherever it is: everything that can be done is done, whatever fails beside it. */
function isUrgent({ goal }: RotateRequest): boolean {
  return goal.do === 'emergency'
}

async function chosenSecrets(
  context: Context,
  inventory: Inventory,
  request: RotateRequest,
): Promise<readonly SecretFacts[]> {
  const { which } = request
  const find = isUrgent(request) ? secretsNamed : namedSecrets
  const found =
    which === 'all' ? await allSecrets(context, inventory) : await find(context, inventory, which.names)
  // A copy is changed with its leader; by itself it is only brought to its end: finished, and its old value retired.
  const isEnding = request.goal.do === 'due' || request.goal.do === 'settle'
  return isEnding ? found : found.filter(({ copyOf }) => copyOf === undefined)
}

async function lookAtAll(
  context: Context,
  inventory: Inventory,
  candidates: readonly Candidate[],
  request: RotateRequest,
  report: ReportBuilder,
): Promise<readonly Found[]> {
  const isAll = request.which === 'all' || isUrgent(request)
  const found: Found[] = []
  for (const candidate of candidates) {
    try {
      const entry = await lookAt(context, inventory, candidate, request)
      if (!isAll || entry.plan?.length !== 0) found.push({ candidate, entry })
    } catch (thrown) {
      if (!isAll) throw thrown
      report.fail(candidate, thrown)
    }
  }
  return found
}

async function lookAt(
  context: Context,
  inventory: Inventory,
  candidate: Candidate,
  request: RotateRequest,
): Promise<RotationEntry> {
  const { facts, subject } = candidate
  const now = context.clock.now()
  const { observed, state, policy, action } = await preview(subject, request.goal)
  if (state.word === 'absent') throw await absentError(context, inventory, facts.name)
  if (action.do === 'refuse') throw refusalError(facts.name, action, state, now)
  candidate.seen = observed
  const standing = { name: facts.name, target: facts.target, observed, state, policy }
  const plan = plannedSteps(action, request.goal, policy, now, hooksFor(facts))
  const schedule = scheduleOf(facts).sources.every
  const also = alsoIn(candidate.followers)
  return { ...statusData({ ...standing, schedule }, now), ...also, action: 'none', plan }
}

async function pursueAll(
  context: Context,
  candidates: readonly Candidate[],
  request: RotateRequest,
  report: ReportBuilder,
): Promise<void> {
  if (!isUrgent(request)) {
    await pursueEach(context, candidates, request, report)
    return
  }
  const targets = new Set(candidates.map(({ facts }) => facts.target))
  await mapParallel([...targets], storesAtOnce, async target => {
    const own = candidates.filter(({ facts }) => facts.target === target)
    await pursueEach(context, own, request, report)
  })
}

/** Enough that one slow store holds up nobody. */
const storesAtOnce = 16

/** The schedule asks for nothing new; what is open goes on. */
function startingNothing(subject: Subject): Subject {
  return { ...subject, policyFor: observed => ({ ...subject.policyFor(observed), every: 'never' }) }
}

async function pursueEach(
  context: Context,
  candidates: readonly Candidate[],
  request: RotateRequest,
  report: ReportBuilder,
): Promise<void> {
  for await (const candidate of request.which === 'all' ? lookingAhead(candidates) : candidates) {
    const { facts, seen } = candidate
    const isHeld = report.failures >= (request.maxFailures ?? Number.POSITIVE_INFINITY)
    const subject = isHeld ? startingNothing(candidate.subject) : candidate.subject
    try {
      const pursuit = await pursue(subject, request.goal, seen)
      if (isHeld) report.holdBack(facts, pursuit, candidate.subject, context.clock.now())
      const now = context.clock.now()
      if (pursuit.end.do === 'refuse') throw refusalError(facts.name, pursuit.end, pursuit.state, now)
      if (request.which === 'all' && pursuit.steps.length === 0) continue
      report.add(candidate, pursuit, now)
      const isInGrace = pursuit.steps.includes('commit') && !pursuit.steps.includes('retire')
      const isNew = isInGrace || pursuit.steps.includes('announce')
      if (pursuit.before.rotation === undefined && isNew) report.first.push(facts.name)
      for (const trouble of subject.troubles) report.fail(candidate, trouble)
    } catch (thrown) {
      report.fail(candidate, thrown)
      if (context.signal.aborted) return
    }
  }
}
