import type { Context } from '../../context.ts'
import { canonicalName } from '../../core/environment.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Candidate, RotationEntry } from './report.ts'
import type { RotateRequest } from './rotate.ts'

/** Shows what would be done, and gives what the person says to it. */
export type Ask = (entries: readonly RotationEntry[]) => Promise<boolean>

/**
 * A new rotation in production is agreed to by somebody: by a person who has seen what will happen, by `--yes`, by a
 * reviewed plan, or, with `--due`, by the schedule of the manifest. What only finishes or takes back needs nothing.
 */
export async function requireConsent(
  context: Context,
  request: RotateRequest,
  candidates: readonly Candidate[],
  entries: readonly RotationEntry[],
  ask: Ask | undefined,
): Promise<void> {
  const isProduction = candidates.some(
    ({ facts, refusal }) =>
      refusal === undefined && canonicalName(facts.target.config.environment) === 'production',
  )
  const isUrgent = request.goal.do === 'emergency'
  const isAsked = isUrgent || (isProduction && request.goal.do === 'rotate')
  if (!isAsked || request.isConfirmed) return
  const isAgreed = context.terminal.isInteractive && ask !== undefined && (await ask(entries))
  if (isAgreed) return
  if (context.terminal.isInteractive) {
    throw new SecretsError('usage.interrupted', 'not confirmed; nothing was changed')
  }
  if (isUrgent) {
    throw new SecretsError(
      'usage.needs_confirmation',
      'nobody has agreed to an emergency: the old value is refused everywhere at once',
      { hints: ['see what would happen: --dry-run', 'agree to it: --yes'] },
    )
  }
  throw new SecretsError('usage.needs_confirmation', 'nobody has agreed to a rotation in production', {
    hints: [
      'see what would happen: secrets rotate … --dry-run',
      'agree to it: --yes, or a reviewed plan: --plan <file>, then --apply <file>',
      'what the schedule of the manifest asks for needs no word: secrets rotate --due',
    ],
  })
}
