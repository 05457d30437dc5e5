import { committedFacts, revertedFacts, withPreviousStatus } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import { type Publishing, type Reverting, type SecretFacts, type Staged, without } from './record.ts'
import { conflict, disabled, lostValue, nothingToRollBack } from './refusals.ts'
import { only, type Verbs } from './rotation.ts'
import type { Scene } from './scene.ts'
import type { GcpStore } from './store.ts'

/**
 * Applications read the newest version of NAME, so adding one is publishing it, and adding has no condition. It is
 * therefore done only after the right to it was won on the etag, and the number that comes back tells whether anybody
 * wrote in between: then what he wrote is put back, because he came last before us.
 */
export function latestVerbs(store: GcpStore): Verbs {
  const { api } = store
  return {
    prepare: () => Promise.resolve('ready'),
    pendingId: ({ ids }) => ids.pending,
    addPending: (scene, value, signal) => store.addCompanion(scene, 'pending', value, signal),
    commit: (scene, staged, times, signal) =>
      scene.facts.publishing === undefined
        ? claim(store, scene, staged, times, signal)
        : finish(store, scene, staged, scene.facts.publishing, signal),
    revert: (scene, from, to, options, signal) => {
      const { reverting } = scene.facts
      if (reverting === undefined) {
        const begun = { after: scene.newest.number, from, to, ...options }
        return store.update(scene, { ...scene.facts, reverting: begun }, signal).then(() => 'moved' as const)
      }
      if (reverting.from !== from || reverting.to !== to) throw conflict(scene.name)
      return goBack(store, scene, reverting, signal)
    },
    async retire(scene, previous, signal) {
      const { ids, facts, number } = scene
      const value = await serve(store, scene, number, signal)
      const retiredOld = facts.old
      const old = await store.addCompanion(scene, 'previous', value, signal)
      await api.setState(ids.current, previous, 'disable', signal)
      if (retiredOld !== undefined && retiredOld !== old) {
        await api.setState(ids.previous, retiredOld, 'disable', signal)
      }
      const rotation = facts.rotation && withPreviousStatus(facts.rotation, 'mirrored')
      const next: SecretFacts = {
        ...facts,
        old,
        ...(rotation === undefined ? {} : { rotation }),
        // A retire that was killed has put the mirror there already: the number of the old value stays known.
        ...(retiredOld === undefined || retiredOld === old ? {} : { retiredOld }),
      }
      return only(await store.update(scene, next, signal))
    },
    async destroy({ ids, facts }, number, signal) {
      await api.setState(ids.current, number, 'destroy', signal)
      const isPrevious = Number(facts.rotation?.previous?.version) === number
      if (isPrevious && facts.retiredOld !== undefined) {
        await api.setState(ids.previous, facts.retiredOld, 'destroy', signal)
      }
    },
  }
}

/** NAME_OLD first, then the right to publish, with the deadline in the same entry. */
async function claim(
  store: GcpStore,
  scene: Scene,
  { base }: Staged,
  { at, deadline }: { readonly at: number; readonly deadline: number },
  signal: AbortSignal,
): Promise<'moved'> {
  const { name, facts, number, newest, ids } = scene
  // By number it is never late: what `latest` does not show yet would be written over unseen.
  const isNewer = await store.api.getVersion(ids.current, newest.number + 1, signal)
  if (base !== number || isNewer !== undefined) throw conflict(name)
  const value = await serve(store, scene, newest.number, signal)
  const old = await store.addCompanion(scene, 'previous', value, signal)
  const publishing: Publishing = { after: newest.number, at, deadline, old }
  // Written or not, the next look says who has won it.
  await store.update(scene, { ...facts, publishing, old }, signal)
  return 'moved'
}

async function finish(
  store: GcpStore,
  scene: Scene,
  staged: Staged,
  { after, at, deadline, old }: Publishing,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { name, ids, facts } = scene
  const { base, number, mark, id } = staged
  const found = await store.api.access(ids.pending, number, signal)
  if (found === undefined || found === 'unserved') {
    // Another runner may have come to the end meanwhile.
    if (await store.isStale(scene, signal)) return 'moved'
    throw lostValue(name)
  }
  const published = await publish(store, scene, found.value, after, signal)
  if (published === 'foreign') throw conflict(name)
  const pointer = { version: String(published), base: String(base), mark }
  const next: SecretFacts = {
    ...without(facts, 'staged', 'publishing', 'retiredOld'),
    rotation: committedFacts(pointer, { at, deadline }),
    heir: id,
    old,
    litter: [...(facts.litter ?? []), number],
  }
  if ((await store.update(scene, next, signal)) === 'moved') return 'moved'
  await store.api.setState(ids.pending, number, 'destroy', signal)
  return undefined
}

async function goBack(
  store: GcpStore,
  scene: Scene,
  { after, from, to, at, keepNewUntil }: Reverting,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { name, ids, facts } = scene
  const { rotation } = facts
  if (rotation === undefined) throw conflict(name)
  const [back, dropped] = await Promise.all([
    store.api.access(ids.current, to, signal),
    serve(store, scene, from, signal),
  ])
  if (back === undefined || back === 'unserved') throw nothingToRollBack(name)
  const published = await publish(store, scene, back.value, after, signal)
  if (published === 'foreign') {
    await store.update(scene, without(facts, 'reverting'), signal)
    throw conflict(name)
  }
  const old =
    keepNewUntil === undefined ? facts.old : await store.addCompanion(scene, 'previous', dropped, signal)
  const options = { at, ...(keepNewUntil === undefined ? {} : { keepNewUntil }) }
  const next: SecretFacts = {
    ...without(facts, 'reverting', 'heir'),
    rotation: revertedFacts(rotation, String(from), String(published), options, 'mirrored'),
    ...(old === undefined ? {} : { old }),
  }
  return only(await store.update(scene, next, signal))
}

/**
 * Adds `value` after version `after`, or finds it there, because another runner, or this one before it was killed, has
 * added it. `foreign`: somebody else has written in between, and what he wrote is the newest.
 */
async function publish(
  store: GcpStore,
  { ids, newest }: Scene,
  value: Secret,
  after: number,
  signal: AbortSignal,
): Promise<number | 'foreign'> {
  const { api } = store
  const id = ids.current
  let number = Math.max(after, newest.number)
  // By number a version is seen at once; `latest` may be late.
  while ((await api.getVersion(id, number + 1, signal)) !== undefined) number += 1
  if (number > after) return (await holds(store, id, number, value, signal)) ? number : 'foreign'
  const added = await api.addVersion(id, value, signal)
  if (added === undefined) return 'foreign'
  const before = added.number - 1
  if (before === after || (await holds(store, id, before, value, signal))) return added.number
  const his = await api.access(id, before, signal)
  if (typeof his === 'object') await api.addVersion(id, his.value, signal)
  return 'foreign'
}

async function holds(
  { api }: GcpStore,
  id: string,
  number: number,
  value: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await api.access(id, number, signal)
  return typeof found === 'object' && areEqualSecrets(found.value, value)
}

/** The value of a version of NAME that must be there. */
async function serve(
  { api }: GcpStore,
  { ids, name, newest }: Scene,
  number: number,
  signal: AbortSignal,
): Promise<Secret> {
  const found = await api.access(ids.current, number, signal)
  if (found === 'unserved') throw disabled(ids.current, { ...newest, number, state: 'disabled' })
  if (found === undefined) throw conflict(name)
  return found.value
}
