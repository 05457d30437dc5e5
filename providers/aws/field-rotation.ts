import {
  type Change,
  committed,
  moved,
  nameTaken,
  recorded,
  retired,
  reverted,
} from '../../src/core/document/changes.ts'
import { Handed } from '../../src/core/document/handed.ts'
import { observeEntry, takenName } from '../../src/core/document/entry.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Observation,
  Pending,
  PendingFacts,
  RevertOptions,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { Documents, Scene } from './documents.ts'
import { announcedTag, currentLabel, fieldLabel, fieldTokens, maxAttempts } from './names.ts'
import { encodeStaged } from './staged-field.ts'
import { type AwsStore, conflict, foreign, requireSize } from './store.ts'

/**
 * The rotation of one field of a JSON value. `field`, `field_OLD` and what is known of them stand in one version of the
 * secret, so that the flip moves all three at once; it is conditional on the version that was read, so that no change
 * of another field is lost. The candidate is elected as for a whole secret: by a version id that every runner
 * calculates from the base.
 */
export function createFieldRotation(
  store: AwsStore,
  documents: Documents,
): Omit<Required<RotationStore>, 'guarantees' | 'destroy'> {
  const handed = new Handed<Scene>()
  const look = (name: SecretName, signal: AbortSignal) => (): Promise<Scene> => documents.look(name, signal)
  /** One conditional write, decided anew whenever another writer was faster. */
  const change = (
    name: SecretName,
    signal: AbortSignal,
    decide: (scene: Scene) => Change | 'unchanged' | Promise<Change | 'unchanged'>,
  ): Promise<void> =>
    documents.settle(async () => {
      const scene = await documents.look(name, signal)
      if (scene.entry === undefined) throw conflict(name)
      const outcome = await decide(scene)
      if (outcome === 'unchanged') return undefined
      return (await documents.apply(scene, outcome, signal)) === 'moved' ? 'moved' : undefined
    })

  return {
    observe: async (name, signal) => observeScene(handed.keep(await documents.look(name, signal))),
    async pending(name, signal) {
      const { entry, pending } = await documents.look(name, signal)
      return entry === undefined || pending === undefined ? undefined : plain(pending)
    },
    async stage(name, base, value, mark, signal) {
      store.requireStorable(name, value)
      const proposal = { base, value, mark }
      return await documents.settle(() =>
        handed.attempt(name, look(name, signal), signal, scene =>
          stage({ store, documents, handed }, scene, proposal, signal),
        ),
      )
    },
    announce: async (name, { version }, at, signal) => {
      await announce(store, await documents.look(name, signal), version, at, signal)
    },
    commit: (name, pending, times, signal) =>
      documents.settle(() =>
        handed.attempt(name, look(name, signal), signal, scene =>
          commit(documents, scene, pending, times, signal),
        ),
      ),
    record: (name, version, facts, signal) =>
      change(name, signal, ({ entry }) =>
        entry === undefined ? 'unchanged' : recorded(entry, version, facts),
      ),
    abort: (name, pending, signal) => documents.settle(() => abort(store, documents, name, pending, signal)),
    revert: (name, from, to, options, signal) =>
      change(name, signal, scene => back(store, documents, scene, { from, to, options, signal })),
    async retire(name, previous, current, signal) {
      await change(name, signal, ({ entry }) =>
        entry === undefined ? 'unchanged' : retired(entry, previous, current),
      )
      const scene = await documents.look(name, signal)
      if (scene.pending === undefined) await unlabel(store, scene, signal)
    },
  }
}

interface Way {
  readonly from: VersionId
  readonly to: VersionId
  readonly options: RevertOptions
  readonly signal: AbortSignal
}

async function back(
  store: AwsStore,
  { make }: Documents,
  scene: Scene,
  { from, to, options, signal }: Way,
): Promise<Change | 'unchanged'> {
  const { name, entry, pending, described, field } = scene
  if (entry === undefined || described === undefined || pending !== undefined) throw conflict(name)
  // Another name than before: what was staged on it then must not count for it now.
  const id = fieldTokens(described.arn, field).reverted(from, to)
  const decided = reverted(entry, from, to, options, make, id)
  // Left from the commit: it must not look like a value that is staged on what comes back.
  if (decided !== 'unchanged') await unlabel(store, scene, signal)
  return decided
}

async function announce(
  { api }: AwsStore,
  { name, entry, pending, object, field }: Scene,
  version: VersionId,
  at: Instant,
  signal: AbortSignal,
): Promise<void> {
  if (entry === undefined || pending?.version !== version) throw conflict(name)
  if (pending.announced === undefined) await api.tag(object, announcedTag(version, at, field), signal)
}

interface Stage {
  readonly store: AwsStore
  readonly documents: Documents
  readonly handed: Handed<Scene>
}

