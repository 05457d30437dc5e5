import { keyOfFinding } from '../core/diagnosis.ts'
import type { Provider } from '../core/provider.ts'
import type { RotationStore } from '../core/rotation/port.ts'
import type { Ask, Request } from './ask.ts'
import { iterate } from './iterate.ts'

const repeatable = (signal: AbortSignal): Request => ({ signal, isIdempotent: true })
/** Sent once, unless the adapter says that the store certainly did nothing. */
const once = (signal: AbortSignal): Request => ({ signal, isIdempotent: false })

/** The same provider, each call under the policy. A member that the provider lacks is lacking here too. */
export function wrapProvider(provider: Provider, ask: Ask, close: () => Promise<void>): Provider {
  const { readAll, writeIf, versions, purge, diagnose, rotation } = provider
  return {
    limits: provider.limits,
    check: signal => ask(repeatable(signal), inner => provider.check(inner)),
    list: (prefix, signal) =>
      iterate(
        ask,
        signal,
        inner => provider.list(prefix, inner),
        ({ name }) => name,
      ),
    read: (name, version, signal) => ask(repeatable(signal), inner => provider.read(name, version, inner)),
    write: (name, value, options, signal) =>
      ask(once(signal), inner => provider.write(name, value, options, inner)),
    remove: (name, signal) => ask(once(signal), inner => provider.remove(name, inner)),
    close,
    ...(readAll === undefined
      ? {}
      : { readAll: signal => ask(repeatable(signal), inner => readAll.call(provider, inner)) }),
    ...(writeIf === undefined
      ? {}
      : {
          writeIf: (name, value, base, options, signal) =>
            ask(once(signal), inner => writeIf.call(provider, name, value, base, options, inner)),
        }),
    ...(versions === undefined
      ? {}
      : {
          versions: (name, signal) =>
            iterate(
              ask,
              signal,
              inner => versions.call(provider, name, inner),
              ({ version }) => version,
            ),
        }),
    ...(purge === undefined
      ? {}
      : { purge: (name, signal) => ask(once(signal), inner => purge.call(provider, name, inner)) }),
    ...(diagnose === undefined
      ? {}
      : {
          diagnose: (question, signal) =>
            iterate(ask, signal, inner => diagnose.call(provider, question, inner), keyOfFinding),
        }),
    ...(rotation === undefined ? {} : { rotation: wrapRotation(rotation, ask) }),
  }
}

/** Sent again are the verbs that the port declares idempotent: stage, announce, commit, record and retire, and what only reads. */
function wrapRotation(store: RotationStore, ask: Ask): RotationStore {
  const { announce, destroy } = store
  return {
    guarantees: store.guarantees,
    observe: (name, signal) => ask(repeatable(signal), inner => store.observe(name, inner)),
    pending: (name, signal) => ask(repeatable(signal), inner => store.pending(name, inner)),
    stage: (name, base, candidate, mark, signal) =>
      ask(repeatable(signal), inner => store.stage(name, base, candidate, mark, inner)),
    commit: (name, pending, times, signal) =>
      ask(repeatable(signal), inner => store.commit(name, pending, times, inner)),
    record: (name, version, facts, signal) =>
      ask(repeatable(signal), inner => store.record(name, version, facts, inner)),
    retire: (name, previous, current, signal) =>
      ask(repeatable(signal), inner => store.retire(name, previous, current, inner)),
    abort: (name, pending, signal) => ask(once(signal), inner => store.abort(name, pending, inner)),
    revert: (name, from, to, options, signal) =>
      ask(once(signal), inner => store.revert(name, from, to, options, inner)),
    ...(announce === undefined
      ? {}
      : {
          announce: (name, pending, at, signal) =>
            ask(repeatable(signal), inner => announce.call(store, name, pending, at, inner)),
        }),
    ...(destroy === undefined
      ? {}
      : {
          destroy: (name, version, signal) =>
            ask(once(signal), inner => destroy.call(store, name, version, inner)),
        }),
  }
}
