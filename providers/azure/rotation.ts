import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Guarantees,
  Pending,
  PendingFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import { committedFacts, withLaterFacts } from '../../src/core/rotation/record.ts'
import { abort } from './abort.ts'
import { conflict, nameTaken, ownedBy } from './failures.ts'
import { type Current, elect, type Look, observationOf, pendingOf, type Proposal, takenIn } from './look.ts'
import { retire } from './retirement.ts'
import { revert } from './rollback.ts'
import type { AzureStore } from './store.ts'
import { encodeCurrent, encodePrevious, encodeProposal, foreignTags, selfFacts } from './tags.ts'
import { announceProposal, interpreted, valueOfProposal } from './writes.ts'

export const guarantees: Guarantees = {
  flip: 'previous-first',
  election: 'time-bound',
  fence: false,
  deadline: 'with-flip',
  erasure: false,
}

/** Milliseconds that an owner is given at most: one verb has to end within the deadline of a call. */
const longestTurn = 10_000

/**
 * A proposal of this connection that it has seen elected after the settle time. Whose proposal it is commits it at
 * once; everybody else gives him two more settle times, so that the value is not written twice.
 */
type Elected = Pick<Pending, 'base' | 'version' | 'value'>

export function createRotation(store: AzureStore): Omit<Required<RotationStore>, 'guarantees' | 'destroy'> {
  const elected = new Map<SecretName, Elected>()
  return {
    observe: (name, signal) => store.inTurn(name, async () => observationOf(await store.look(name, signal))),
    pending: (name, signal) =>
      store.inTurn(name, async () => {
        const pending = pendingOf(await store.look(name, signal))
        return pending === undefined ? undefined : await withValue(store, name, pending, signal)
      }),
    async stage(name, base, candidate, mark, signal) {
      store.requireStorable(name, candidate)
      return await store.inTurn(name, async () => {
        const { isOwn, ...pending } = await stage(store, name, { base, value: candidate, mark }, signal)
        if (isOwn === true) elected.set(name, pending)
        else elected.delete(name)
        return pending
      })
    },
    announce: (name, { version }, at, signal) =>
      store.inTurn(name, async () => {
        const look = await store.look(name, signal)
        const place = { name, pending: look.objects.pending }
        await announceProposal(store, place, pendingOf(look), { version, at }, signal)
      }),
    commit: (name, pending, times, signal) =>
      store.inTurn(name, async () => {
        const own = elected.get(name)
        const known = own?.base === pending.base && own.version === pending.version ? own : undefined
        elected.delete(name)
        await commit(store, name, pending, known, times, signal)
      }),
    record: (name, version, facts, signal) =>
      store.inTurn(name, async () => {
        const current = await store.current(name, signal)
        const rotation = current?.record.rotation
        if (current?.version !== version || rotation?.version !== version) throw conflict(name)
        const later = withLaterFacts(rotation, facts)
        if (later === rotation) return
        const tags = {
          ...foreignTags(current.tags),
          ...encodeCurrent({ ...current.record, rotation: selfFacts(later) }),
        }
        await store.update(name, current.object, version, { tags }, signal)
      }),
    abort: (name, pending, signal) => store.inTurn(name, () => abort(store, name, pending, signal)),
    revert: (name, from, to, options, signal) =>
      store.inTurn(name, () => revert(store, name, from, to, options, signal)),
    retire: (name, previous, current, signal) =>
      store.inTurn(name, () => retire(store, name, previous, current, signal)),
  }
}

/** Proposes the candidate where nothing is proposed yet, lets everything settle, and gives back what is elected then. */
async function stage(
  store: AzureStore,
  name: SecretName,
  { base, value, mark }: Omit<Pending, 'version'>,
  signal: AbortSignal,
): Promise<Pending & { readonly isOwn?: true }> {
  const look = await store.lookAgain(name, signal)
  requireBase(look, base)
  const taken = takenIn(look)
  if (taken !== undefined) throw nameTaken(taken)
  let own: VersionId | undefined
  if (elect(look.proposals, base) === undefined) {
    const tags = encodeProposal(name, { base, mark })
    own = (await store.put(name, look.objects.pending, value, { tags }, signal)).version
  }
  await store.pause(store.settle, signal)
  const winner = elect(await store.proposals(name, signal), base)
  // Given up by somebody while we waited.
  if (winner === undefined) throw conflict(name)
  if (winner.version === own) return { version: own, base, value, mark, isOwn: true }
  return await withValue(store, name, winner, signal)
}

/**
 * The old value first, and only then the new one: at no moment is the old value accepted nowhere. The base is looked
 * at again between the two; a writer within the time of that one request is not noticed, that is what there is no
 * compare-and-set for. His value stays readable as a version.
 */
async function commit(
  store: AzureStore,
  name: SecretName,
  { version, base }: PendingFacts,
  known: Elected | undefined,
  times: CommitTimes,
  signal: AbortSignal,
): Promise<void> {
  // Another run's: it may be seconds old, with one beside it that is not yet listed, and that run may be at it.
  if (known === undefined && !isServed((await store.look(name, signal)).current, version, base)) {
    await store.pause(Math.min(2 * store.settle, longestTurn), signal)
    store.forget(name)
  }
  const look = await store.lookAgain(name, signal)
  if (isServed(look.current, version, base)) return
  const current = requireBase(look, base)
  const winner = elect(look.proposals, base)
  if (winner?.version !== version) throw conflict(name)
  const value = known?.value ?? (await withValue(store, name, winner, signal)).value
  const facts = committedFacts({ version, base, mark: winner.mark }, times)
  const tags = {
    ...foreignTags(current.tags),
    ...encodeCurrent({ name, rotation: selfFacts(facts), origin: { base, proposal: version }, after: base }),
  }
  const keep = encodePrevious(name, { of: base, proposal: version, until: times.deadline, isMirror: false })
  await store.put(name, look.objects.previous, current.value, { tags: keep }, signal)
  const again = await store.current(name, signal)
  if (isServed(again, version, base)) return
  if (again?.version !== base) {
    await takeBack(store, look, again, version, signal)
    throw conflict(name)
  }
  await store.putCurrent(
    name,
    look.objects.current,
    value,
    { tags, contentType: current.contentType },
    signal,
  )
}

/** The value that we have just written as the previous one is none: who replaced or removed it did not mean to keep it. */
async function takeBack(
  store: AzureStore,
  { name, objects }: Look,
  current: Current | undefined,
  proposal: VersionId,
  signal: AbortSignal,
): Promise<void> {
  if (current === undefined) {
    await interpreted(objects.previous, store.client.remove(objects.previous, signal))
    return
  }
  // A rotation of its own wrote its own previous value.
  if (current.record.rotation?.version === current.version) return
  const tags = encodePrevious(name, { of: current.version, proposal, isMirror: true })
  await store.put(name, objects.previous, current.value, { tags }, signal)
}

/** Whether the current version is what the commit of that proposal made. */
export function isServed(current: Current | undefined, proposal: VersionId, base: VersionId): boolean {
  const { origin, rotation } = current?.record ?? {}
  return (
    origin?.proposal === proposal &&
    rotation?.version === current?.version &&
    rotation?.previous?.version === base
  )
}

function requireBase({ name, current }: Look, base: VersionId): Current {
  if (current?.owner !== undefined) throw ownedBy(name, current.owner)
  if (current?.version !== base) throw conflict(name)
  return current
}

async function withValue(
  store: AzureStore,
  name: SecretName,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Pending> {
  return await valueOfProposal(store.client, name, store.names.objectsOf(name).pending, proposal, signal)
}
