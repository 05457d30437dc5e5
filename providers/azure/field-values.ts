import { removed, written } from '../../src/core/document/changes.ts'
import type { Entry } from '../../src/core/document/entry.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import type {
  Provider,
  SecretName,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../../src/core/provider.ts'
import type { Documents } from './documents.ts'
import { Refusal } from './failures.ts'
import { inOrder } from './history.ts'
import type { AzureStore } from './store.ts'
import { interpreted } from './writes.ts'

export async function readField(
  documents: Documents,
  name: SecretName,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const { entry } = await documents.read(name, signal)
  if (entry === undefined) return undefined
  const accepted = acceptedOf(entry)
  const wanted = typeof selector === 'string' ? undefined : selector.version
  if (selector === 'current' || wanted === entry.version) return currentOf(entry)
  return selector === 'previous' || wanted === accepted?.version ? accepted : undefined
}

function currentOf({ version, value, isRecorded, record }: Entry): SecretVersion {
  return { version, value, ...(isRecorded && record?.at !== undefined ? { created: record.at } : {}) }
}

/** While it is accepted the old value; after its retirement what readers find in its place. */
function acceptedOf({ record, previous, version }: Entry): SecretVersion | undefined {
  const facts = record?.rotation?.previous
  if (facts === undefined || previous === undefined || previous.is === 'foreign') return undefined
  if (previous.is === 'accepted') return { version: facts.version, value: previous.value }
  return facts.status === 'mirrored' ? { version, value: previous.value } : undefined
}

/** The values that this field had, newest first: each version of the secret carries the facts of its time. */
export async function* versionsOfField(
  store: AzureStore,
  documents: Documents,
  name: SecretName,
  signal: AbortSignal,
): AsyncGenerator<VersionInfo> {
  const { current: object } = store.names.objectsOf(name)
  const { entry, current } = await documents.read(name, signal)
  if (entry === undefined) return
  const seen = new Map([[entry.version, infoOf(entry, current?.created)]])
  const listed = await interpreted(object, store.client.versions(object, signal))
  const readable = listed.filter(({ isEnabled }) => isEnabled)
  for (const { version, created } of inOrder(readable, object)) {
    const stored = await store.client.get(object, version, signal).catch((error: unknown) => {
      // Disabled since the list was made.
      if (error instanceof Refusal && error.inner === 'SecretDisabled') return undefined
      throw error
    })
    const found =
      stored === undefined ? undefined : earlierOf(() => documents.entryIn(name, stored.value, version))
    // An older version that has it already knows better since when.
    if (found !== undefined) seen.set(found.version, infoOf(found, created))
  }
  yield* seen.values()
}

/** Versions from before the secret had fields are none of this one. */
function earlierOf(read: () => Entry | undefined): Entry | undefined {
  try {
    return read()
  } catch (error) {
    if (isSecretsError(error)) return undefined
    throw error
  }
}

function infoOf({ version, isRecorded, record }: Entry, made: number | undefined): VersionInfo {
  const created = isRecorded && record?.at !== undefined ? record.at : made
  return { version, ...(created === undefined ? {} : { created }) }
}

export function writingFields(
  store: AzureStore,
  documents: Documents,
): Required<Pick<Provider, 'write' | 'remove'>> {
  /** What is staged first: a commit that comes late must find it given up. */
  const closeAll = async (name: SecretName, signal: AbortSignal): Promise<void> => {
    const { pending } = store.names.objectsOf(name)
    await documents.close({ name, pending }, await documents.proposals(name, signal), 'aborted', signal)
  }
  return {
    async write(name, value, { at }, signal) {
      store.requireStorable(name, value)
      // Staged on a value that was removed meanwhile: it must not stand in the way of the new one.
      if ((await documents.read(name, signal)).entry === undefined) await closeAll(name, signal)
      const version = store.newVersion()
      const isLost = createLoss()
      await documents.change(name, signal, ({ entry }, isWritten) =>
        isLost(entry, isWritten) ? written(entry, value, at, version, documents.make) : 'done',
      )
      return { version, created: at }
    },
    async remove(name, signal) {
      if ((await documents.read(name, signal)).entry === undefined) return
      await closeAll(name, signal)
      const isLost = createLoss()
      await documents.change(name, signal, ({ entry }, isWritten) =>
        entry !== undefined && isLost(entry, isWritten) ? removed(entry) : 'done',
      )
    },
  }
}

/**
 * Whether the change has to be made: it was not yet, or what was there before it is there again, because somebody
 * wrote another field on an older version. What anybody made of this field since then stays.
 */
function createLoss(): (entry: Entry | undefined, isWritten: boolean) => boolean {
  let before: Entry | undefined
  return (entry, isWritten) => {
    if (!isWritten) {
      before = entry
      return true
    }
    if (entry === undefined || before === undefined) return entry === before
    return areEqualSecrets(entry.value, before.value) && entry.record?.id === before.record?.id
  }
}
