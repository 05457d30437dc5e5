import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Guarantees, Pending, PendingFacts, RotationStore } from '../../src/core/rotation/port.ts'
import { withLaterFacts, withPreviousStatus } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { aliasVerbs } from './alias.ts'
import { latestVerbs } from './latest.ts'
import { observeScene, standing } from './observe.ts'
import { type SecretFacts, type Staged, without } from './record.ts'
import { conflict, lostValue, nameTaken, nothingToRollBack, owned } from './refusals.ts'
import { idOf, numberOf, type Scene } from './scene.ts'
import type { GcpStore } from './store.ts'

/** `fence`: nobody publishes a staged value without winning the record first, and giving it up takes the record from all of them. */
const latestGuarantees: Guarantees = {
  flip: 'previous-first',
  election: 'compare-and-set',
  fence: true,
  deadline: 'with-flip',
  erasure: true,
}
const aliasGuarantees: Guarantees = { ...latestGuarantees, flip: 'atomic' }

/** The steps that differ with the way in which applications read. Each is one attempt: `moved` asks for another. */
export interface Verbs {
  /** What must be there before a value is staged. */
  prepare(scene: Scene, signal: AbortSignal): Promise<'ready' | 'moved'>
  /** The secret whose versions hold staged values. */
  pendingId(scene: Scene): string
  addPending(scene: Scene, value: Secret, signal: AbortSignal): Promise<number>
  commit: Attempt<[staged: Staged, times: { readonly at: number; readonly deadline: number }]>
  revert: Attempt<
    [from: number, to: number, options: { readonly at: number; readonly keepNewUntil?: number }]
  >
  retire: Attempt<[previous: number]>
  /** Erases the copies of a version of NAME. */
  destroy(scene: Scene, number: number, signal: AbortSignal): Promise<void>
}

type Attempt<A extends readonly unknown[]> = (
  scene: Scene,
  ...rest: readonly [...A, AbortSignal]
) => Promise<undefined | 'moved'>

export function createRotation(store: GcpStore): RotationStore {
  const verbs = store.mode === 'alias' ? aliasVerbs(store) : latestVerbs(store)
  const settleOn = (
    name: SecretName,
    signal: AbortSignal,
    attempt: (scene: Scene) => Promise<undefined | 'moved'>,
  ): Promise<undefined> =>
    store.settle(async () => await attempt((await store.look(name, signal)) ?? gone(name)))

  return {
    guarantees: store.mode === 'alias' ? aliasGuarantees : latestGuarantees,
    observe: (name, signal) =>
      store.settle(async () => {
        const scene = await store.look(name, signal)
        return scene === undefined ? {} : await observeScene(store, scene, signal)
      }),
    pending: (name, signal) =>
      store.settle(async () => {
        const scene = await store.look(name, signal)
        if (scene?.facts.staged === undefined) return undefined
        return await pendingOf(store, verbs, scene, scene.facts.staged, signal)
      }),
    stage: createStage(store, verbs),
    commit: (name, { version }, times, signal) =>
      settleOn(name, signal, async scene => {
        const { staged, heir } = scene.facts
        if (staged?.id === version) return await verbs.commit(scene, staged, times, signal)
        if (heir !== version || !isServed(scene)) throw conflict(name)
        return undefined
      }),
    record: (name, version, given, signal) =>
      settleOn(name, signal, scene => record(store, scene, version, given, signal)),
    abort: (name, pending, signal) =>
      settleOn(name, signal, one => abort(store, verbs, one, pending, signal)),
    revert: (name, from, to, options, signal) =>
      settleOn(name, signal, async scene => {
        const [source, target] = [from, to].map(version => numberOf(scene.secret, version))
        if (source === undefined || target === undefined || scene.facts.staged !== undefined)
          throw conflict(name)
        if (scene.facts.reverting === undefined) requireRevertible(scene, from, to)
        return await verbs.revert(scene, source, target, options, signal)
      }),
    retire: (name, previous, current, signal) =>
      settleOn(name, signal, async scene => {
        const { rotation } = scene.facts
        const retiring = rotation?.previous
        if (retiring === undefined || !isServed(scene)) throw conflict(name)
        if (idOf(scene, scene.number) !== current || idOf(scene, Number(retiring.version)) !== previous) {
          throw conflict(name)
        }
        if (retiring.status !== 'accepted') return undefined
        return await verbs.retire(scene, Number(retiring.version), signal)
      }),
    destroy: (name, version, signal) =>
      settleOn(name, signal, scene => destroy(store, verbs, scene, version, signal)),
  }
}

function gone(name: SecretName): never {
  throw conflict(name)
}

async function record(
  store: GcpStore,
  scene: Scene,
  version: VersionId,
  given: Parameters<RotationStore['record']>[2],
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { rotation } = scene.facts
  if (rotation === undefined || idOf(scene, Number(rotation.version)) !== version) throw conflict(scene.name)
  const next = withLaterFacts(rotation, given)
  return next === rotation
    ? undefined
    : only(await store.update(scene, { ...scene.facts, rotation: next }, signal))
}

