import { Handed } from '../../src/core/document/handed.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Guarantees,
  Observation,
  Pending,
  PendingFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import {
  type Change,
  committed,
  conflict,
  moved,
  nameTaken,
  recorded,
  retired,
  reverted,
} from '../../src/core/document/changes.ts'
import {
  type Entry,
  observeEntry,
  readEntry,
  type StagedPending,
  takenName,
} from '../../src/core/document/entry.ts'
import { destroyVersion } from './erasure.ts'
import { readRecords } from './facts.ts'
import type { Page } from './kv.ts'
import type { Scene, VaultStore } from './store.ts'

/**
 * `erasure` is what `destroy` does: a retired value is no longer served, but earlier versions of the document hold it
 * until then (or until max_versions pushes them out). Snapshots and backups of the server are beyond it.
 */
export const guarantees: Guarantees = {
  flip: 'atomic',
  election: 'compare-and-set',
  fence: true,
  deadline: 'with-flip',
  erasure: true,
}

export function createRotation(store: VaultStore): RotationStore {
  const handed = new Handed<Scene>()
  const look = (name: SecretName, signal: AbortSignal) => (): Promise<Scene> => store.look(name, signal)
  /** One conditional write of the document, decided anew whenever another writer was faster. */
  const change = (
    name: SecretName,
    signal: AbortSignal,
    decide: (entry: Entry, scene: Scene) => Change | 'unchanged' | Promise<Change | 'unchanged'>,
  ): Promise<void> =>
    store.settle(async () => {
      const scene = await store.look(name, signal)
      if (scene.entry === undefined) throw conflict(name)
      const outcome = await decide(scene.entry, scene)
      return outcome === 'unchanged' ? undefined : only(await store.apply(scene, outcome, signal))
    })

  return {
    guarantees,
    async observe(name, signal) {
      const { entry, staging } = handed.keep(await store.look(name, signal))
      return observeEntry(entry, staging.pending)
    },
    async pending(name, signal) {
      const { entry, staging } = await store.look(name, signal)
      return entry === undefined || staging.pending === undefined ? undefined : plain(staging.pending)
    },
    async stage(name, base, candidate, mark, signal) {
      store.requireStorable(name, candidate)
      const version = store.make.newVersion()
      const fresh: Pending = { version, base, value: candidate, mark }
      return await store.settle(() =>
        handed.attempt(name, look(name, signal), signal, scene => stage(store, handed, scene, fresh, signal)),
      )
    },
    announce: (name, pending, at, signal) =>
      store.settle(() => announce(store, handed, { name, pending, at }, signal)),
    commit: (name, pending, times, signal) =>
      store.settle(() =>
        handed.attempt(name, look(name, signal), signal, scene =>
          commit(store, scene, pending, times, signal),
        ),
      ),
    record: (name, version, facts, signal) => change(name, signal, entry => recorded(entry, version, facts)),
    abort: (name, pending, signal) => store.settle(() => abort(store, name, pending, signal)),
    revert: (name, from, to, options, signal) =>
      change(name, signal, async (entry, { staging, document }) => {
        const { pending, page } = staging
        if (pending !== undefined) {
          // Left by a commit that was killed: it would look like a value staged on the base that comes back.
          if (pending.version !== from || entry.version !== from) throw conflict(name)
          await document.clean(page.version, signal)
        }
        return reverted(entry, from, to, options, store.make)
      }),
    retire: (name, previous, current, signal) =>
      change(name, signal, entry => retired(entry, previous, current)),
    destroy: (name, version, signal) => destroyVersion(store, name, version, signal),
  }
}

/** Elects the fresh value, or adopts the one that is staged on the same base already. */
async function stage(
  store: VaultStore,
  handed: Handed<Scene>,
  scene: Scene,
  fresh: Pending,
  signal: AbortSignal,
): Promise<Pending | 'moved'> {
  const { name, entry, staging, document } = scene
  if (entry?.version !== fresh.base) throw conflict(name)
  const { pending, aborted, page } = staging
  if (pending?.version === fresh.base) {
    // Left by the commit that made this base current.
    await document.clean(page.version, signal)
    return 'moved'
  }
  if (pending !== undefined) {
    // A value that was staged on another base is given up on purpose or not at all.
    if (pending.base !== fresh.base) throw conflict(name)
    return plain(pending)
  }
  if (aborted?.base === fresh.base) {
    // Whoever gave it up was killed before the base was moved; a late commit could still land.
    await store.apply(scene, moved(entry, store.make), signal)
    throw conflict(name)
  }
  const taken = takenName(entry)
  if (taken !== undefined) throw nameTaken(taken)
  const staged: StagedPending = { ...fresh, baseCheck: store.make.fingerprint(entry.value) }
  const outcome = await document.put(staging, staged, signal)
  if (outcome === 'moved') return outcome
  handed.keep({ ...scene, staging: outcome })
  return fresh
}

/** On the staging document, by check-and-set: who looks from now on finds it, and who gives it up ends it with the value. */
async function announce(
  store: VaultStore,
  handed: Handed<Scene>,
  { name, pending: asked, at }: { name: SecretName; pending: PendingFacts; at: Instant },
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const scene = await store.look(name, signal)
  const { entry, staging, document } = scene
  const { pending } = staging
  const { version } = asked
  if (pending?.version !== version || entry?.version === version) throw conflict(name)
  if (pending.announced !== undefined) return undefined
  const outcome = await document.put(staging, { ...pending, announced: at }, signal)
  if (outcome === 'moved') return outcome
  // What is committed next erases this version too.
  handed.keep({ ...scene, staging: outcome })
  return undefined
}

async function commit(
  store: VaultStore,
  scene: Scene,
  { version, base }: PendingFacts,
  times: CommitTimes,
  signal: AbortSignal,
): Promise<Observation | 'moved'> {
  const { name, entry, staging, document } = scene
  const { pending, page } = staging
  const isStaged = pending?.version === version
  let found: Entry | undefined = entry
  if (entry?.version !== version) {
    // The staged value must still stand there: one that was given up is gone for good.
    if (!isStaged || pending.base !== base || entry?.version !== base) throw conflict(name)
    const outcome = await store.apply(scene, committed(entry, pending, times, store.make), signal)
    if (outcome === 'moved') return outcome
    found = readEntry(outcome, readRecords(outcome, store.kv.shown), name)
  }
  if (!isStaged) return observeEntry(found, pending)
  await document.clean(page.version, signal)
  // The flip was acknowledged with the number of its version; an erasure is acknowledged with nothing.
  return observeEntry(found, (await document.read(signal)).pending)
}

/**
 * First the mark, then the base: whoever looks from now on finds nothing to commit, and whoever looked before finds
 * the document moved. In the other order a runner could stage on the new base before the old value is given up.
 */
async function abort(
  store: VaultStore,
  name: SecretName,
  { version }: PendingFacts,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const scene = await store.look(name, signal)
  const { entry, staging, document } = scene
  const { pending, aborted, page } = staging
  if (entry?.version === version) throw conflict(name)
  if (pending?.version === version) {
    await document.giveUp(staging, pending, signal)
    return 'moved'
  }
  if (aborted?.version !== version) return undefined
  if (entry?.version === aborted.base) {
    const outcome = await store.apply(scene, moved(entry, store.make), signal)
    if (outcome === 'moved') return outcome
  }
  await document.clean(page.version - 1, signal)
  return undefined
}

function plain({ version, base, value, mark }: Pending): Pending {
  return { version, base, value, mark }
}

function only(outcome: Page | 'moved'): undefined | 'moved' {
  return outcome === 'moved' ? outcome : undefined
}
