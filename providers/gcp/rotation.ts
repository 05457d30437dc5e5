import type { Instant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Guarantees,
  Observation,
  PendingFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import { withLaterFacts, withPreviousStatus } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { aliasVerbs } from './alias.ts'
import { latestVerbs } from './latest.ts'
import { observeScene } from './observe.ts'
import { type SecretFacts, type Staged, without } from './record.ts'
import { conflict, nothingToRollBack } from './refusals.ts'
import { idOf, numberOf, type Scene } from './scene.ts'
import { type Fresh, gone, Handed, pendingOf, stage, sweep } from './stage.ts'
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
  /** What must be there before a value is staged; the scene as it is then. */
  prepare(scene: Scene, signal: AbortSignal): Promise<Scene | 'moved'>
  /** The secret whose versions hold staged values. */
  pendingId(scene: Scene): string
  addPending(scene: Scene, value: Secret, signal: AbortSignal): Promise<number>
  /** The scene as it is after the flip. */
  commit: Attempt<[staged: Staged, times: CommitTimes], Scene>
  revert: Attempt<
    [from: number, to: number, options: { readonly at: number; readonly keepNewUntil?: number }]
  >
  retire: Attempt<[previous: number]>
  /** Erases the copies of a version of NAME. */
  destroy(scene: Scene, number: number, signal: AbortSignal): Promise<void>
}

type Attempt<A extends readonly unknown[], T = undefined> = (
  scene: Scene,
  ...rest: readonly [...A, AbortSignal]
) => Promise<T | 'moved'>

export function createRotation(store: GcpStore): RotationStore {
  const verbs = store.mode === 'alias' ? aliasVerbs(store) : latestVerbs(store)
  const handed = new Handed()
  const settleOn = (
    name: SecretName,
    signal: AbortSignal,
    attempt: (scene: Scene) => Promise<undefined | 'moved'>,
  ): Promise<undefined> =>
    store.settle(async () => await attempt((await store.look(name, signal)) ?? gone(name)))

  return {
    guarantees: store.mode === 'alias' ? aliasGuarantees : latestGuarantees,
    async observe(name, signal) {
      const scene = await store.look(name, signal)
      return scene === undefined ? {} : observeScene(handed.keep(scene))
    },
    pending: (name, signal) =>
      store.settle(async () => {
        const scene = await store.look(name, signal)
        if (scene?.facts.staged === undefined) return undefined
        return await pendingOf(store, verbs, scene, scene.facts.staged, signal)
      }),
    async stage(name, base, candidate, mark, signal) {
      store.requireStorable(name, candidate)
      const fresh: Fresh = { pending: { version: store.newId(), base, value: candidate, mark } }
      return await store.settle(() =>
        handed.attempt(store, name, signal, scene => stage(store, verbs, handed, scene, fresh, signal)),
      )
    },
    announce: (name, { version }, at, signal) =>
      settleOn(name, signal, scene => announce(store, scene, version, at, signal)),
    commit: (name, { version }, times, signal) =>
      store.settle(() =>
        handed.attempt(store, name, signal, scene => commit(verbs, scene, version, times, signal)),
      ),
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
      settleOn(name, signal, scene => retire(store, verbs, scene, [previous, current], signal)),
    destroy: (name, version, signal) =>
      settleOn(name, signal, scene => destroy(store, verbs, scene, version, signal)),
  }
}

/** On the etag, as everything of the record. The value waits in the place of staged values, where readers may read it. */
async function announce(
  store: GcpStore,
  scene: Scene,
  version: VersionId,
  at: Instant,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { staged } = scene.facts
  if (staged?.id !== version) throw conflict(scene.name)
  if (staged.announced !== undefined) return undefined
  return only(await store.update(scene, { ...scene.facts, staged: { ...staged, announced: at } }, signal))
}

async function commit(
  verbs: Verbs,
  scene: Scene,
  version: VersionId,
  times: CommitTimes,
  signal: AbortSignal,
): Promise<Observation | 'moved'> {
  const { staged, heir } = scene.facts
  if (staged?.id === version) {
    const outcome = await verbs.commit(scene, staged, times, signal)
    return outcome === 'moved' ? outcome : observeScene(outcome)
  }
  if (heir !== version || !isServed(scene)) throw conflict(scene.name)
  return observeScene(scene)
}

/** What waited in the rotation is current now, and its copy goes with the retired value. */
async function retire(
  store: GcpStore,
  verbs: Verbs,
  scene: Scene,
  [previous, current]: readonly [VersionId, VersionId],
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const { name, facts, number } = scene
  const retiring = facts.rotation?.previous
  if (retiring === undefined || !isServed(scene)) throw conflict(name)
  if (idOf(scene, number) !== current || idOf(scene, Number(retiring.version)) !== previous)
    throw conflict(name)
  if (retiring.status !== 'accepted') return undefined
  await sweep(store, verbs, scene, signal)
  const swept = { ...scene, facts: { ...facts, litter: [] } }
  return await verbs.retire(swept, Number(retiring.version), signal)
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
  // About to be published: from there it only goes forward, unless somebody else has written over it.
  if (facts.publishing !== undefined && scene.isOverwritten !== true) throw conflict(name)
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

export function only(outcome: Scene | 'moved'): undefined | 'moved' {
  return outcome === 'moved' ? outcome : undefined
}
