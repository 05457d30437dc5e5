import { mapParallel } from '../../src/core/parallel.ts'
import type {
  Provider,
  SecretInfo,
  SecretName,
  SecretVersion,
  VersionId,
  VersionInfo,
  VersionSelector,
} from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { PutOutcome, PutRequest } from './api.ts'
import type { Documents } from './documents.ts'
import { readEntry } from './entry.ts'
import { invalidReply } from './failures.ts'
import { currentLabel, fenceLabel, pendingLabel, previousLabel } from './names.ts'
import type { StoredVersion } from './replies.ts'
import { type AwsStore, conflict, foreign, mirror } from './store.ts'

/** Requests at the same time; the policy around the store knows one call only. */
const atOnce = 8

export async function* list(
  store: AwsStore,
  documents: Documents,
  start: string,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<SecretInfo> {
  const found = new Map<SecretName, SecretInfo>()
  const { declared } = store.places
  const withFields = new Set(
    [...declared.values()].flatMap(one => (one.field === undefined ? [] : [one.object])),
  )
  for await (const { object, version } of store.api.list(start + prefix, signal)) {
    const isOurs = object.startsWith(start + prefix) && !withFields.has(object)
    const name = isOurs ? store.places.nameAt({ object }) : undefined
    // One without a current version has no value yet.
    if (name !== undefined && version !== undefined) found.set(name, { name, version })
  }
  const placed = [...declared].filter(([name]) => name.startsWith(prefix) && !found.has(name))
  await mapParallel(placed, atOnce, async ([name, { object, field }]) => {
    const version =
      field === undefined
        ? (await store.look(object, signal))?.current
        : (await documents.look(name, signal)).entry?.version
    if (version !== undefined) found.set(name, { name, version })
  })
  yield* [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

export async function read(
  store: AwsStore,
  name: SecretName,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const object = store.objectOf(name)
  signal.throwIfAborted()
  if (selector === 'current') return versionOf(await store.api.get(object, { label: currentLabel }, signal))
  if (selector !== 'previous') {
    // The service answers a malformed request there, not an absence.
    if (!/^[\w+=,.@:/-]{32,64}$/.test(selector.version)) return undefined
    return versionOf(await store.api.get(object, { version: selector.version }, signal))
  }
  const entry = await store.look(object, signal)
  const { previous, rotation, current } = entry ?? {}
  const before = rotation?.facts.previous
  if (previous === undefined || before === undefined || before.status === 'disabled') return undefined
  // What others wrote has moved the label onto their own past.
  if (previous !== before.version && previous !== current) return undefined
  return versionOf(await store.api.get(object, { version: previous }, signal))
}

function versionOf(stored: StoredVersion | undefined): SecretVersion | undefined {
  if (stored === undefined) return undefined
  const { version, value, created } = stored
  return { version, value, ...(created === undefined ? {} : { created }) }
}

/** Newest first. A staged value is no version of the secret yet. */
export async function* versions(
  store: AwsStore,
  name: SecretName,
  signal: AbortSignal,
): AsyncIterable<VersionInfo> {
  const object = store.objectOf(name)
  signal.throwIfAborted()
  // The versions of a secret that waits for its deletion are still listed.
  if ((await store.look(object, signal)) === undefined) return
  const all = await store.api.history(object, signal)
  const kept = all.filter(({ labels }) => !labels.includes(pendingLabel) || labels.includes(currentLabel))
  const newest = [...kept].reverse().sort((one, other) => (other.created ?? 0) - (one.created ?? 0))
  for (const { version, created } of newest) yield { version, ...(created === undefined ? {} : { created }) }
}

export function writing(
  store: AwsStore,
): Pick<Provider, 'write' | 'remove'> & Required<Pick<Provider, 'writeIf' | 'purge'>> {
  const { api } = store
  return {
    async write(name, value, _options, signal) {
      store.requireStorable(name, value)
      signal.throwIfAborted()
      const object = store.objectOf(name)
      const request = { token: store.newVersion(), value }
      const version = await putOrCreate(store, name, request, signal)
      await keepPrevious(store, name, object, version, signal)
      return { version }
    },
    async writeIf(name, value, base, _options, signal) {
      store.requireStorable(name, value)
      signal.throwIfAborted()
      return { version: await putOnBase(store, name, value, base, signal) }
    },
    async remove(name, signal) {
      const object = store.objectOf(name)
      signal.throwIfAborted()
      const described = await api.describe(object, signal)
      if (described === undefined || described.isDeleted) return
      if (described.owner !== undefined) throw foreign(name, described.owner)
      const pending = described.labels.get(pendingLabel)
      // Whoever restores the secret must not find a rotation open in it.
      if (pending !== undefined) await api.label(object, pendingLabel, { from: pending }, signal)
      const entry = readEntry(await api.describe(object, signal))
      if (entry !== undefined) await store.sweep(object, { ...entry, current: '' }, signal)
      await api.remove(object, 'recoverable', signal)
    },
    async purge(name, signal) {
      const object = store.objectOf(name)
      signal.throwIfAborted()
      const described = await api.describe(object, signal)
      if (described === undefined) return
      if (described.owner !== undefined) throw foreign(name, described.owner)
      await api.remove(object, 'at once', signal)
    },
  }
}

async function putOrCreate(
  store: AwsStore,
  name: SecretName,
  request: PutRequest,
  signal: AbortSignal,
): Promise<VersionId> {
  const { api } = store
  const object = store.objectOf(name)
  const first = await api.put(object, request, signal)
  if (typeof first === 'string') return first
  const second = await admitted(store, name, first.refused, request, signal)
  if (typeof second === 'string') return second
  // Another writer was faster at one of the two: now it is there.
  const third = second.refused === 'exists' ? await api.put(object, request, signal) : second
  if (typeof third === 'string') return third
  throw third.refused === 'deleted' ? beingDeleted() : conflict(name)
}

async function admitted(
  store: AwsStore,
  name: SecretName,
  why: 'exists' | 'absent' | 'deleted',
  request: PutRequest,
  signal: AbortSignal,
): Promise<PutOutcome> {
  const { api } = store
  const object = store.objectOf(name)
  if (why === 'absent') return await api.create(object, request, signal)
  const described = await api.describe(object, signal)
  if (described?.owner !== undefined) throw foreign(name, described.owner)
  if (why === 'exists' || described?.isDeleted !== true) throw invalidReply('refuses the value')
  await api.restore(object, signal)
  return await api.put(object, request, signal)
}

/**
 * The service has moved AWSPREVIOUS onto the value that was current until now. During a grace period the old value
 * stays there; afterwards nobody may accept the replaced one without a deadline. A secret that was never rotated here
 * is left to the service.
 */
async function keepPrevious(
  store: AwsStore,
  name: SecretName,
  object: string,
  version: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const entry = await store.look(object, signal)
  const before = entry?.rotation?.facts.previous
  if (entry?.current !== version || entry.previous === undefined || before === undefined) return
  if (before.status !== 'accepted') {
    if (entry.previous !== version) await mirror(store, name, entry, entry.previous, signal)
  } else if (entry.previous !== before.version) {
    const move = { from: entry.previous, to: before.version }
    await store.api.label(object, previousLabel, move, signal)
  }
}

async function putOnBase(
  store: AwsStore,
  name: SecretName,
  value: Secret,
  base: VersionId | 'absent',
  signal: AbortSignal,
): Promise<VersionId> {
  const object = store.objectOf(name)
  const token = store.newVersion()
  const described = await store.api.describe(object, signal)
  const current = described?.isDeleted === true ? undefined : described?.labels.get(currentLabel)
  if ((current ?? 'absent') !== base) throw conflict(name)
  if (described === undefined) {
    const created = await store.api.create(object, { token, value }, signal)
    if (typeof created === 'string') return created
    throw conflict(name)
  }
  if (described.isDeleted) await store.api.restore(object, signal)
  const outcome = await store.api.put(object, { token, value, labels: [fenceLabel] }, signal)
  if (typeof outcome !== 'string') throw conflict(name)
  const from = current ?? described.labels.get(currentLabel)
  const move = { to: outcome, ...(from === undefined ? {} : { from }) }
  if ((await store.api.label(object, currentLabel, move, signal)) === 'refused') throw conflict(name)
  await keepPrevious(store, name, object, outcome, signal)
  return outcome
}

function beingDeleted(): Error {
  return invalidReply('is still deleting a secret of that name')
}
