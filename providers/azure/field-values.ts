import { removed, written } from '../../src/core/document/changes.ts'
import type { Entry } from '../../src/core/document/entry.ts'
import { earlierEntry, infoOf, readVersion } from '../../src/core/document/read.ts'
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
  return entry && readVersion(entry, selector)
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
      stored === undefined ? undefined : earlierEntry(() => documents.entryIn(name, stored.value, version))
    // An older version that has it already knows better since when.
    if (found !== undefined) seen.set(found.version, infoOf(found, created))
  }
  yield* seen.values()
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
