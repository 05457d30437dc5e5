import type { TargetConfig } from '../../context.ts'
import type { AuditFacts, AuditResult } from '../../core/audit/entry.ts'
import { isSecretsError } from '../../core/errors.ts'
import type { Provider, SecretName } from '../../core/provider.ts'
import type { RotationStore } from '../../core/rotation/port.ts'
import type { AuditLog } from './log.ts'

type Versions = Readonly<Record<string, string>>
type Details = Readonly<Record<string, unknown>>

/** What the log is told of a call: the intent before it, and what is known of its end besides. */
interface Call<T> {
  readonly event: string
  readonly name?: SecretName
  readonly versions?: Versions
  readonly details?: Details
  /** Of what came back; `absent`: the store says there is no such thing. */
  readonly ended?: (value: T) => {
    readonly versions?: Versions
    readonly details?: Details
    readonly isAbsent?: boolean
  }
}

/** The one way into the log from a store: everything that reads or changes a value goes through `around`. */
class Watch {
  readonly #log: AuditLog
  readonly #target: TargetConfig
  /** Reads of this process that stand in the log; a second one of the same says nothing new. */
  readonly #seen = new Set<string>()
  /** Names that the store has said are not there: a write makes them. */
  readonly absent = new Set<SecretName>()

  constructor(log: AuditLog, target: TargetConfig) {
    this.#log = log
    this.#target = target
  }

  async around<T>(call: Call<T>, work: () => Promise<T>): Promise<T> {
    const isRead = call.event === 'secret.read'
    const facts = this.#facts(call)
    const of = await this.#log.intent(facts)
    let value: T
    try {
      value = await work()
    } catch (error) {
      const { facts: failed, result } = failure(facts, error)
      await this.#log.result(of, failed, result, !isRead)
      throw error
    }
    const { versions, details, isAbsent } = call.ended?.(value) ?? {}
    const ended = {
      ...facts,
      versions: { ...call.versions, ...versions },
      details: { ...call.details, ...details },
    }
    await this.#log.result(of, ended, isAbsent === true ? 'absent' : 'success', !isRead)
    return value
  }

