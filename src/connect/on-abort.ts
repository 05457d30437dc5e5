const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Runs `work` when the signal is aborted; the returned function takes it back. One listener for each signal, however
 * many calls wait for it: the signal of a command outlives thousands of calls, and Node warns of many listeners.
 */
export function onAbort(signal: AbortSignal, work: () => void): () => void {
  const known = waiting.get(signal)
  const works = known ?? new Set()
  if (known === undefined) {
    waiting.set(signal, works)
    const runAll = (): void => {
      for (const one of [...works]) one()
    }
    signal.addEventListener('abort', runAll, { once: true })
  }
  works.add(work)
  return () => {
    works.delete(work)
  }
}
