import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { VersionId } from '../../src/core/provider.ts'
import type { CommitTimes, RevertOptions } from '../../src/core/rotation/port.ts'
import {
  committedFacts,
  revertedFacts,
  withLaterFacts,
  withPreviousStatus,
} from '../../src/core/rotation/record.ts'
import type { StoredPending, StoredSecret, StoredVersion } from './document.ts'

/** What becomes of one secret: pure, so that it can be asked again after a lost race. `undefined`: forget it altogether. */
export interface SecretChange {
  readonly secret: StoredSecret | undefined
  readonly erases?: boolean
}
export type Outcome = SecretChange | 'unchanged'
type Stored = StoredSecret | undefined

const retiredKept = 10

/** The secret as readers may see it: one that was removed is not there. */
export function live(secret: Stored): Stored {
  return secret?.removed === true ? undefined : secret
}

export function written(secret: Stored, version: StoredVersion): SecretChange {
  const { pending, rotation } = live(secret) ?? {}
  return {
    secret: tidy({
      current: version.id,
      versions: [version, ...(secret?.versions ?? [])],
      ...(pending === undefined ? {} : { pending }),
      // Kept, so that `observe` shows that somebody wrote over a rotation.
      ...(rotation === undefined ? {} : { rotation }),
    }),
  }
}

export function writtenIf(secret: Stored, base: VersionId | 'absent', version: StoredVersion): SecretChange {
  if ((live(secret)?.current ?? 'absent') !== base) throw moved()
  return written(secret, version)
}

/** The current value stays in the store until it is purged or written over; everything beside it goes. */
export function removed(secret: Stored): Outcome {
  if (live(secret) === undefined || secret === undefined) return 'unchanged'
  return { secret: tidy({ current: secret.current, versions: secret.versions, removed: true }) }
}

export function purged(secret: Stored): Outcome {
  return secret === undefined ? 'unchanged' : { secret: undefined, erases: true }
}

export function staged(
  secret: Stored,
  pending: Omit<StoredPending, 'announced'>,
  taken: string | undefined,
): Outcome {
  const base = requireCurrent(secret, pending.base)
  if (base.pending !== undefined) {
    // A value that was staged on another base is given up on purpose or not at all.
    if (base.pending.base !== pending.base) throw moved()
    return 'unchanged'
  }
  if (taken !== undefined) throw nameTaken(taken)
  return { secret: { ...base, pending: { ...pending, announced: false } } }
}

export function announced(secret: Stored, version: VersionId, at: Instant): Outcome {
  const known = live(secret)
  if (known?.pending?.version !== version) throw moved()
  if (known.pending.announced !== false) return 'unchanged'
  return { secret: { ...known, pending: { ...known.pending, announced: at } } }
}

export function committed(secret: Stored, version: VersionId, times: CommitTimes): Outcome {
  const known = live(secret)
  if (known?.current === version) return 'unchanged'
  const pending = known?.pending
  if (known === undefined || pending?.version !== version || pending.base !== known.current) throw moved()
  return {
    secret: tidy({
      current: version,
      versions: [{ id: version, created: times.at, value: pending.value }, ...known.versions],
      rotation: committedFacts(pending, times),
    }),
  }
}

export function recorded(
  secret: Stored,
  version: VersionId,
  facts: { readonly deadline?: Instant; readonly verifiedAt?: Instant },
): Outcome {
  const known = live(secret)
  if (known?.rotation?.version !== version) throw moved()
  const rotation = withLaterFacts(known.rotation, facts)
  return rotation === known.rotation ? 'unchanged' : { secret: { ...known, rotation } }
}

/**
 * The base gets a new id, with the same value and age: neither a late `commit` nor a late `stage` of the run that is
 * given up can find its base again.
 */
