import type { Context } from '../../context.ts'
import type { Observation } from '../../core/rotation/port.ts'
import { stateOf, stateWord } from '../../core/rotation/state.ts'
import { planFault, type RotationPlan } from '../../core/rotation/plan-file.ts'
import type { Inventory, SecretFacts } from '../inventory.ts'
import { findOtherPlaces, type OtherPlace, refuseCopies, refuseKind } from './admission.ts'
import { Followers } from './followers.ts'
import { isGiven, readGivenValue, refuseValue } from './given-value.ts'
import { checkGrace } from './grace.ts'
import { SecretHooks } from './hooks.ts'
import { stalePlan } from './plan-file.ts'
import { Preflight } from './preflight.ts'
import type { Candidate, ReportBuilder } from './report.ts'
import type { RotateRequest } from './rotate.ts'
import { hooksFor, newRunId, subjectOf } from './subject.ts'

/** What the engine needs for each secret, and why a rotation of it may not start, where it may not. */
export async function prepareCandidates(
  context: Context,
  inventory: Inventory,
  secrets: readonly SecretFacts[],
  request: RotateRequest,
  { report, plan }: { readonly report: ReportBuilder; readonly plan: RotationPlan | undefined },
): Promise<readonly Candidate[]> {
  const isEmergency = request.goal.do === 'emergency'
  const mark = { runId: newRunId(context), mode: isEmergency ? 'emergency' : 'scheduled' } as const
  const grace = plan?.grace ?? request.grace
  const run = grace === undefined ? { mark } : { mark, grace }
  const candidates: Candidate[] = []
  const preflight = new Preflight(context, secrets, request)
  for (const facts of secrets) {
    const followers = new Followers(context, inventory, facts, run)
    const places = (await findOtherPlaces(context, inventory, facts)).filter(
      ({ target, name }) => !followers.covers(target, name),
    )
    const refusal =
      refuseKind(facts, places, isEmergency) ??
      refuseValue(context, facts, request) ??
      (isEmergency ? undefined : checkGrace(facts, grace, request.isConfirmed || plan !== undefined))
    const admit = async (observed: Observation): Promise<void> => {
      if (refusal !== undefined) throw refusal
      if (plan !== undefined) requirePlanned(plan, facts, observed)
      if (!followers.isEmpty) {
        const current = await facts.target.provider.read(facts.name, 'current', context.signal)
        await followers.admit(current?.value)
        if (followers.copies.length > 0 && !isEmergency) refuseCopies(facts, followers.copies)
      }
      await preflight.check(facts, followers.elsewhere(facts.target))
    }
    if (refusal === undefined && (isEmergency || request.goal.do === 'rotate'))
      noteUnreachable(context, facts, places)
    const hooks = new SecretHooks(context, facts, {
      ...{ hooks: hooksFor(facts), records: report.hooks, manifest: inventory.manifest },
    })
    const parts = isGiven(facts)
      ? { run, hooks, followers, admit, givenValue: () => readGivenValue(context, facts, request.valueFile) }
      : { run, hooks, followers, admit }
    // What leaked and may not be changed is a failure, not something to skip.
    candidates.push({
      ...{ facts, followers },
      refusal: isEmergency ? undefined : refusal,
      subject: subjectOf(context, facts, parts),
    })
  }
  return candidates
}

/** What the manifest says is rotated is rotated; where else the value stands, nobody else would tell. */
function noteUnreachable(context: Context, { name }: SecretFacts, places: readonly OtherPlace[]): void {
  if (places.length === 0) return
  const shown = places.map(({ path, line, name: other }) => `${path}:${String(line)} (${other})`).join(', ')
  context.terminal.note(
    `note: the value of "${name}" stands in places that are not changed with it: ${shown}`,
  )
}

/** `now`: before the first change, when the state has to be the same too. Throws `rotation.plan_stale` where the secret is not as it was when the plan was made. */
export function requirePlanned(
  plan: RotationPlan,
  { name, target }: SecretFacts,
  observed: Observation,
  now?: number,
): void {
  const fault = planFault(plan, {
    ...{ name, environment: target.config.environment, target: target.config.id },
    provider: target.config.provider,
    ...(now === undefined ? {} : { state: stateWord(stateOf(observed), now) }),
    version: observed.current?.version ?? null,
    pending: observed.pending?.version ?? null,
  })
  if (fault !== undefined) throw stalePlan(`"${name}" ${fault}`)
}

/** On every store: a hook runs a program or calls an address because a file of the repository says so. */
export async function requireHookTrust(
  context: Context,
  { manifest }: Inventory,
  candidates: readonly Candidate[],
): Promise<void> {
  const isNeeded = candidates.some(({ facts }) => Object.keys(hooksFor(facts)).length > 0)
  if (!isNeeded || manifest === undefined) return
  const { requireTrust } = await import('../trust/require.ts')
  await requireTrust(context, manifest)
}
