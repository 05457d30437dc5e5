import type { CommitTimes } from '../../src/core/rotation/port.ts'
import { revertedFacts, withPreviousStatus } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import {
  type Publishing,
  publishedFacts,
  type Reverting,
  type SecretFacts,
  type Staged,
  without,
} from './record.ts'
import { conflict, disabled, lostValue, nothingToRollBack } from './refusals.ts'
import type { VersionResource } from './resources.ts'
import { only, type Verbs } from './rotation.ts'
import { isStale, type Scene } from './scene.ts'
import type { GcpStore } from './store.ts'

/**
 * Applications read the newest version of NAME, so adding one is publishing it, and adding has no condition. It is
 * therefore done only after the right to it was won on the etag, and the number that comes back tells whether anybody
 * wrote in between: then what he wrote is put back, because he came last before us.
 */
export function latestVerbs(store: GcpStore): Verbs {
  const { api } = store
  return {
    prepare: scene => Promise.resolve(scene),
    pendingId: ({ ids }) => ids.pending,
    addPending: (scene, value, signal) => store.addCompanion(scene, 'pending', value, signal),
    async commit(scene, staged, times, signal) {
      const won =
        scene.facts.publishing === undefined ? await claim(store, scene, staged, times, signal) : scene
      return won === 'moved' ? won : await finish(store, won, staged, signal)
    },
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
        mirrorOf: number,
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
  { at, deadline }: CommitTimes,
  signal: AbortSignal,
): Promise<Scene | 'moved'> {
  const { name, facts, number, newest } = scene
  if (base !== number) throw conflict(name)
  const mirror = await mirrored(store, scene, signal)
  const old = mirror ?? (await preserve(store, scene, signal))
  if (old === 'moved') return old
  const publishing: Publishing = { after: newest.number, at, deadline, old }
  const won = await store.update(scene, { ...without(facts, 'mirrorOf'), publishing, old }, signal)
  if (won === 'moved' && mirror === undefined) await restore(store, scene, old, signal)
  return won
}

/** Lost, and too late: what this run has put into NAME_OLD may stand before what others have put there by right. */
async function restore(
  { api, look }: GcpStore,
  { name, ids }: Scene,
  ours: number,
  signal: AbortSignal,
): Promise<void> {
  const old = (await look(name, signal))?.facts.old
  if (old === undefined || old >= ours) return
  const [theirs, mine] = await Promise.all([
    api.access(ids.previous, old, signal),
    api.access(ids.previous, ours, signal),
  ])
  if (typeof theirs !== 'object' || typeof mine !== 'object') return
  if (!areEqualSecrets(theirs.value, mine.value)) await api.addVersion(ids.previous, theirs.value, signal)
}

/** The version of NAME_OLD, where the last retirement has put there what is about to be replaced, and nobody touched it. */
async function mirrored(
  { api }: GcpStore,
  { ids, facts: { old, mirrorOf }, number }: Scene,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (old === undefined || mirrorOf !== number) return undefined
  const newest = await api.getVersion(ids.previous, 'latest', signal)
  return newest?.number === old && newest.state === 'enabled' ? old : undefined
}

/** Puts what is about to be replaced into NAME_OLD: its number there. */
async function preserve(store: GcpStore, scene: Scene, signal: AbortSignal): Promise<number | 'moved'> {
  const { name, ids, secret, newest } = scene
  const found = await store.api.access(ids.current, newest.number, signal)
  if (typeof found !== 'object') {
    // Another runner may have replaced and retired it meanwhile.
    if (await isStale(store.api, secret, signal)) return 'moved'
    throw found === 'unserved' ? disabled(ids.current, { ...newest, state: 'disabled' }) : conflict(name)
  }
  return await store.addCompanion(scene, 'previous', found.value, signal)
}

async function finish(
  store: GcpStore,
  scene: Scene,
  { number, id }: Staged,
  signal: AbortSignal,
): Promise<Scene | 'moved'> {
  const { name, ids, facts, candidate, secret } = scene
  const { publishing } = facts
  if (publishing === undefined) throw conflict(name)
  let value = candidate?.id === id ? candidate.value : undefined
  if (value === undefined) {
    const found = await store.api.access(ids.pending, number, signal)
    if (typeof found !== 'object') {
      // Another runner may have come to the end meanwhile.
      if (await isStale(store.api, secret, signal)) return 'moved'
      throw lostValue(name)
    }
    ;({ value } = found)
  }
  const published = await publish(store, ids.current, value, publishing.after, signal)
  if (published === 'foreign') throw conflict(name)
  return { ...scene, facts: publishedFacts(facts), number: published.number, newest: published }
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
  const published = await publish(store, ids.current, back.value, after, signal)
  if (published === 'foreign') {
    await store.update(scene, without(facts, 'reverting'), signal)
    throw conflict(name)
  }
  const old =
    keepNewUntil === undefined ? facts.old : await store.addCompanion(scene, 'previous', dropped, signal)
  const options = { at, ...(keepNewUntil === undefined ? {} : { keepNewUntil }) }
  const next: SecretFacts = {
    ...without(facts, 'reverting', 'heir', 'mirrorOf'),
    rotation: revertedFacts(rotation, String(from), String(published.number), options, 'mirrored'),
    ...(old === undefined ? {} : { old }),
    // There the value stands that is current again.
    ...(old === undefined || keepNewUntil !== undefined ? {} : { mirrorOf: published.number }),
  }
  return only(await store.update(scene, next, signal))
}

/**
 * Adds `value` as the version after `after`, or finds it there, because another runner, or this one before it was
 * killed, has added it. `foreign`: somebody else has written there, and what he wrote is the newest.
 */
async function publish(
  store: GcpStore,
  id: string,
  value: Secret,
  after: number,
  signal: AbortSignal,
): Promise<VersionResource | 'foreign'> {
  const { api } = store
  const wanted = after + 1
  // By number a version is seen at once; `latest` may be late.
  let there = await api.getVersion(id, wanted, signal)
  if (there === undefined) {
    const added = await api.addVersion(id, value, signal)
    if (added === undefined || added.number === wanted) return added ?? 'foreign'
    const before = added.number - 1
    if (!(await holds(store, id, before, value, signal))) {
      await putBack(store, id, value, { after, before }, signal)
      return 'foreign'
    }
    there = await api.getVersion(id, wanted, signal)
    if (there === undefined) return 'foreign'
  }
  return (await holds(store, id, wanted, value, signal)) ? there : 'foreign'
}

/** Makes the newest again what somebody else had written last before we wrote over it. */
async function putBack(
  store: GcpStore,
  id: string,
  value: Secret,
  { after, before }: { readonly after: number; readonly before: number },
  signal: AbortSignal,
): Promise<void> {
  for (let number = before; number > after; number -= 1) {
    const found = await store.api.access(id, number, signal)
    if (typeof found !== 'object' || areEqualSecrets(found.value, value)) continue
    await store.api.addVersion(id, found.value, signal)
    return
  }
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
