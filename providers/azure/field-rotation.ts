import {
  type Change,
  committed,
  moved,
  nameTaken,
  recorded,
  retired,
  reverted,
} from '../../src/core/document/changes.ts'
import { observeEntry, takenName } from '../../src/core/document/entry.ts'
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
import { type Decision, derivedVersion, type Documents, requireEntry, type Scene } from './documents.ts'
import { conflict } from './failures.ts'
import { elect, factsOf, type Proposal } from './look.ts'
import type { AzureStore } from './store.ts'
import { encodeProposal, fieldTag } from './tags.ts'
import { announceProposal, valueOfProposal } from './writes.ts'

/** A proposal of this connection that it has seen elected; it commits it at once, everybody else waits first. */
type Elected = Pick<Pending, 'base' | 'version' | 'value'>

interface Ways {
  readonly store: AzureStore
  readonly documents: Documents
}

/**
 * The rotation of one field of a JSON value. `field`, `field_OLD` and what is known of them stand in one version of the
 * secret, so that the flip moves all three at once. The candidate is elected as for a whole secret, among the proposals
 * that name this field; each write is looked for again after the settle time.
 */
export function createFieldRotation(
  store: AzureStore,
  documents: Documents,
): Omit<Required<RotationStore>, 'guarantees' | 'destroy'> {
  const ways = { store, documents }
  const elected = new Map<SecretName, Elected>()
  const change = async (
    name: SecretName,
    signal: AbortSignal,
    decide: (scene: Scene) => Change | 'unchanged',
  ): Promise<void> => {
    await documents.change(name, signal, scene => doneOr(decide(scene)))
  }
  return {
    observe: async (name, signal) => observeScene(await documents.look(name, signal)),
    async pending(name, signal) {
      const scene = await documents.look(name, signal)
      const pending = pendingOf(scene)
      return pending === undefined ? undefined : await withValue(store, scene, pending, signal)
    },
    async stage(name, base, value, mark, signal) {
      store.requireStorable(name, value)
      const { isOwn, ...pending } = await stage(ways, name, { base, value, mark }, signal)
      if (isOwn === true) elected.set(name, pending)
      else elected.delete(name)
      return pending
    },
    async announce(name, { version }, at, signal) {
      const scene = await documents.look(name, signal)
      await announceProposal(store, scene, pendingOf(scene), { version, at }, signal)
      documents.forget(name)
    },
    async commit(name, pending, times, signal) {
      const own = elected.get(name)
      const known = own?.base === pending.base && own.version === pending.version ? own : undefined
      elected.delete(name)
      return await commit(ways, name, pending, { known, times }, signal)
    },
    record: (name, version, facts, signal) =>
      change(name, signal, scene => recorded(requireEntry(scene), version, facts)),
    abort: (name, pending, signal) => abort(documents, name, pending, signal),
    revert: (name, from, to, options, signal) => revert(documents, name, { from, to, options }, signal),
    async retire(name, previous, current, signal) {
      await change(name, signal, scene => retired(requireEntry(scene), previous, current))
      const scene = await documents.look(name, signal)
      const over = scene.proposals.filter(one => one.base !== scene.entry?.version)
      await documents.close(scene, over, 'retired', signal)
    },
  }
}

function doneOr(change: Change | 'unchanged'): Decision {
  return change === 'unchanged' ? 'done' : change
}

async function stage(
  { store, documents }: Ways,
  name: SecretName,
  { base, value, mark }: Omit<Pending, 'version'>,
  signal: AbortSignal,
): Promise<Pending & { readonly isOwn?: true }> {
  const scene = await documents.lookAgain(name, signal)
  const entry = requireEntry(scene)
  if (entry.version !== base) throw conflict(name)
  const taken = takenName(entry)
  if (taken !== undefined) throw nameTaken(taken)
  let own: VersionId | undefined
  if (elect(scene.proposals, base) === undefined) {
    // The value gets a name that changes of other fields leave to it: two runners must not elect for two names.
    if (!entry.isRecorded) {
      await documents.change(name, signal, now => {
        const found = requireEntry(now)
        if (found.version !== base) throw conflict(name)
        return found.isRecorded ? 'done' : moved(found, { ...documents.make, newVersion: () => base })
      })
    }
    const tags = encodeProposal(name, { base, mark, field: fieldTag(scene.field) })
    own = (await store.put(name, scene.pending, value, { tags }, signal)).version
  }
  documents.forget(name)
  await store.pause(store.settle, signal)
  const winner = elect(await documents.proposals(name, signal), base)
  // Given up by somebody while we waited.
  if (winner === undefined) throw conflict(name)
  if (winner.version === own) return { version: own, base, value, mark, isOwn: true }
  return await withValue(store, scene, winner, signal)
}

