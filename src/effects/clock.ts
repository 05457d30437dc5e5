import type { Clock } from '../context.ts'

/**
 * The machine's clock. `SECRETS_CLOCK_OFFSET` (milliseconds) shifts it: for rehearsals and tests of deadlines that are
 * days away; it moves only what this process believes, and it says so.
 */
export function systemClock(
  env: Readonly<Record<string, string | undefined>>,
  note: (line: string) => void,
): Clock {
  const offset = Number(env['SECRETS_CLOCK_OFFSET'] ?? '0')
  const shift = Number.isSafeInteger(offset) ? offset : 0
  // Never silently: a variable that somebody forgot would make every deadline wrong.
  if (shift !== 0) note(`note: SECRETS_CLOCK_OFFSET shifts the clock by ${String(shift / 1000)} s`)
  return { now: () => Date.now() + shift }
}
