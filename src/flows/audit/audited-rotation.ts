import { formatInstant } from '../../core/instant.ts'
import type { SecretName } from '../../core/provider.ts'
import type { Pending, RotationStore } from '../../core/rotation/port.ts'
import { type CallOn, type Details, readCall, type Versions, type Watch } from './watch.ts'

/** The port's verbs are the names of the events: one vocabulary everywhere. */
export function auditRotation(store: RotationStore, watch: Watch): RotationStore {
  const { announce, destroy } = store
  return {
    ...auditedSteps(store, watch),
    ...auditedEnds(store, watch),
    guarantees: store.guarantees,
    observe: (name, signal) => store.observe(name, signal),
    pending: (name, signal) =>
      watch.reading(`${name} pending`, readCall(name, 'pending'), () => store.pending(name, signal)),
    ...(announce && {
      announce: (name, pending, at, signal) =>
        watch.changing(
          step('announce', name, { pending: pending.version }, { rotation: pending.mark.runId }),
          () => announce.call(store, name, pending, at, signal),
        ),
    }),
    ...(destroy && {
      destroy: (name, version, signal) =>
        watch.changing(step('destroy', name, { version }), () => destroy.call(store, name, version, signal)),
    }),
  }
}

function auditedSteps(
  store: RotationStore,
  watch: Watch,
): Pick<RotationStore, 'stage' | 'commit' | 'record'> {
  return {
    stage: (name, base, candidate, mark, signal) => {
      const { runId, mode } = mark
      const call: CallOn<Pending> = {
        ...step('stage', name, { base }, { mode, rotation: runId }),
        ended: ({ version, mark: { runId: elected } }) => ({
          versions: { pending: version },
          // Another run's value was there already: this run goes on with that one.
          ...(elected === runId ? {} : { details: { adopted: elected } }),
        }),
      }
      return watch.changing(call, () => store.stage(name, base, candidate, mark, signal))
    },
    commit: (name, pending, times, signal) => {
      const { mode, runId } = pending.mark
      const details = { mode, rotation: runId, ...timesOf({ deadline: times.deadline }) }
      const call = step('commit', name, { base: pending.base, current: pending.version }, details)
      return watch.changing(call, () => store.commit(name, pending, times, signal))
    },
    record: (name, version, facts, signal) =>
      watch.changing(step('record', name, { current: version }, timesOf({ ...facts })), () =>
        store.record(name, version, facts, signal),
      ),
  }
}

function auditedEnds(store: RotationStore, watch: Watch): Pick<RotationStore, 'abort' | 'revert' | 'retire'> {
  return {
    abort: (name, pending, signal) =>
      watch.changing(
        step('abort', name, { pending: pending.version }, { rotation: pending.mark.runId }),
        () => store.abort(name, pending, signal),
      ),
    revert: (name, from, to, options, signal) =>
      watch.changing(
        step('revert', name, { from, to }, timesOf({ keepNewUntil: options.keepNewUntil })),
        () => store.revert(name, from, to, options, signal),
      ),
    retire: (name, previous, current, signal) =>
      watch.changing(step('retire', name, { previous, current }), () =>
        store.retire(name, previous, current, signal),
      ),
  }
}

function step(
  verb: string,
  name: SecretName,
  versions: Versions,
  details: Details = {},
): Omit<CallOn<unknown>, 'ended'> {
  return { event: `rotation.${verb}`, name, versions, details }
}

function timesOf(times: Readonly<Record<string, number | undefined>>): Details {
  const given = Object.entries(times).flatMap(([name, at]) =>
    at === undefined ? [] : [[name, formatInstant(at)] as const],
  )
  return Object.fromEntries(given)
}
