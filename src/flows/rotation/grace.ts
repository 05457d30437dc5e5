import { formatDuration } from '../../core/duration.ts'
import { SecretsError } from '../../core/errors.ts'
import type { SecretFacts } from '../inventory.ts'
import { scheduleOf } from './subject.ts'

const hour = 3_600_000

/**
 * Whether the grace is long enough for what the manifest says of the readers (twice the refresh time; refresh time and
 * the life of a token together), and over before the next rotation is due. Under an hour in production it needs `--yes`.
 */
export function checkGrace(
  facts: SecretFacts,
  asked: number | undefined,
  isConfirmed: boolean,
): SecretsError | undefined {
  const { name, target } = facts
  const { minimumGrace: needed, refreshTtl = 0, tokenTtl = 0, grace: usual, every } = scheduleOf(facts)
  const grace = asked ?? usual
  if (grace < needed) {
    const sum =
      tokenTtl > refreshTtl
        ? `the refresh time of ${formatDuration(refreshTtl)} + the life of a token of ${formatDuration(tokenTtl)}`
        : `2 × the refresh time of ${formatDuration(refreshTtl)}`
    return new SecretsError(
      'usage.invalid_argument',
      `a grace of ${formatDuration(grace)} is too short for "${name}": its readers need ${formatDuration(needed)}`,
      {
        hints: [
          `${sum}, as the manifest says; use --grace ${formatDuration(needed).replaceAll(' ', '')} or more`,
        ],
      },
    )
  }
  if (every !== 'never' && grace >= every) {
    return new SecretsError(
      'usage.invalid_argument',
      `a grace of ${formatDuration(grace)} for "${name}" would outlast its period of ${formatDuration(every)}`,
      {
        hints: [
          'the next rotation waits until the last one is over: shorten the grace, or rotate less often',
        ],
      },
    )
  }
  const isRisky = target.config.environment === 'production' && grace < hour && !isConfirmed
  if (!isRisky) return undefined
  return new SecretsError('usage.needs_confirmation', `a grace of ${formatDuration(grace)} in production`, {
    hints: ['readers that have not reloaded by then are refused; add --yes if that is meant'],
  })
}