/** Elects the candidate, or adopts the one that is staged on the same base already. */
function createStage(store: GcpStore, verbs: Verbs): RotationStore['stage'] {
  return async (name, base, candidate, mark, signal) => {
    store.requireStorable(name, candidate)
    const id = store.newId()
    let added: number | undefined
    return await store.settle(async () => {
      const scene = await store.look(name, signal)
      if (scene === undefined || idOf(scene, scene.number) !== base) throw conflict(name)
      const { staged, litter = [] } = scene.facts
      if (scene.secret.isManaged) throw owned(name)
      if (scene.facts.reverting !== undefined) throw conflict(name)
      if (staged !== undefined) {
        if (staged.base !== scene.number) throw conflict(name)
        // Ours lost: it was never served, and must not lie about. An update that was sent twice on the way looks lost
        // as well, but then the one that is elected is ours.
        if (added !== undefined && staged.number !== added) {
          await store.api.setState(verbs.pendingId(scene), added, 'destroy', signal)
        }
        return await pendingOf(store, verbs, scene, staged, signal)
      }
      if (scene.taken !== undefined) throw nameTaken(scene.taken)
      if ((await verbs.prepare(scene, signal)) === 'moved') return 'moved'
      added ??= await verbs.addPending(scene, candidate, signal)
      for (const number of litter) await store.api.setState(verbs.pendingId(scene), number, 'destroy', signal)
      const elected: Staged = { id, base: scene.number, number: added, mark }
      const outcome = await store.update(scene, { ...scene.facts, staged: elected, litter: [] }, signal)
      return outcome === 'moved' ? outcome : { version: id, base, value: candidate, mark }
    })
  }
}

async function pendingOf(
  store: GcpStore,
  verbs: Verbs,
  scene: Scene,
  { id, base, number, mark }: Staged,
  signal: AbortSignal,
): Promise<Pending | 'moved'> {
  const found = await store.api.access(verbs.pendingId(scene), number, signal)
  if (found === undefined || found === 'unserved') {
    if (await store.isStale(scene, signal)) return 'moved'
    throw lostValue(scene.name)
  }
  return { version: id, base: idOf(scene, base), value: found.value, mark }
}

/** Whether what applications find is what the last rotation made current. */
function isServed({ facts: { rotation }, number }: Scene): boolean {
  return Number(rotation?.version) === number
}

/**
 * One update on the etag takes the staged value out of the record: who looked before has the etag against him, and who
 * looks later finds nothing to commit. The base gets a new id, so that a late stage of that run fails as well.
 */
async function abort(
  store: GcpStore,
  verbs: Verbs,
  scene: Scene,
  { version }: PendingFacts,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { name, facts, number } = scene
  const { staged, fence, litter = [] } = facts
  if (facts.heir === version && isServed(scene)) throw conflict(name)
  if (staged?.id !== version) return undefined
  // Published, or about to be: from there it only goes forward, unless somebody else has written over it.
  if (facts.publishing !== undefined && (await standing(store, scene, signal)) !== 'foreign')
    throw conflict(name)
  const count = fence?.at === number ? fence.count + 1 : 1
  const given: SecretFacts = {
    ...without(facts, 'staged', 'publishing'),
    fence: { at: number, count },
    litter: [...litter, staged.number],
  }
  if ((await store.update(scene, given, signal)) === 'moved') return 'moved'
  await store.api.setState(verbs.pendingId(scene), staged.number, 'destroy', signal)
  return undefined
}

function requireRevertible(scene: Scene, from: VersionId, to: VersionId): void {
  const { name, facts } = scene
  const previous = facts.rotation?.previous
  if (!isServed(scene) || idOf(scene, scene.number) !== from) throw conflict(name)
  if (previous?.status !== 'accepted' || idOf(scene, Number(previous.version)) !== to)
    throw nothingToRollBack(name)
}

async function destroy(
  store: GcpStore,
  verbs: Verbs,
  scene: Scene,
  version: VersionId,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { name, secret, facts, number: current, newest } = scene
  const number = numberOf(secret, version)
  if (number === undefined) return undefined
  const { rotation, staged, reverting } = facts
  const isOpen = rotation?.previous?.status === 'accepted'
  const sides = isOpen ? [Number(rotation.version), Number(rotation.previous.version)] : []
  const needed = [current, newest.number, staged?.base, reverting?.from, reverting?.to, ...sides]
  if (needed.includes(number)) throw conflict(name)
  await verbs.destroy(scene, number, signal)
  if (Number(rotation?.previous?.version) !== number || rotation === undefined) return undefined
  if (rotation.previous?.status === 'destroyed') return undefined
  const next = withPreviousStatus(rotation, 'destroyed')
  return only(await store.update(scene, { ...facts, rotation: next }, signal))
}

export function only(outcome: 'written' | 'moved'): undefined | 'moved' {
  return outcome === 'moved' ? outcome : undefined
}
