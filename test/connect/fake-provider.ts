import { SecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Guarantees } from '../../src/core/rotation/port.ts'

/** What a call of the fake does: an answer, an error, or never anything. */
export type Answer = 'ok' | 'hangs' | 'limited' | 'unavailable' | 'denied' | 'unsent'

export interface FakeStore {
  readonly provider: Provider
  /** Every call by name, in order, with the signal that it was given. */
  readonly calls: { readonly verb: string; readonly signal: AbortSignal; readonly at: number }[]
  /** Taken one by one; `ok` when there are no more. */
  readonly answers: Answer[]
  /** The greatest number of calls that were open at the same time. */
  readonly peak: () => number
}

export const items = ['A', 'B', 'C', 'D'].map(name => ({ name, version: `v-${name}` }))

const guarantees: Guarantees = {
  flip: 'atomic',
  election: 'compare-and-set',
  fence: true,
  deadline: 'with-flip',
  erasure: false,
}

/** Every member that the port knows, each counted; `breaks`: after so many items a list asks `answers` once. */
export function createFakeStore(now: () => number = () => 0, breaks = 0): FakeStore {
  const calls: FakeStore['calls'] = []
  const answers: Answer[] = []
  let [open, peak] = [0, 0]

  const call = async (verb: string, signal: AbortSignal): Promise<never> => {
    calls.push({ verb, signal, at: now() })
    open += 1
    peak = Math.max(peak, open)
    try {
      await answer(answers.shift() ?? 'ok')
      return undefined as never
    } finally {
      open -= 1
    }
  }
  async function* many<T>(verb: string, list: readonly T[], signal: AbortSignal): AsyncGenerator<T> {
    await call(verb, signal)
    for (const [index, item] of list.entries()) {
      if (breaks > 0 && index === breaks) await answer(answers.shift() ?? 'ok')
      yield item
    }
  }
  const last = (words: readonly unknown[]): AbortSignal => words.at(-1) as AbortSignal
  const verb =
    (name: string) =>
    (...words: readonly unknown[]): Promise<never> =>
      call(name, last(words))
  const provider: Provider = {
    limits: { valueBytes: 1000 },
    check: verb('check'),
    read: verb('read'),
    write: verb('write'),
    writeIf: verb('writeIf'),
    remove: verb('remove'),
    purge: verb('purge'),
    list: (_prefix, signal) => many('list', items, signal),
    versions: (_name, signal) => many('versions', items, signal),
    close: () => call('close', new AbortController().signal),
    rotation: {
      guarantees,
      observe: verb('observe'),
      stage: verb('stage'),
      pending: verb('pending'),
      announce: verb('announce'),
      commit: verb('commit'),
      record: verb('record'),
      abort: verb('abort'),
      revert: verb('revert'),
      retire: verb('retire'),
      destroy: verb('destroy'),
    },
  }
  return { provider, calls, answers, peak: () => peak }
}

async function answer(what: Answer): Promise<void> {
  // An answer takes a while, so that calls can overlap.
  for (let tick = 0; tick < 20; tick += 1) await Promise.resolve()
  switch (what) {
    case 'ok':
      return
    case 'hangs':
      await new Promise(() => undefined)
      return
    case 'limited':
      throw new SecretsError('provider.limited', 'too many calls', { retryAfter: 3000 })
    case 'unavailable':
      throw new SecretsError('provider.unavailable', 'no answer')
    case 'unsent':
      throw new SecretsError('provider.unavailable', 'no connection', { unsent: true })
    case 'denied':
      throw new SecretsError('provider.denied', 'not allowed')
  }
}
