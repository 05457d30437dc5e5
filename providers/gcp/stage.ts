import { isSecretsError } from '../../src/core/errors.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type { Pending } from '../../src/core/rotation/port.ts'
import type { Staged } from './record.ts'
import { conflict, lostValue, nameTaken, owned } from './refusals.ts'
import type { Verbs } from './rotation.ts'
import { idOf, isStale, type Scene } from './scene.ts'
import type { GcpStore } from './store.ts'

/** What an old scene may be the reason of. */
const refusals = ['provider.conflict', 'rotation.name_taken', 'provider.denied', 'store.damaged'] as const

/**
 * What the verb before has seen, for the next one to write on. Every update is conditional on the etag, so an old scene
 * only loses the race. It serves for one attempt, and no refusal is decided on it.
 */
export class Handed {
  #scene: Scene | undefined

  keep(scene: Scene): Scene {
    this.#scene = scene
    return scene
  }

  async attempt<T>(
    store: GcpStore,
    name: SecretName,
    signal: AbortSignal,
    work: (scene: Scene) => Promise<T | 'moved'>,
  ): Promise<T | 'moved'> {
    signal.throwIfAborted()
    const scene = this.#scene
    this.#scene = undefined
    if (scene?.name !== name) return await work((await store.look(name, signal)) ?? gone(name))
    try {
      return await work(scene)
    } catch (error) {
      if (refusals.some(code => isSecretsError(error, code))) return 'moved'
      throw error
    }
  }
}

export function gone(name: SecretName): never {
  throw conflict(name)
}

export interface Fresh {
  readonly pending: Pending
  /** The version that holds it where values wait, as soon as it is there. */
  added?: number
}

/** Elects the fresh value, or adopts the one that is staged on the same base already. */
export async function stage(
  store: GcpStore,
  verbs: Verbs,
  handed: Handed,
  scene: Scene,
  fresh: Fresh,
  signal: AbortSignal,
): Promise<Pending | 'moved'> {
  const { name } = scene
  const { base, value, version: id, mark } = fresh.pending
  if (idOf(scene, scene.number) !== base) throw conflict(name)
  const { staged } = scene.facts
  if (scene.secret.isManaged) throw owned(name)
  if (scene.facts.reverting !== undefined) throw conflict(name)
  if (staged !== undefined) {
    if (staged.base !== scene.number) throw conflict(name)
    // Ours lost: it was never served, and must not lie about. An update that was sent twice on the way looks lost
    // as well, but then the one that is elected is ours.
    if (fresh.added !== undefined && staged.number !== fresh.added) {
      await store.api.setState(verbs.pendingId(scene), fresh.added, 'destroy', signal)
    }
    return await pendingOf(store, verbs, scene, staged, signal)
  }
  if (scene.taken !== undefined) throw nameTaken(scene.taken)
  const ready = await verbs.prepare(scene, signal)
  if (ready === 'moved') return ready
  fresh.added ??= await verbs.addPending(ready, value, signal)
  await sweep(store, verbs, ready, signal)
  const elected: Staged = { id, base: ready.number, number: fresh.added, mark }
  const outcome = await store.update(ready, { ...ready.facts, staged: elected, litter: [] }, signal)
  if (outcome === 'moved') return outcome
  handed.keep({ ...outcome, candidate: { id, value } })
  return fresh.pending
}

/** Destroys the copies of values that were staged once. */
export async function sweep(store: GcpStore, verbs: Verbs, scene: Scene, signal: AbortSignal): Promise<void> {
  for (const number of scene.facts.litter ?? []) {
    await store.api.setState(verbs.pendingId(scene), number, 'destroy', signal)
  }
}

export async function pendingOf(
  store: GcpStore,
  verbs: Verbs,
  scene: Scene,
  { id, base, number, mark }: Staged,
  signal: AbortSignal,
): Promise<Pending | 'moved'> {
  const found = await store.api.access(verbs.pendingId(scene), number, signal)
  if (found === undefined || found === 'unserved') {
    if (await isStale(store.api, scene.secret, signal)) return 'moved'
    throw lostValue(scene.name)
  }
  return { version: id, base: idOf(scene, base), value: found.value, mark }
}
