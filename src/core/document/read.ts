import { isSecretsError } from '../errors.ts'
import type { Instant } from '../instant.ts'
import type { HeldSecret, SecretName, SecretVersion, VersionInfo, VersionSelector } from '../provider.ts'
import type { Entry } from './entry.ts'

/** What a reader of the store gets of one secret. */
export function readVersion(entry: Entry, selector: VersionSelector): SecretVersion | undefined {
  const accepted = acceptedOf(entry)
  const wanted = typeof selector === 'string' ? undefined : selector.version
  if (selector === 'current' || wanted === entry.version) return currentOf(entry)
  return selector === 'previous' || wanted === accepted?.version ? accepted : undefined
}

/** The same with the previous value beside it, as long as that is accepted. */
export function heldIn(name: SecretName, entry: Entry): HeldSecret {
  const accepted = acceptedOf(entry)
  const deadline = entry.record?.rotation?.deadline
  if (entry.previous?.is !== 'accepted' || accepted === undefined) return { name, ...currentOf(entry) }
  const previous = { value: accepted.value, ...(deadline === undefined ? {} : { deadline }) }
  return { name, ...currentOf(entry), previous }
}

function currentOf({ version, value, isRecorded, record }: Entry): SecretVersion {
  return { version, value, ...(isRecorded && record?.at !== undefined ? { created: record.at } : {}) }
}

/** While it is accepted the old value; after its retirement what readers find in its place. */
function acceptedOf({ record, previous }: Entry): SecretVersion | undefined {
  const facts = record?.rotation?.previous
  if (facts === undefined || previous === undefined || previous.is === 'foreign') return undefined
  if (previous.is === 'accepted') return { version: facts.version, value: previous.value }
  return facts.status === 'mirrored'
    ? { version: record?.id ?? facts.version, value: previous.value }
    : undefined
}

/** `made`: when the store says that this version of the document was made, which counts where no record knows better. */
export function infoOf({ version, isRecorded, record }: Entry, made: Instant | undefined): VersionInfo {
  const created = isRecorded && record?.at !== undefined ? record.at : made
  return { version, ...(created === undefined ? {} : { created }) }
}

/** An earlier version of an object may be from before it was a document: then it is no version of this secret. */
export function earlierEntry(read: () => Entry | undefined): Entry | undefined {
  try {
    return read()
  } catch (error) {
    if (isSecretsError(error)) return undefined
    throw error
  }
}
