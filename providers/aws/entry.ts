import type { VersionId } from '../../src/core/provider.ts'
import type {
  Observation,
  PendingFacts,
  PreviousStatus,
  RotationFacts,
} from '../../src/core/rotation/port.ts'
import {
  announcedIn,
  currentLabel,
  isStagedOn,
  markOf,
  modeOf,
  pendingLabel,
  previousLabel,
  readTags,
  type TagFacts,
  tokens,
} from './names.ts'
import type { Described } from './replies.ts'

/** The last rotation, and what labels and tags say together of the value before it. */
export interface Rotation {
  readonly facts: RotationFacts
  /** Whether readers of AWSPREVIOUS find what the facts say, and the tags are there too. */
  readonly unfinished?: 'commit' | 'retire'
}

/** Everything that labels and tags say of one secret. Pure: the same description gives the same entry. */
export interface Entry {
  readonly described: Described
  readonly current: VersionId
  readonly previous?: VersionId
  readonly pending?: PendingFacts
  readonly rotation?: Rotation
  readonly tagFacts: ReadonlyMap<VersionId, TagFacts>
}

/** `undefined` for a secret without a current value, or one that waits for its deletion. */
export function readEntry(described: Described | undefined): Entry | undefined {
  const current = described?.labels.get(currentLabel)
  if (described === undefined || described.isDeleted || current === undefined) return undefined
  const previous = described.labels.get(previousLabel)
  const tagFacts = readTags(described.tags)
  const pending = pendingOf(described, current, previous, tagFacts)
  const rotation = rotationOf(described, current, previous, tagFacts)
  return {
    described,
    current,
    tagFacts,
    ...(previous === undefined ? {} : { previous }),
    ...(pending === undefined ? {} : { pending }),
    ...(rotation === undefined ? {} : { rotation }),
  }
}

/**
 * The version with our label, unless it has been current: then it is the label's last place after a commit. One whose
 * base was moved by giving it up is none either, even where its labels are still to be taken off.
 */
function pendingOf(
  { arn, labels, versions, tags }: Described,
  current: VersionId,
  previous: VersionId | undefined,
  tagFacts: ReadonlyMap<VersionId, TagFacts>,
): PendingFacts | undefined {
  const version = labels.get(pendingLabel)
  if (version === undefined || version === current || version === previous || tagFacts.has(version)) {
    return undefined
  }
  const bases = [current, ...versions.keys()]
  if (bases.some(base => tokens.fence(arn, base, version) === current)) return undefined
  const base = bases.find(one => isStagedOn(arn, one, version)) ?? 'unknown'
  return { version, base, mark: markOf(versions.get(version) ?? []), announced: announcedIn(tags, version) }
}

function rotationOf(
  described: Described,
  current: VersionId,
  previous: VersionId | undefined,
  tagFacts: ReadonlyMap<VersionId, TagFacts>,
): Rotation | undefined {
  const { arn, versions } = described
  const own = tagFacts.get(current)
  if (own?.previous !== undefined) return rotated(own, own.previous, current, previous)
  // The tags were not written yet, or somebody has removed them: the version's id says what it was made for.
  const isStaged = previous !== undefined && isStagedOn(arn, previous, current)
  const before = isStaged ? previous : revertedFrom(described, current, tagFacts)
  if (before === undefined) return overwritten(tagFacts, previous)
  const mode = modeOf(versions.get(current) ?? [])
  return rotated(
    { ...own, version: current, isRetired: own?.isRetired ?? false, mode },
    before,
    current,
    previous,
  )
}

/** The newer version that a rollback put this one in the place of. */
function revertedFrom(
  { arn, versions }: Described,
  current: VersionId,
  tagFacts: ReadonlyMap<VersionId, TagFacts>,
): VersionId | undefined {
  const known = new Set([...versions.keys(), ...tagFacts.keys()])
  return [...known].find(from => {
    const before = tagFacts.get(from)?.previous
    const candidates = before === undefined ? [...known] : [before, ...known]
    return candidates.some(to => tokens.reverted(arn, from, to) === current)
  })
}

function rotated(
  tags: TagFacts,
  before: VersionId,
  current: VersionId,
  found: VersionId | undefined,
): Rotation {
  const { deadline, verifiedAt, at, mode, isRetired } = tags
  const facts = (status: PreviousStatus): RotationFacts => ({
    version: current,
    mode,
    previous: { version: before, status },
    ...(at === undefined ? {} : { at }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  })
  if (found === before) {
    // Given up already (a rollback that drops the newer value), but its label is still there.
    return isRetired ? { facts: facts('disabled'), unfinished: 'retire' } : { facts: facts('accepted') }
  }
  const isElsewhere = found !== undefined && found !== current
  if (isElsewhere && !isRetired) return { facts: facts('accepted'), unfinished: 'commit' }
  return {
    facts: facts(found === current ? 'mirrored' : 'disabled'),
    ...(isRetired ? {} : { unfinished: 'retire' }),
  }
}

/** Somebody else wrote since the last rotation: the version that was current just before, else the latest that we know. */
function overwritten(
  tagFacts: ReadonlyMap<VersionId, TagFacts>,
  previous: VersionId | undefined,
): Rotation | undefined {
  const known = [...tagFacts.values()].filter(tags => tags.previous !== undefined)
  const latest = known.toSorted((one, other) => (other.at ?? 0) - (one.at ?? 0))[0]
  const tags = known.find(({ version }) => version === previous) ?? latest
  if (tags?.previous === undefined) return undefined
  const status = tags.isRetired ? 'mirrored' : 'accepted'
  return {
    facts: {
      version: tags.version,
      mode: tags.mode,
      previous: { version: tags.previous, status },
      ...(tags.at === undefined ? {} : { at: tags.at }),
      ...(tags.deadline === undefined ? {} : { deadline: tags.deadline }),
    },
  }
}

/**
 * `since` of a value that no rotation of ours made current is when anything of the secret was changed last: the
 * description has no date of a version, and so it is never earlier than that.
 */
export function observe(entry: Entry | undefined): Observation {
  if (entry === undefined) return {}
  const { current, pending, rotation } = entry
  const { owner, changed } = entry.described
  const at = rotation?.facts.version === current ? rotation.facts.at : undefined
  const since = at ?? changed
  return {
    current: { version: current, ...(since === undefined ? {} : { since }) },
    ...(pending === undefined ? {} : { pending }),
    ...(rotation === undefined ? {} : { rotation: rotation.facts }),
    ...(rotation?.unfinished === undefined ? {} : { unfinished: rotation.unfinished }),
    ...(owner === undefined ? {} : { owner }),
  }
}
