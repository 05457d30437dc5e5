import { formatInstant, type Instant } from '../../core/instant.ts'
import type { Action, RotationPolicy } from '../../core/rotation/plan.ts'

/** What a run did to one secret, in the words of the commands. */
export type RotationAction = 'rotate' | 'resume' | 'retire' | 'rollback' | 'abort' | 'repair' | 'none'

export interface Planned {
  readonly step: Action['do']
  /** Until when or from when, RFC 3339. */
  readonly at?: string
}

export function actionOf(steps: readonly Action['do'][]): RotationAction {
  if (steps.includes('stage')) return 'rotate'
  if (steps.includes('commit')) return 'resume'
  if (steps.includes('revert')) return 'rollback'
  if (steps.includes('abort')) return 'abort'
  if (steps.includes('retire')) return 'retire'
  return steps.length > 0 ? 'repair' : 'none'
}

/** The steps that would follow from the first one, with the time of each deadline. */
export function plannedSteps(first: Action, policy: RotationPolicy, now: Instant): readonly Planned[] {
  const deadline = formatInstant(now + policy.grace)
  const flip: readonly Planned[] = [
    { step: 'commit', at: formatInstant(now) },
    { step: 'retire', at: deadline },
  ]
  switch (first.do) {
    case 'none':
    case 'refuse':
      return []
    case 'stage':
      return [{ step: 'stage' }, ...flip]
    case 'commit':
      return flip
    case 'record':
      return [{ step: 'record', at: formatInstant(first.deadline) }]
    default:
      return [{ step: first.do }]
  }
}
