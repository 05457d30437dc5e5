import { SecretsError } from '../errors.ts'
import type { Instant } from '../instant.ts'
import { previousName } from '../names.ts'
import type { SecretName, VersionId } from '../provider.ts'
import type { CommitTimes, RevertOptions } from '../rotation/port.ts'
import { committedFacts, revertedFacts, withLaterFacts, withPreviousStatus } from '../rotation/record.ts'
import type { Secret } from '../secret.ts'
import type { Entry, StagedPending } from './entry.ts'
import type { SecretRecord } from './records.ts'

/** What becomes of one secret in its document, in one write. Pure, so that it can be asked again after a lost race. */
export interface Change {
  /** `undefined` values stay as they are, `null` removes. */
  readonly value?: Secret | null
  readonly previous?: Secret | null
  readonly record: SecretRecord | undefined
}

/** What an edit needs from outside: randomness for salts and version ids. */
export interface Maker {
  fingerprint(value: Secret): string
  newVersion(): VersionId
}

/** An open rotation stays recorded: that its version is not the current one shows that somebody wrote over it. */
export function written(
  entry: Entry | undefined,
  value: Secret,
  at: Instant,
  id: VersionId,
  make: Maker,
): Change {
  const { rotation, previousCheck } = entry?.record ?? {}
  const isMirrored = rotation !== undefined && entry?.previous?.is === 'mirror'
  return {
    value,
    // A mirror that kept the older value would be accepted by readers without a deadline.
    ...(isMirrored ? { previous: value } : {}),
    record: {
      id,
      check: make.fingerprint(value),
      at,
      ...(rotation && { rotation }),
      ...(previousCheck === undefined ? {} : { previousCheck }),
    },
  }
}

export function removed(entry: Entry): Change {
  const isOurs = entry.record?.rotation !== undefined && entry.previous?.is !== 'foreign'
  return { value: null, ...(isOurs ? { previous: null } : {}), record: undefined }
}

export function committed(entry: Entry, staged: StagedPending, times: CommitTimes, make: Maker): Change {
  return {
    value: staged.value,
    previous: entry.value,
    record: {
      id: staged.version,
      check: make.fingerprint(staged.value),
      at: times.at,
      rotation: committedFacts(staged, times),
      previousCheck: make.fingerprint(entry.value),
    },
  }
}

export function recorded(
  entry: Entry,
  version: VersionId,
  facts: { readonly deadline?: Instant; readonly verifiedAt?: Instant },
): Change | 'unchanged' {
  const { record, name } = entry
  if (record?.rotation?.version !== version) throw conflict(name)
  const rotation = withLaterFacts(record.rotation, facts)
  return rotation === record.rotation ? 'unchanged' : { record: { ...record, rotation } }
}

/** The same value gets a new version: neither a late commit nor a late stage of the run finds its base again. */
export function moved(entry: Entry, make: Maker): Change {
  const { record, version, value, isRecorded } = entry
  const { at, rotation, ...rest } = record ?? {}
  const id = make.newVersion()
  return {
    record: {
      ...rest,
      id,
      check: make.fingerprint(value),
      ...(isRecorded && at !== undefined ? { at } : {}),
      ...(rotation && {
        rotation: { ...rotation, version: rotation.version === version ? id : rotation.version },
      }),
    },
  }
}

/**
 * The dropped newer value leaves a mirror: what reads `NAME_OLD` at its start must find it. `id`: the version of the
 * value that comes back, where that is not the one that it had.
 */
export function reverted(
  entry: Entry,
  from: VersionId,
  to: VersionId,
  options: RevertOptions,
  make: Maker,
  id: VersionId = to,
): Change | 'unchanged' {
  const { record, version, name, previous, value } = entry
  const rotation = record?.rotation
  if (version === id && rotation?.version === id) return 'unchanged'
  if (version !== from || rotation === undefined) throw conflict(name)
  if (rotation.previous?.version !== to || previous?.is !== 'accepted') throw nothingToRollBack(name)
  return {
    value: previous.value,
    previous: options.keepNewUntil === undefined ? previous.value : value,
    record: {
      id,
      check: make.fingerprint(previous.value),
      at: options.at,
      rotation: revertedFacts(rotation, from, id, options, 'mirrored'),
      previousCheck: make.fingerprint(value),
    },
  }
}

/** Readers find the current value in the place of the previous one: a key that is missing would break their start. */
export function retired(entry: Entry, previous: VersionId, current: VersionId): Change | 'unchanged' {
  const { record, version, name, value } = entry
  const rotation = record?.rotation
  if (version !== current || record === undefined || rotation?.previous?.version !== previous) {
    throw conflict(name)
  }
  if (rotation.previous.status !== 'accepted') return 'unchanged'
  const isServed = entry.previous?.is === 'accepted'
  return {
    ...(isServed ? { previous: value } : {}),
    record: { ...record, rotation: withPreviousStatus(rotation, isServed ? 'mirrored' : 'disabled') },
  }
}

/** Current, staged, base of what is staged, or a side of an open grace period. */
export function isNeeded(
  { version: current, record, previous }: Entry,
  version: VersionId,
  pending: StagedPending | undefined,
): boolean {
  const rotation = record?.rotation
  const isOpen = previous?.is === 'accepted'
  const sides = isOpen ? [rotation?.version, rotation?.previous?.version] : []
  return [current, pending?.version, pending?.base, ...sides].includes(version)
}

/** The keys that a change writes, without the facts. */
export function keysOf(
  name: SecretName,
  { value, previous }: Change,
): Readonly<Record<string, string | null>> {
  const entries: [string, Secret | null | undefined][] = [
    [name, value],
    [previousName(name), previous],
  ]
  return Object.fromEntries(
    entries.flatMap(([key, one]) => (one === undefined ? [] : [[key, one === null ? null : one.reveal()]])),
  )
}

export function conflict(name: SecretName): SecretsError {
  return new SecretsError('provider.conflict', `"${name}" was changed by somebody else in the meantime`, {
    hints: ['nothing was written; run it again'],
  })
}

export function nameTaken(name: SecretName): SecretsError {
  return new SecretsError('rotation.name_taken', `"${name}" holds something that this tool did not write`, {
    hints: ['the old value would have to stand there: rename or remove it, then run it again'],
  })
}

function nothingToRollBack(name: SecretName): SecretsError {
  return new SecretsError(
    'rotation.nothing_to_roll_back',
    `the previous value of "${name}" is no longer served`,
    {
      hints: ['it was retired or written over; the earlier versions of the path may still hold it'],
    },
  )
}
