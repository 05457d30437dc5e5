import { matchesFingerprint } from '../fingerprint.ts'
import type { Instant } from '../instant.ts'
import { namePattern, previousName } from '../names.ts'
import type { SecretName, VersionId } from '../provider.ts'
import type { Observation, Pending, PreviousStatus, RotationFacts } from '../rotation/port.ts'
import { withPreviousStatus } from '../rotation/record.ts'
import type { Secret } from '../secret.ts'
import { areEqualSecrets } from '../secret-equality.ts'
import { type DocumentPage, factsKey, type SecretRecord, type SecretRecords } from './records.ts'

/** The version of a value that this tool never wrote, and of one that somebody else wrote over ours. */
const untouched: VersionId = 'initial'
const edited: VersionId = 'edited'

/** The staged value, and what it was put on. */
export interface StagedPending extends Pending {
  /** Salted fingerprint of the value that was current then. */
  readonly baseCheck: string
  /** Since when readers know of it. */
  readonly announced?: Instant
}

/** Everything that the documents say of one secret. */
export interface Entry {
  readonly name: SecretName
  readonly value: Secret
  readonly version: VersionId
  /** Whether the record knows this very value: then its time is the value's. */
  readonly isRecorded: boolean
  readonly record?: SecretRecord
  readonly previous?: {
    readonly value: Secret
    /** `accepted`: the previous value of the rotation · `mirror`: the current value, now or before an edit · else not ours. */
    readonly is: 'accepted' | 'mirror' | 'foreign'
  }
}

/**
 * `undefined` when the document has no such key. `unknown`: the version of a value that no record knows, where the
 * store has a better one than a word.
 */
export function readEntry(
  page: DocumentPage,
  records: SecretRecords,
  name: SecretName,
  pending?: StagedPending,
  unknown?: VersionId,
): Entry | undefined {
  const value = page.text(name)
  if (value === undefined) return undefined
  const record = records.get(name)
  const isRecorded = record !== undefined && matchesFingerprint(value, record.check)
  const previous = page.text(previousName(name))
  return {
    name,
    value,
    version: isRecorded
      ? record.id
      : unknownVersion(value, pending, unknown ?? (record ? edited : untouched)),
    isRecorded,
    ...(record === undefined ? {} : { record }),
    ...(previous === undefined ? {} : { previous: { value: previous, is: kindOf(previous, value, record) } }),
  }
}

/** A staged value remembers what it was put on; a second edit since then must not look like that. */
function unknownVersion(value: Secret, pending: StagedPending | undefined, label: VersionId): VersionId {
  if (pending !== undefined && matchesFingerprint(value, pending.baseCheck)) return pending.base
  return pending?.base === label ? `${label}-since` : label
}

function kindOf(
  previous: Secret,
  current: Secret,
  record: SecretRecord | undefined,
): 'accepted' | 'mirror' | 'foreign' {
  const isAccepted = record?.rotation?.previous?.status === 'accepted'
  if (isAccepted && matchesFingerprint(previous, record.previousCheck ?? '')) return 'accepted'
  if (areEqualSecrets(previous, current)) return 'mirror'
  return record?.rotation !== undefined && matchesFingerprint(previous, record.check) ? 'mirror' : 'foreign'
}

/**
 * The variables of the document, sorted, without the companions that this tool put there. `named`: keys that count
 * without looking like variables.
 */
export function variablesIn(
  page: DocumentPage,
  records: SecretRecords,
  named: ReadonlySet<string> = new Set(),
): readonly SecretName[] {
  const keys = page.keys().filter(key => (namePattern.test(key) || named.has(key)) && key !== factsKey)
  const companions = new Set(
    [...records]
      .filter(([name, { rotation }]) => rotation !== undefined && keys.includes(name))
      .flatMap(([name]) => {
        const is = readEntry(page, records, name)?.previous?.is
        return is === 'accepted' || is === 'mirror' ? [previousName(name)] : []
      }),
  )
  return keys.filter(key => !companions.has(key))
}

/** What the documents say of the rotation of one secret. */
export function observeEntry(entry: Entry | undefined, pending: StagedPending | undefined): Observation {
  if (entry === undefined) return {}
  const { record, version, isRecorded } = entry
  const since = isRecorded && record?.at !== undefined ? { since: record.at } : {}
  const taken = takenName(entry)
  return {
    current: { version, ...since },
    ...(pending === undefined
      ? {}
      : {
          pending: {
            version: pending.version,
            base: pending.base,
            mark: pending.mark,
            announced: pending.announced ?? false,
          },
        }),
    ...(record?.rotation === undefined ? {} : { rotation: factsOf(entry, record.rotation) }),
    ...(taken === undefined ? {} : { taken }),
  }
}

/** The place of the previous value, where something else stands. */
export function takenName({ name, previous }: Entry): SecretName | undefined {
  return previous?.is === 'foreign' ? previousName(name) : undefined
}

/** The record says what was written; what readers find today says whether the previous value is still served. */
function factsOf({ previous }: Entry, facts: RotationFacts): RotationFacts {
  if (facts.previous?.status !== 'accepted' || previous?.is === 'accepted') return facts
  const status: PreviousStatus = previous?.is === 'mirror' ? 'mirrored' : 'disabled'
  return withPreviousStatus(facts, status)
}