async function commit(
  { store, documents }: Ways,
  name: SecretName,
  { version, base }: PendingFacts,
  { known, times }: { readonly known: Elected | undefined; readonly times: CommitTimes },
  signal: AbortSignal,
): Promise<Observation | undefined> {
  let seen = await documents.lookAgain(name, signal)
  // Another run's: it may be seconds old, with one beside it that is not yet listed, and that run may be at it.
  if (known === undefined && seen.entry?.version !== version) {
    await store.pause(store.settle, signal)
    seen = await documents.look(name, signal)
  }
  const { proposals } = seen
  const done = await documents.change(name, signal, async scene => {
    const entry = requireEntry(scene)
    if (entry.version === version) return 'done'
    const winner = elect(proposals, base)
    if (entry.version !== base || winner?.version !== version) throw conflict(name)
    const value: Secret = known?.value ?? (await withValue(store, scene, winner, signal)).value
    const staged = { version, base, mark: winner.mark, value, baseCheck: '' }
    return { ...committed(entry, staged, times, documents.make), origin: { base, proposal: version } }
  })
  // With rivals a second value may have been served: that takes a whole look.
  return proposals.filter(one => one.base === base).length > 1 ? undefined : observeScene(done)
}

/**
 * First its proposals, then the base: the same value gets another name, so that a runner that looked before finds its
 * base changed. A commit whose request is already on its way is not held off; it is looked for after the settle time.
 */
async function abort(
  documents: Documents,
  name: SecretName,
  { version }: PendingFacts,
  signal: AbortSignal,
): Promise<void> {
  const scene = await documents.look(name, signal)
  const given = scene.proposals.find(one => one.version === version)
  if (scene.entry === undefined || given === undefined) return
  const { base } = given
  if (scene.entry.version === version) throw conflict(name)
  const rivals = scene.proposals.filter(one => one.base === base)
  await documents.close(scene, rivals, 'aborted', signal)
  await documents.change(name, signal, now => {
    const entry = requireEntry(now)
    if (entry.version === version) throw conflict(name)
    if (entry.version !== base) return 'done'
    return moved(entry, { ...documents.make, newVersion: () => derivedVersion('aborted', base, version) })
  })
}

interface Way {
  readonly from: VersionId
  readonly to: VersionId
  readonly options: RevertOptions
}

async function revert(
  documents: Documents,
  name: SecretName,
  { from, to, options }: Way,
  signal: AbortSignal,
): Promise<void> {
  const scene = await documents.look(name, signal)
  // What is staged on the version that goes would look like somebody's edit afterwards.
  if (elect(scene.proposals, from) !== undefined) throw conflict(name)
  // Another name than before: what was proposed on it then must not count for it now.
  const id = derivedVersion('reverted', from, to)
  const done = await documents.change(name, signal, now =>
    doneOr(reverted(requireEntry(now), from, to, options, documents.make, id)),
  )
  await documents.close(done, scene.proposals, 'retired', signal)
}

/**
 * What is staged: on the current value, else on one that somebody has replaced since. Where the newest proposals are
 * those of which one was served, all are over, whether or not anybody has closed them.
 */
function pendingOf({ entry, proposals }: Scene): Proposal | undefined {
  if (entry === undefined) return undefined
  const staged = elect(proposals, entry.version)
  if (staged !== undefined) return staged
  const { id, rotation } = entry.record ?? {}
  const served = new Set([id, rotation?.version, rotation?.previous?.version])
  const isServed = (one: Proposal): boolean => served.has(one.version) || served.has(one.base)
  const open = proposals.filter(one => !one.isClosed && one.isEnabled)
  const newest = Math.max(...open.map(({ created }) => created))
  const last = open.filter(({ created }) => created === newest)
  const [base] = last.map(one => one.base).sort()
  return base === undefined || last.some(isServed) ? undefined : elect(proposals, base)
}

function observeScene(scene: Scene): Observation {
  const { entry, heirs, owner } = scene
  const { current, ...rest } = observeEntry(entry, undefined)
  if (current === undefined) return {}
  const pending = pendingOf(scene)
  return {
    current,
    ...rest,
    ...(pending === undefined ? {} : { pending: factsOf(pending) }),
    ...(owner === undefined ? {} : { owner }),
    ...(heirs === undefined ? {} : { heirs }),
  }
}

async function withValue(
  { client }: AzureStore,
  { name, pending }: Scene,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Pending> {
  return await valueOfProposal(client, name, pending, proposal, signal)
}
