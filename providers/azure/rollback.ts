import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { RevertOptions } from '../../src/core/rotation/port.ts'
import { revertedFacts } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { conflict, ownedBy } from './failures.ts'
import { type Current, elect, type Look, revertingOf } from './look.ts'
import type { AzureStore } from './store.ts'
import { decodePrevious, encodeCurrent, encodePrevious, foreignTags, selfFacts } from './tags.ts'
import { interpreted } from './writes.ts'

/**
 * The old value becomes a new version of NAME; it stands at NAME--OLD already, so that without `keepNewUntil` nothing
 * else is to be done. With it the newer value takes that place in a second step, which a later run finishes.
 */
export async function revert(
  store: AzureStore,
  name: SecretName,
  from: VersionId,
  to: VersionId,
  options: RevertOptions,
  signal: AbortSignal,
): Promise<void> {
  const look = await store.look(name, signal)
  const { current, objects } = look
  const rotation = current?.record.rotation
  if (current === undefined || rotation === undefined || rotation.version !== current.version)
    throw conflict(name)
  if (current.owner !== undefined) throw ownedBy(name, current.owner)
  if (current.version !== from) {
    if (rotation.previous?.version !== from) throw conflict(name)
    if (revertingOf(look) !== undefined) await keepNew(store, look, from, rotation.deadline, signal)
    return
  }
  const { previous } = rotation
  // What is staged on the version that goes would look like somebody's edit afterwards.
  if (
    previous?.version !== to ||
    previous.status !== 'accepted' ||
    elect(look.proposals, from) !== undefined
  ) {
    throw conflict(name)
  }
  const value = await valueOf(store, look, to, signal)
  const facts = revertedFacts(rotation, from, to, options, 'mirrored')
  const tags = {
    ...foreignTags(current.tags),
    ...encodeCurrent({ ...current.record, rotation: selfFacts(facts), after: from }),
  }
  const { contentType } = current
  await store.putCurrent(name, objects.current, value, { tags, contentType }, signal)
  if (options.keepNewUntil !== undefined)
    await keepNew(store, look, from, options.keepNewUntil, signal, current)
}

async function keepNew(
  store: AzureStore,
  { name, objects, current }: Look,
  from: VersionId,
  until: number | undefined,
  signal: AbortSignal,
  known?: Current,
): Promise<void> {
  const newer = known ?? (await interpreted(objects.current, store.client.get(objects.current, from, signal)))
  if (newer === undefined) throw conflict(name)
  const proposal = current?.record.origin?.proposal ?? from
  const record = { of: from, proposal, isMirror: false, ...(until === undefined ? {} : { until }) }
  await store.put(name, objects.previous, newer.value, { tags: encodePrevious(name, record) }, signal)
}

/** The version itself; where somebody removed it, the copy that readers accept. */
async function valueOf(
  { client }: AzureStore,
  { name, objects }: Look,
  version: VersionId,
  signal: AbortSignal,
): Promise<Secret> {
  const copy = await interpreted(objects.previous, client.get(objects.previous, undefined, signal))
  const record = copy === undefined ? undefined : decodePrevious(copy.tags, objects.previous)
  if (copy !== undefined && record?.of === version && !record.isMirror) return copy.value
  const stored = await interpreted(objects.current, client.get(objects.current, version, signal))
  if (stored === undefined) throw conflict(name)
  return stored.value
}
