import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Guarantees,
  Mark,
  Pending,
  PendingFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import { withLaterFacts } from '../../src/core/rotation/record.ts'
import type { Secret } from '../../src/core/secret.ts'
import { type Entry, observe } from './entry.ts'
import {
  announcedTag,
  currentLabel,
  deadlineTag,
  labelsOf,
  markOf,
  maxAttempts,
  pendingLabel,
  previousLabel,
  retiredTag,
  tokens,
  verifiedTag,
} from './names.ts'
import { abort, revert } from './going-back.ts'
import { type AwsStore, conflict, foreign, mirror } from './store.ts'

/**
 * The deadline stands in a tag that is written right after the flip. No single version of a secret can be erased:
 * without a label it is kept until the service needs room (about 100 versions), readable by its id.
 */
export const guarantees: Guarantees = {
  flip: 'atomic',
  election: 'compare-and-set',
  fence: true,
  deadline: 'after-flip',
  erasure: false,
}

export function createRotation(store: AwsStore): Omit<Required<RotationStore>, 'guarantees' | 'destroy'> {
  return {
    async observe(name, signal) {
      return observe(await store.look(store.objectOf(name), signal))
    },
    async pending(name, signal) {
      const object = store.objectOf(name)
      const found = (await store.look(object, signal))?.pending
      if (found === undefined) return undefined
      const { version, base, mark } = found
      return { version, base, mark, value: (await store.valueOf(object, version, signal)).value }
    },
    async stage(name, base, candidate, mark, signal) {
      store.requireStorable(name, candidate)
      return await stage(store, name, { base, candidate, mark }, signal)
    },
    async announce(name, { version }, at, signal) {
      const object = store.objectOf(name)
      const pending = (await store.look(object, signal))?.pending
      if (pending?.version !== version) throw conflict(name)
      if (pending.announced === false) await store.api.tag(object, announcedTag(version, at), signal)
    },
    commit: (name, pending, times, signal) => commit(store, name, pending, times, signal),
    record: (name, version, facts, signal) => record(store, name, version, facts, signal),
    abort: (name, pending, signal) => abort(store, name, pending, signal),
    revert: (name, from, to, options, signal) => revert(store, name, from, to, options, signal),
    retire: (name, previous, current, signal) => retire(store, name, previous, current, signal),
  }
}

interface Proposal {
  readonly base: VersionId
  readonly candidate: Secret
  readonly mark: Mark
}

/** The first value under the version id of this base is elected; whoever comes later takes it over. */
async function stage(
  store: AwsStore,
  name: SecretName,
  { base, candidate, mark }: Proposal,
  signal: AbortSignal,
): Promise<Pending> {
  const object = store.objectOf(name)
  const entry = await store.look(object, signal)
  if (entry?.current !== base) throw conflict(name)
  const { described, pending } = entry
  if (described.owner !== undefined) throw foreign(name, described.owner)
  if (pending !== undefined) {
    // A value that was staged on another base is given up on purpose or not at all.
    if (pending.base !== base) throw conflict(name)
    const { value } = await store.valueOf(object, pending.version, signal)
    return { version: pending.version, base, value, mark: pending.mark }
  }
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const version = tokens.staged(described.arn, base, attempt)
    const request = { token: version, value: candidate, labels: labelsOf(mark) }
    const outcome = await store.api.put(object, request, signal)
    if (outcome === version) {
      store.expectStaged(object, base)
      return { version, base, value: candidate, mark }
    }
    if (typeof outcome === 'string' || outcome.refused !== 'exists') throw conflict(name)
    const { value, labels } = await store.valueOf(object, version, signal)
    if (labels.includes(pendingLabel) && !labels.includes(currentLabel)) {
      return { version, base, value, mark: markOf(labels) }
    }
    if (labels.includes(currentLabel)) throw conflict(name)
    // Without its label it was given up; its base is current again, so the next id is free or elected.
  }
  throw conflict(name)
}

/**
 * First the flip, which the store refuses unless the base is current, then the deadline. That a value was given up
 * needs no look: giving up moves the base.
 */
async function commit(
  store: AwsStore,
  name: SecretName,
  { version, base, mark }: PendingFacts,
  { at, deadline }: CommitTimes,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const facts = { previous: base, at, mode: mark.mode }
  if ((await store.flip(object, base, version, signal)) === 'done') {
    await store.api.tag(object, deadlineTag(version, facts, deadline), signal)
    return
  }
  const entry = await store.look(object, signal)
  if (entry?.described.owner !== undefined) throw foreign(name, entry.described.owner)
  if (entry?.current !== version || entry.rotation?.facts.version !== version) throw conflict(name)
  if (entry.rotation.facts.deadline === undefined && entry.rotation.facts.previous?.status === 'accepted') {
    await store.api.tag(object, deadlineTag(version, facts, deadline), signal)
  }
}

async function record(
  store: AwsStore,
  name: SecretName,
  version: VersionId,
  given: Parameters<RotationStore['record']>[2],
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const entry = await store.look(object, signal)
  const facts = entry?.rotation?.facts
  if (entry === undefined || facts?.version !== version || facts.previous === undefined) throw conflict(name)
  const { previous } = facts
  if (entry.rotation?.unfinished === 'commit' && entry.previous !== undefined) {
    // The service put the label onto the version that a fence took the place of.
    const move = { from: entry.previous, to: previous.version }
    if ((await store.api.label(object, previousLabel, move, signal)) === 'refused') throw conflict(name)
  }
  const later = withLaterFacts(facts, given)
  const { at, mode, deadline, verifiedAt } = later
  const tags = {
    ...(deadline === undefined || deadline === facts.deadline
      ? {}
      : deadlineTag(
          version,
          { previous: previous.version, mode, ...(at === undefined ? {} : { at }) },
          deadline,
        )),
    ...(verifiedAt === undefined || verifiedAt === facts.verifiedAt ? {} : verifiedTag(version, verifiedAt)),
  }
  if (Object.keys(tags).length > 0) await store.api.tag(object, tags, signal)
}

/** Readers of AWSPREVIOUS find the current value in the place of the old one: a label that is missing would break their start. */
async function retire(
  store: AwsStore,
  name: SecretName,
  previous: VersionId,
  current: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const entry = await store.look(object, signal)
  const facts = entry?.rotation?.facts
  if (entry?.current !== current || facts?.version !== current || facts.previous?.version !== previous) {
    throw conflict(name)
  }
  if (entry.previous === previous) await mirror(store, name, entry, previous, signal)
  if (!isMarkedRetired(entry)) {
    const { at, mode } = facts
    const marked = { previous, mode, ...(at === undefined ? {} : { at }) }
    await store.api.tag(object, retiredTag(current, marked), signal)
  }
  await store.sweep(object, entry, signal)
}

function isMarkedRetired({ tagFacts, current }: Entry): boolean {
  return tagFacts.get(current)?.isRetired === true
}