  /** Reads that a run repeats stand in the log once. */
  async reading<T>(key: string, call: Call<T>, work: () => Promise<T>): Promise<T> {
    if (this.#seen.has(key)) return await work()
    this.#seen.add(key)
    return await this.around(call, work)
  }

  forget(name: SecretName): void {
    for (const key of this.#seen) if (key.startsWith(`${name} `)) this.#seen.delete(key)
    this.absent.delete(name)
  }

  #facts<T>({ event, name, versions, details }: Call<T>): AuditFacts {
    const { id, environment, provider } = this.#target
    return {
      event_type: event,
      target: id === provider ? id : `${provider}:${id}`,
      environment,
      ...(name === undefined ? {} : { name }),
      ...(versions === undefined ? {} : { versions }),
      ...(details === undefined ? {} : { details }),
    }
  }
}

function failure(facts: AuditFacts, error: unknown): { facts: AuditFacts; result: AuditResult } {
  const code = isSecretsError(error) ? error.code : 'internal.unexpected'
  const result = code === 'provider.denied' || code === 'provider.auth' ? 'denied' : 'failed'
  const isSecret = facts.event_type.startsWith('secret.')
  const details = { ...facts.details, code, ...(isSecret ? { of: facts.event_type } : {}) }
  return { facts: { ...facts, details, ...(isSecret ? { event_type: `secret.${result}` } : {}) }, result }
}

/** A store that could not be opened: who tried, and why not. */
export async function noteRefusal(log: AuditLog, target: TargetConfig, error: unknown): Promise<void> {
  const { id, environment, provider } = target
  const place = id === provider ? id : `${provider}:${id}`
  const { facts, result } = failure({ event_type: 'secret.read', target: place, environment }, error)
  await log.event(facts, result)
}

/** The same provider; every call that reads or changes a value stands in the log. Members that it lacks stay lacking. */
export function auditProvider(provider: Provider, log: AuditLog, target: TargetConfig): Provider {
  const watch = new Watch(log, target)
  const { readAll, writeIf, purge, versions, diagnose, rotation } = provider
  const changed = (name: SecretName, isNew: boolean): Call<{ readonly version: string }> => ({
    event: isNew ? 'secret.created' : 'secret.changed',
    name,
    ended: ({ version }) => ({ versions: { current: version } }),
  })
  return {
    limits: provider.limits,
    check: signal => provider.check(signal),
    list: (prefix, signal) => provider.list(prefix, signal),
    close: () => provider.close(),
    read: async (name, version, signal) => {
      const which = typeof version === 'string' ? version : version.version
      const found = await watch.reading(
        `${name} ${which}`,
        {
          event: 'secret.read',
          name,
          ...(version === 'current' ? {} : { details: { version: which } }),
          ended: one => (one === undefined ? { isAbsent: true } : { versions: { read: one.version } }),
        },
        () => provider.read(name, version, signal),
      )
      if (found === undefined && version === 'current') watch.absent.add(name)
      return found
    },
    write: async (name, value, options, signal) => {
      const call = changed(name, watch.absent.has(name))
      watch.forget(name)
      return await watch.around(call, () => provider.write(name, value, options, signal))
    },
    remove: async (name, signal) => {
      watch.forget(name)
      await watch.around({ event: 'secret.deleted', name }, () => provider.remove(name, signal))
    },
    ...(readAll && {
      readAll: signal =>
        watch.around(
          {
            event: 'secret.read',
            details: { all: true },
            ended: all => ({ details: { all: true, names: all.map(({ name }) => name) } }),
          },
          () => readAll.call(provider, signal),
        ),
    }),
    ...(writeIf && {
      writeIf: async (name, value, base, options, signal) => {
        watch.forget(name)
        return await watch.around(changed(name, base === 'absent'), () =>
          writeIf.call(provider, name, value, base, options, signal),
        )
      },
    }),
    ...(purge && {
      purge: async (name, signal) => {
        watch.forget(name)
        const call = { event: 'secret.deleted', name, details: { purge: true } }
        await watch.around(call, () => purge.call(provider, name, signal))
      },
    }),
    ...(versions && { versions: (name, signal) => versions.call(provider, name, signal) }),
    ...(diagnose && { diagnose: (question, signal) => diagnose.call(provider, question, signal) }),
    ...(rotation && { rotation: auditRotation(rotation, watch) }),
  }
}

/** The port's verbs are the names of the events: one vocabulary everywhere. */
function auditRotation(store: RotationStore, watch: Watch): RotationStore {
  const { announce, destroy } = store
  const verb = async <T>(
    event: string,
    name: SecretName,
    versions: Versions,
    details: Details,
    work: () => Promise<T>,
  ): Promise<T> => {
    watch.forget(name)
    return await watch.around({ event: `rotation.${event}`, name, versions, details }, work)
  }
  return {
    guarantees: store.guarantees,
    observe: (name, signal) => store.observe(name, signal),
    pending: (name, signal) =>
      watch.reading(
        `${name} pending`,
        {
          event: 'secret.read',
          name,
          details: { version: 'pending' },
          ended: one => (one === undefined ? { isAbsent: true } : { versions: { read: one.version } }),
        },
        () => store.pending(name, signal),
      ),
    stage: (name, base, candidate, mark, signal) => {
      watch.forget(name)
      const { runId, mode } = mark
      return watch.around(
        {
          event: 'rotation.stage',
          name,
          versions: { base },
          details: { mode, rotation: runId },
          ended: ({ version, mark: { runId: elected } }) => ({
            versions: { pending: version },
            details: elected === runId ? {} : { adopted: elected },
          }),
        },
        () => store.stage(name, base, candidate, mark, signal),
      )
    },
    commit: (name, pending, times, signal) => {
      const { mode, runId } = pending.mark
      const details = { mode, rotation: runId, deadline: new Date(times.deadline).toISOString() }
      return verb('commit', name, { base: pending.base, current: pending.version }, details, () =>
        store.commit(name, pending, times, signal),
      )
    },
    record: (name, version, facts, signal) =>
      verb('record', name, { current: version }, timesOf(facts), () =>
        store.record(name, version, facts, signal),
      ),
    abort: (name, pending, signal) =>
      verb('abort', name, { pending: pending.version }, { rotation: pending.mark.runId }, () =>
        store.abort(name, pending, signal),
      ),
    revert: (name, from, to, options, signal) =>
      verb('revert', name, { from, to }, timesOf({ keepNewUntil: options.keepNewUntil }), () =>
        store.revert(name, from, to, options, signal),
      ),
    retire: (name, previous, current, signal) =>
      verb('retire', name, { previous, current }, {}, () => store.retire(name, previous, current, signal)),
    ...(announce && {
      announce: (name, pending, signal) =>
        verb('announce', name, { pending: pending.version }, {}, () =>
          announce.call(store, name, pending, signal),
        ),
    }),
    ...(destroy && {
      destroy: (name, version, signal) =>
        verb('destroy', name, { version }, {}, () => destroy.call(store, name, version, signal)),
    }),
  }
}

function timesOf(times: Readonly<Record<string, number | undefined>>): Details {
  const given = Object.entries(times).flatMap(([name, at]) =>
    at === undefined ? [] : [[name, new Date(at).toISOString()] as const],
  )
  return Object.fromEntries(given)
}
