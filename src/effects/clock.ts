import type { Clock } from '../context.ts'

/**
 * The machine's clock. `SECRETS_CLOCK_OFFSET` (milliseconds) shifts it: for rehearsals and tests of deadlines that are
 * days away; it moves only what this process believes, and every deadline it writes shows it.
 */
export function systemClock(env: Readonly<Record<string, string | undefined>>): Clock {
  const offset = Number(env['SECRETS_CLOCK_OFFSET'] ?? '0')
  const shift = Number.isSafeInteger(offset) ? offset : 0
  return { now: () => Date.now() + shift }
}
