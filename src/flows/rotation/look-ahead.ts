import { mapParallel } from '../../core/parallel.ts'
import type { Candidate } from './report.ts'

/** Each store keeps its own rate: enough that the way there and back is not waited for a thousand times. */
export const looksAtOnce = 16
/** What is seen in advance is minutes old at most when it is its turn; every verb is conditional on it anyway. */
const windowSize = 64

/**
 * The same candidates in the same order, each looked at before its turn, several at once. A look that fails is made
 * again in its turn. What follows another secret is not: that one's rotation may change it in this very run.
 */
export async function* lookingAhead(candidates: readonly Candidate[]): AsyncGenerator<Candidate> {
  for (let from = 0; from < candidates.length; from += windowSize) {
    const window = candidates.slice(from, from + windowSize)
    await mapParallel(window.filter(isAlone), looksAtOnce, async candidate => {
      const { store, name, signal } = candidate.subject
      const seen = await store.observe(name, signal).catch(() => undefined)
      if (seen !== undefined) candidate.seen = seen
    })
    yield* window
  }
}

function isAlone({ facts, seen }: Candidate): boolean {
  return seen === undefined && facts.copyOf === undefined && facts.variable?.rotate?.kind !== 'composite'
}
