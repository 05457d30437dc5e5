import { formatInstant, type Instant } from '../../core/instant.ts'
import type { HookName, Hooks } from '../../core/manifest/manifest.ts'
import { stepsOfHook } from '../../core/rotation/hook-plan.ts'
import { type Action, announcedUntil, type Goal, type RotationPolicy } from '../../core/rotation/plan.ts'
import { type HookClaim, whatRuns } from '../../core/trust/claims.ts'

/** What a run did to one secret, in the words of the commands. */
export type RotationAction =
  'rotate' | 'announce' | 'resume' | 'retire' | 'rollback' | 'abort' | 'repair' | 'none'

export interface Planned {
  readonly step: Action['do'] | HookName
  /** What a hook runs or calls; of an address no more than its host. */
  readonly hook?: Pick<HookClaim, 'run' | 'env' | 'http' | 'tcp'>
  /** Until when or from when, RFC 3339. */
  readonly at?: string
}

export function actionOf(steps: readonly Action['do'][]): RotationAction {
  if (steps.includes('announce') && !steps.includes('commit')) return 'announce'
  if (steps.includes('stage')) return 'rotate'
  if (steps.includes('commit')) return 'resume'
  if (steps.includes('revert')) return 'rollback'
  if (steps.includes('abort')) return 'abort'
  if (steps.includes('retire')) return 'retire'
  return steps.length > 0 ? 'repair' : 'none'
}

/** After the previous value of an emergency is gone; the base is not looked at. */
const stageNext: Action = { do: 'stage', base: '' }

/** The steps that would follow from the first one, with the time of each deadline, hooks among them. */
export function plannedSteps(
  first: Action,
  goal: Goal,
  policy: RotationPolicy,
  now: Instant,
  hooks: Hooks,
): readonly Planned[] {
  const of = (...names: readonly HookName[]): readonly Planned[] => hookSteps(hooks, names)
  const proof = of('afterCommit', 'verify')
  const isUrgent = goal.do === 'emergency'
  const grace = isUrgent ? 0 : policy.grace
  const { announce, flipped } = announcing(first, isUrgent, policy, now)
  const last = isUrgent ? of('afterRetire', 'invalidate') : of('afterRetire')
  const retire: readonly Planned[] = [
    ...of('reencrypt', 'revoke'),
    { step: 'retire', at: formatInstant(flipped + grace) },
    ...last,
  ]
  const flip: readonly Planned[] = [{ step: 'commit', at: formatInstant(flipped) }, ...proof, ...retire]
  switch (first.do) {
    case 'stage':
      return [
        ...(isUrgent ? of('onEmergency') : []),
        ...of('beforeStage'),
        { step: 'stage' },
        ...announce,
        ...of('apply', 'verifyStaged'),
        ...flip,
      ]
    case 'announce':
    case 'apply':
      return [...announce, ...of('apply', 'verifyStaged'), ...flip]
    case 'verify-staged':
      return [...of('verifyStaged'), ...flip]
    case 'commit':
      return flip
    case 'verify':
      return proof
    case 'retire':
      return [
        ...of('reencrypt', 'revoke'),
        { step: 'retire' },
        ...last,
        ...(isUrgent && goal.compromised !== 'previous'
          ? plannedSteps(stageNext, goal, policy, now, hooks)
          : []),
      ]
    case 'abort':
      return [...of('apply'), { step: 'abort' }, ...of('revoke')]
    case 'revert':
      return [...of('apply'), { step: 'revert' }, ...of('afterCommit', 'revoke')]
    case 'record':
      return [{ step: 'record', at: formatInstant(first.deadline) }, ...proof]
    case 'none':
    case 'refuse':
      return []
  }
}

/** Where a value is announced first, and when it becomes current then. */
function announcing(
  first: Action,
  isUrgent: boolean,
  policy: RotationPolicy,
  now: Instant,
): { readonly announce: readonly Planned[]; readonly flipped: Instant } {
  const isAhead = (first.do === 'stage' && !isUrgent) || first.do === 'announce'
  if (!isAhead || !policy.steps.includes('announce')) return { announce: [], flipped: now }
  return {
    announce: [{ step: 'announce', at: formatInstant(now) }],
    flipped: announcedUntil(now, policy),
  }
}

function hookSteps(hooks: Hooks, names: readonly HookName[]): readonly Planned[] {
  return names.flatMap(name => stepsOfHook(hooks, name).map(step => ({ step: name, hook: whatRuns(step) })))
}