export function aborted(secret: Stored, version: VersionId, newBase: VersionId): Outcome {
  const known = live(secret)
  if (known?.current === version) throw moved()
  if (known?.pending?.version !== version) return 'unchanged'
  const { pending, rotation, ...rest } = known
  if (pending.base !== known.current) return { secret: tidy({ ...rest, ...(rotation && { rotation }) }) }
  const rename = (id: VersionId): VersionId => (id === pending.base ? newBase : id)
  return {
    secret: tidy({
      ...rest,
      current: newBase,
      versions: known.versions.map(entry => ({ ...entry, id: rename(entry.id) })),
      ...(rotation && { rotation: { ...rotation, version: rename(rotation.version) } }),
    }),
  }
}

export function reverted(secret: Stored, from: VersionId, to: VersionId, options: RevertOptions): Outcome {
  const known = live(secret)
  if (known?.current === to && known.rotation?.version === to) return 'unchanged'
  const { rotation, ...base } = requireCurrent(secret, from)
  if (base.pending !== undefined) throw moved()
  if (rotation?.previous?.version !== to || rotation.previous.status !== 'accepted') throw nothingToRollBack()
  const facts = revertedFacts(rotation, from, to, options, 'destroyed')
  return {
    secret: tidy({ ...base, current: to, rotation: facts }),
    erases: options.keepNewUntil === undefined,
  }
}

export function retired(secret: Stored, previous: VersionId, current: VersionId): Outcome {
  const known = requireCurrent(secret, current)
  const { rotation } = known
  if (rotation?.previous?.version !== previous) throw moved()
  if (rotation.previous.status !== 'accepted') return 'unchanged'
  const facts = withPreviousStatus(rotation, 'destroyed')
  return { secret: tidy({ ...known, rotation: facts }), erases: true }
}

export function destroyed(secret: Stored, version: VersionId): Outcome {
  const known = live(secret)
  const entry = known?.versions.find(one => one.id === version)
  if (known === undefined || entry?.value === undefined) return 'unchanged'
  if (isNeeded(known, version)) throw stillNeeded()
  const versions = known.versions.map(one => (one.id === version ? erase(one) : one))
  return { secret: { ...known, versions }, erases: true }
}

/** Erases every value that nothing refers to any more, and forgets all but the newest of those versions. */
function tidy(secret: StoredSecret): StoredSecret {
  let retired = 0
  const versions = secret.versions.flatMap(version => {
    if (isNeeded(secret, version.id)) return [version]
    retired += 1
    return retired > retiredKept ? [] : [erase(version)]
  })
  return { ...secret, versions }
}

/** Current, base of what is staged, or a side of an open grace period (even when somebody has written over it). */
function isNeeded({ current, pending, rotation }: StoredSecret, version: VersionId): boolean {
  if (version === current || version === pending?.base) return true
  if (rotation?.previous?.status !== 'accepted') return false
  return version === rotation.version || version === rotation.previous.version
}

function erase({ id, created }: StoredVersion): StoredVersion {
  return created === undefined ? { id } : { id, created }
}

function requireCurrent(secret: Stored, version: VersionId): StoredSecret {
  const known = live(secret)
  if (known?.current !== version) throw moved()
  return known
}

function moved(): SecretsError {
  return new SecretsError('provider.conflict', 'the secret is no longer as it was when it was looked at', {
    hints: ['nothing was changed; look again and decide anew'],
  })
}

function stillNeeded(): SecretsError {
  return new SecretsError('provider.conflict', 'that version is still in use', {
    hints: ['only a version that no reader accepts any more can be erased'],
  })
}

function nothingToRollBack(): SecretsError {
  return new SecretsError('rotation.nothing_to_roll_back', 'the previous value is no longer in the store', {
    hints: ['it was retired or written over; set the value you want by hand'],
  })
}

function nameTaken(name: string): SecretsError {
  return new SecretsError('rotation.name_taken', `"${name}" is a secret of its own in this store`, {
    hints: ['readers look there for the previous value: rename or delete that secret, then run again'],
  })
}
