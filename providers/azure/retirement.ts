import type { SecretName, VersionId } from '../../src/core/provider.ts'
import { withPreviousStatus } from '../../src/core/rotation/record.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import { conflict } from './failures.ts'
import type { AzureStore } from './store.ts'
import { closedTags, decodePrevious, encodeCurrent, encodePrevious, foreignTags, selfFacts } from './tags.ts'
import { interpreted } from './writes.ts'

/**
 * NAME--OLD gets the current value: what reads it at its start must find it, and a deleted name would be blocked for
 * months. Then the versions that held the old value are disabled, and last of all the record says so; until then a
 * run that finds it unsaid does it again.
 */
export async function retire(
  store: AzureStore,
  name: SecretName,
  previous: VersionId,
  version: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const { current, proposals, objects } = await store.look(name, signal)
  const rotation = current?.record.rotation
  if (
    current?.version !== version ||
    rotation?.version !== version ||
    rotation.previous?.version !== previous
  ) {
    throw conflict(name)
  }
  if (rotation.previous.status !== 'accepted') return
  const { client } = store
  const old = await interpreted(objects.previous, client.get(objects.previous, undefined, signal))
  const record = old === undefined ? undefined : decodePrevious(old.tags, objects.previous)
  if (record?.isMirror !== true || old === undefined || !areEqualSecrets(old.value, current.value)) {
    const proposal = current.record.origin?.proposal ?? version
    const tags = encodePrevious(name, { of: previous, proposal, isMirror: true })
    await store.put(name, objects.previous, current.value, { tags }, signal)
    if (old !== undefined) await store.update(name, objects.previous, old.version, { enabled: false }, signal)
  }
  await disable(store, name, objects.current, previous, signal)
  for (const one of proposals.filter(
    ({ base, isClosed }) => base === current.record.origin?.base && !isClosed,
  )) {
    const change = { tags: closedTags(one.tags, 'retired'), enabled: false }
    await store.update(name, objects.pending, one.version, change, signal)
  }
  const facts = selfFacts(withPreviousStatus(rotation, 'mirrored'))
  const tags = { ...foreignTags(current.tags), ...encodeCurrent({ ...current.record, rotation: facts }) }
  await store.update(name, objects.current, version, { tags }, signal)
}

/** A version that is not there any more needs no disabling. */
async function disable(
  store: AzureStore,
  name: SecretName,
  object: string,
  version: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const versions = await interpreted(object, store.client.versions(object, signal))
  const found = versions.find(one => one.version === version)
  if (found?.isEnabled === true) await store.update(name, object, version, { enabled: false }, signal)
}
