import { createHash } from 'node:crypto'

/** Of the interval: a day of thirty. */
const part = 30

/**
 * How much earlier than its interval says a secret is due, in milliseconds, so that those which were made together are
 * not all due together. The same for everybody, always: from what the secret is called, without randomness. Never
 * later: nothing gets older than its interval.
 */
export function spreadOf(id: string, every: number): number {
  const fraction = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32
  return Math.floor((fraction * every) / part)
}
