import type { Instant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Observation, PendingFacts, RotationFacts } from '../../src/core/rotation/port.ts'
import type { Stored } from './client.ts'
import type { Objects } from './names.ts'
import type { CurrentRecord, PreviousRecord, ProposalRecord } from './tags.ts'

/** The secret itself, with what its tags say. */
export interface Current extends Stored {
  readonly record: CurrentRecord
  /** Another rotator whose secret this is. */
  readonly owner: string | undefined
}

/** A version of NAME--PENDING. */
export interface Proposal extends ProposalRecord {
  readonly version: VersionId
  readonly created: Instant
  readonly isEnabled: boolean
  readonly tags: Readonly<Record<string, string>>
}

/** Everything that one look at the vault found of a secret. */
export interface Look {
  readonly name: SecretName
  readonly objects: Objects
  readonly current: Current | undefined
  readonly proposals: readonly Proposal[]
  /** What stands at NAME--OLD; only looked at where the current version does not tell. */
  readonly old?: PreviousRecord | 'nothing' | 'foreign'
  /** Versions of NAME that hold different values for one base. */
  readonly heirs?: readonly VersionId[]
}

/**
 * The elected one of a base: the oldest, and of those of one second the one with the least id. Every runner that sees
 * the same proposals elects the same; one that comes later never displaces one of an earlier second.
 */
export function elect(proposals: readonly Proposal[], base: VersionId): Proposal | undefined {
  const open = proposals.filter(one => !one.isClosed && one.isEnabled && one.base === base)
  return open.reduce<Proposal | undefined>(
    (best, one) => (best === undefined || isBefore(one, best) ? one : best),
    undefined,
  )
}

function isBefore(one: Proposal, other: Proposal): boolean {
  return one.created === other.created ? one.version < other.version : one.created < other.created
}

/**
 * What is staged: on the current version, else on one that somebody has replaced since. Proposals whose rotation came
 * to its end are left where they are; that it did stands in the origin of NAME, and at NAME--OLD.
 */
export function pendingOf({ current, proposals, old }: Look): Proposal | undefined {
  if (current === undefined) return undefined
  const staged = elect(proposals, current.version)
  if (staged !== undefined) return staged
  const open = proposals.filter(one => !one.isClosed && one.isEnabled)
  const newest = Math.max(...open.map(({ created }) => created))
  const bases = new Set(open.filter(({ created }) => created === newest).map(({ base }) => base))
  const served = [current.record.origin?.base, typeof old === 'object' ? old.of : undefined]
  const isServed = served.some(base => base !== undefined && bases.has(base))
  const [base] = bases
  return isServed || base === undefined ? undefined : elect(proposals, base)
}

/** Several proposals for the base that the current rotation served: two of them may have been served. */
export function isDoubtful({ current, proposals }: Pick<Look, 'current' | 'proposals'>): boolean {
  const origin = current?.record.origin
  if (origin === undefined) return false
  const rivals = proposals.filter(({ base }) => base === origin.base).map(({ version }) => version)
  return new Set([...rivals, origin.proposal]).size > 1
}

export function factsOf({ version, base, mark, announced }: Proposal): PendingFacts {
  return { version, base, mark, announced: announced ?? false }
}

/** The rotation as NAME knows it, else as its previous value at NAME--OLD still tells. */
export function rotationOf({ current, old }: Look): RotationFacts | undefined {
  const known = current?.record.rotation
  if (known !== undefined || typeof old !== 'object' || old.isMirror) return known
  // NAME was written over by somebody who left no tags: the version that became current then is not this one.
  return {
    version: 'unknown',
    mode: 'scheduled',
    previous: { version: old.of, status: 'accepted' },
    ...(old.until === undefined ? {} : { deadline: old.until }),
  }
}

export function takenIn({ objects, old }: Look): string | undefined {
  return old === 'foreign' ? objects.previous : undefined
}

export function observationOf(look: Look): Observation {
  const { current, heirs } = look
  if (current === undefined) return {}
  const pending = pendingOf(look)
  const rotation = rotationOf(look)
  const taken = takenIn(look)
  const reverting = revertingOf(look)
  return {
    current: { version: current.version, since: rotation?.at ?? current.created },
    ...(pending === undefined ? {} : { pending: factsOf(pending) }),
    ...(rotation === undefined ? {} : { rotation }),
    ...(current.owner === undefined ? {} : { owner: current.owner }),
    ...(taken === undefined ? {} : { taken }),
    ...(heirs === undefined ? {} : { heirs }),
    ...(reverting === undefined ? {} : { reverting }),
  }
}

/** A rollback that keeps the newer value accepted, of which NAME is written and NAME--OLD not yet. */
export function revertingOf({ current, old }: Look): Observation['reverting'] {
  const rotation = current?.record.rotation
  if (current === undefined || rotation?.previous?.status !== 'accepted' || typeof old !== 'object')
    return undefined
  if (old.of === rotation.previous.version) return undefined
  const keep = rotation.deadline === undefined ? {} : { keepNewUntil: rotation.deadline }
  return { from: rotation.previous.version, to: old.of, ...keep }
}
