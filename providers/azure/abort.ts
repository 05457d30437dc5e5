import type { SecretName } from '../../src/core/provider.ts'
import type { PendingFacts } from '../../src/core/rotation/port.ts'
import { conflict } from './failures.ts'
import type { Current } from './look.ts'
import { isServed } from './rotation.ts'
import type { AzureStore } from './store.ts'
import { closedTags, encodeCurrent, foreignTags, selfFacts } from './tags.ts'

/**
 * Closes every proposal of the base, then moves the base: the same value becomes a new version, so that a runner that
 * looked before finds its base changed. A commit whose last request is already on its way is not held off; we look for
 * it after the settle time and say so.
 */
export async function abort(
  store: AzureStore,
  name: SecretName,
  { version }: PendingFacts,
  signal: AbortSignal,
): Promise<void> {
  const { current, proposals, objects } = await store.look(name, signal)
  const given = proposals.find(one => one.version === version)
  if (current === undefined || given === undefined) return
  const { base } = given
  if (isServed(current, version, base)) throw conflict(name)
  for (const one of proposals.filter(other => other.base === base && (!other.isClosed || other.isEnabled))) {
    const change = { tags: closedTags(one.tags, 'aborted'), enabled: false }
    await store.update(name, objects.pending, one.version, change, signal)
  }
  const again = await store.current(name, signal)
  if (isServed(again, version, base)) throw conflict(name)
  // Moved by somebody, or by the abort that was killed after it: nothing can be committed on it any more.
  if (again?.version !== base) return
  const options = { tags: movedTags(again), contentType: again.contentType }
  await store.putCurrent(name, objects.current, again.value, options, signal)
  await store.pause(store.settle, signal)
  if (isServed(await store.current(name, signal), version, base)) throw conflict(name)
}

/** The new version takes the place of the one that it repeats, in the record too. */
function movedTags({ tags, record, version }: Current): Readonly<Record<string, string>> {
  const { rotation } = record
  const kept = rotation?.version === version ? { rotation: selfFacts(rotation) } : {}
  return { ...foreignTags(tags), ...encodeCurrent({ ...record, ...kept, after: version }) }
}
