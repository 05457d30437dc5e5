import { onAbort } from './on-abort.ts'
import type { Ask } from './ask.ts'

interface Run<T> {
  readonly iterator: AsyncIterator<T>
  readonly controller: AbortController
}

/**
 * A list of a remote store, step by step under the policy. A list that breaks off is begun again, and what was given
 * out already is left out: the caller sees each key once. A consumer that stops early ends the request.
 */
export async function* iterate<T>(
  ask: Ask,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<T>,
  keyOf: (item: T) => string,
): AsyncGenerator<T> {
  const given = new Set<string>()
  let run: Run<T> | undefined
  const step = async (stepSignal: AbortSignal): Promise<IteratorResult<T>> => {
    const own = (run ??= begin(open))
    const stop = (): void => {
      if (run === own) run = undefined
      own.controller.abort(stepSignal.reason)
    }
    const forget = onAbort(stepSignal, stop)
    try {
      for (;;) {
        const result = await own.iterator.next()
        if (result.done === true || !given.has(keyOf(result.value))) return result
      }
    } catch (error) {
      stop()
      throw error
    } finally {
      forget()
    }
  }
  try {
    for (;;) {
      const result = await ask({ signal, isIdempotent: true, isContinued: run !== undefined }, step)
      if (result.done === true) {
        run = undefined
        return
      }
      given.add(keyOf(result.value))
      yield result.value
    }
  } finally {
    if (run !== undefined) end(run)
  }
}

function begin<T>(open: (signal: AbortSignal) => AsyncIterable<T>): Run<T> {
  const controller = new AbortController()
  return { controller, iterator: open(controller.signal)[Symbol.asyncIterator]() }
}

/** Not waited for: an iterator whose last step never answered would not answer this either. */
function end<T>({ iterator, controller }: Run<T>): void {
  iterator.return?.().catch(() => undefined)
  controller.abort()
}