async function stage(
  to: Stage,
  seen: Scene,
  proposal: Omit<Pending, 'version'>,
  signal: AbortSignal,
): Promise<Pending | 'moved'> {
  const { documents } = to
  const { name, described, entry, pending } = seen
  const { base } = proposal
  if (described === undefined || entry?.version !== base) throw conflict(name)
  if (described.owner !== undefined) throw foreign(name, described.owner)
  if (pending !== undefined) {
    // A value that was staged on another base is given up on purpose or not at all.
    if (pending.base !== base) throw conflict(name)
    return plain(pending)
  }
  const taken = takenName(entry)
  if (taken !== undefined) throw nameTaken(taken)
  if (entry.isRecorded) return await elect(to, seen, { ...proposal, current: entry.value }, signal)
  // The value gets a name that changes of other fields leave to it: two runners must not elect for two names.
  const named = moved(entry, { ...documents.make, newVersion: () => base })
  const scene = await documents.apply(seen, named, signal)
  if (scene === 'moved') throw conflict(name)
  return await elect(to, scene, { ...proposal, current: entry.value }, signal)
}

/** The first value under the version id of this base is elected; whoever comes later takes it over. */
async function elect(
  { store, documents, handed }: Stage,
  scene: Scene,
  { base, value, mark, current }: Omit<Pending, 'version'> & { readonly current: Secret },
  signal: AbortSignal,
): Promise<Pending> {
  const { name, object, field, described } = scene
  const baseCheck = documents.make.fingerprint(current)
  const payload = encodeStaged({ base, baseCheck, mark, value })
  requireSize(name, payload)
  const label = fieldLabel(field)
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const version = fieldTokens(described?.arn ?? '', field).staged(base, attempt)
    const outcome = await store.api.put(object, { token: version, value: payload, labels: [label] }, signal)
    if (outcome === version) {
      // The ids before this one were given up, perhaps with their base: then this one must not stay either.
      if (attempt > 0) await requireBase(store, documents, { name, base, label, version }, signal)
      handed.keep({ ...scene, pending: { version, base, value, mark, baseCheck } })
      return { version, base, value, mark }
    }
    if (typeof outcome === 'string' || outcome.refused !== 'exists') throw conflict(name)
    const { labels } = await store.valueOf(object, version, signal)
    if (labels.includes(currentLabel)) throw conflict(name)
    if (labels.includes(label)) return plain(await documents.staged(scene, version, signal))
  }
  throw conflict(name)
}

async function requireBase(
  store: AwsStore,
  documents: Documents,
  { name, base, label, version }: { name: SecretName; base: string; label: string; version: string },
  signal: AbortSignal,
): Promise<void> {
  const { entry, object } = await documents.look(name, signal)
  if (entry?.version === base) return
  await store.api.label(object, label, { from: version }, signal)
  throw conflict(name)
}

async function commit(
  documents: Documents,
  scene: Scene,
  { version, base }: PendingFacts,
  times: CommitTimes,
  signal: AbortSignal,
): Promise<Observation | 'moved'> {
  const { name, entry, pending } = scene
  if (entry?.version === version) return observeScene(scene)
  if (pending?.version !== version || pending.base !== base || entry?.version !== base) throw conflict(name)
  const outcome = await documents.apply(scene, committed(entry, pending, times, documents.make), signal)
  if (outcome === 'moved') return outcome
  // The store's own word for it, not only that it took the change.
  return observeScene(await documents.look(name, signal))
}

/**
 * First the base, by which the value is given up for good, then its label: whoever looks in between finds it given up,
 * because the new base is named after it.
 */
async function abort(
  store: AwsStore,
  documents: Documents,
  name: SecretName,
  { version, base }: PendingFacts,
  signal: AbortSignal,
): Promise<undefined | 'moved'> {
  const scene = await documents.look(name, signal)
  const { entry, described, field } = scene
  if (entry?.version === version) throw conflict(name)
  if (described === undefined) return undefined
  if (entry !== undefined && entry.version === base) {
    // Whatever the labels say: as long as its base is current a flip to it can still come.
    const fence = fieldTokens(described.arn, field).fence(base, version)
    const given = moved(entry, { ...documents.make, newVersion: () => fence })
    if ((await documents.apply(scene, given, signal)) === 'moved') return 'moved'
  }
  if (described.labels.get(fieldLabel(field)) === version) await unlabel(store, scene, signal)
  return undefined
}

/** Takes the label of the field off; quiet where another one was faster. */
export async function unlabel(
  { api }: AwsStore,
  { object, field, described }: Scene,
  signal: AbortSignal,
): Promise<void> {
  const version = described?.labels.get(fieldLabel(field))
  if (version !== undefined) await api.label(object, fieldLabel(field), { from: version }, signal)
}

function observeScene({ entry, pending, described }: Scene): Observation {
  const owner = described?.owner
  const { current, ...rest } = observeEntry(entry, pending)
  if (current === undefined) return {}
  return { current, ...rest, ...(owner === undefined ? {} : { owner }) }
}

function plain({ version, base, value, mark }: Pending): Pending {
  return { version, base, value, mark }
}
