import { removed, written } from '../../src/core/document/changes.ts'
import { earlierEntry, infoOf, readVersion } from '../../src/core/document/read.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type {
  Provider,
  SecretName,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { Documents, Scene } from './documents.ts'
import { unlabel } from './field-rotation.ts'
import { isStaged } from './staged-field.ts'
import { type AwsStore, conflict } from './store.ts'

export async function readField(
  documents: Documents,
  name: SecretName,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  signal.throwIfAborted()
  const entry = await documents.read(name, signal)
  return entry && readVersion(entry, selector)
}

/**
 * The values that this field had, newest first: each version of the secret carries the facts of its time. Changes of
 * the other fields count among the hundred or so that the service keeps.
 */
export async function* versionsOfField(
  store: AwsStore,
  documents: Documents,
  name: SecretName,
  signal: AbortSignal,
): AsyncGenerator<VersionInfo> {
  const { object, described, entry } = await documents.look(name, signal)
  if (described === undefined || entry === undefined) return
  const all = await store.api.history(object, signal)
  const newest = [...all].reverse().sort((one, other) => (other.created ?? 0) - (one.created ?? 0))
  const seen = new Map<string, VersionInfo>([[entry.version, infoOf(entry, described.changed)]])
  for (const { version, created } of newest) {
    const stored = await store.api.get(object, { version }, signal)
    if (stored === undefined || isStaged(stored.value)) continue
    const found = earlierEntry(() => documents.entryIn(name, stored))
    if (found === undefined) continue
    // An older version that has it already knows better since when.
    seen.set(found.version, infoOf(found, created))
  }
  yield* seen.values()
}

type Writing = Pick<Provider, 'write' | 'remove'> & Required<Pick<Provider, 'writeIf' | 'purge'>>

export function writingFields(store: AwsStore, documents: Documents): Writing {
  const put = async (
    name: SecretName,
    value: Secret,
    at: number,
    signal: AbortSignal,
    admit: (scene: Scene) => void = () => undefined,
  ): Promise<VersionInfo> => {
    store.requireStorable(name, value)
    signal.throwIfAborted()
    const version = store.newVersion()
    return await documents.settle(async () => {
      const scene = await documents.look(name, signal)
      admit(scene)
      // Staged on a value that was removed meanwhile: it must not stand in the way of the new one.
      if (scene.entry === undefined) await unlabel(store, scene, signal)
      const change = written(scene.entry, value, at, version, documents.make)
      return (await documents.apply(scene, change, signal)) === 'moved' ? 'moved' : { version, created: at }
    })
  }
  return {
    write: (name, value, { at }, signal) => put(name, value, at, signal),
    writeIf: (name, value, base, { at }, signal) =>
      put(name, value, at, signal, ({ entry }) => {
        if ((entry?.version ?? 'absent') !== base) throw conflict(name)
      }),
    remove: (name, signal) =>
      documents.settle(async () => {
        signal.throwIfAborted()
        const scene = await documents.look(name, signal)
        // The staged value first: a commit that comes late must find neither.
        if (scene.current !== undefined) await unlabel(store, scene, signal)
        if (scene.entry === undefined) return undefined
        const outcome = await documents.apply(scene, removed(scene.entry), signal)
        return outcome === 'moved' ? outcome : undefined
      }),
    purge: name => Promise.reject(onlyWhole(name)),
  }
}

function onlyWhole(name: SecretName): SecretsError {
  return new SecretsError(
    'usage.invalid_argument',
    `"${name}" is a field: the service erases whole secrets only`,
    {
      hints: ['delete it without --purge; the versions that have it are kept until newer ones push them out'],
    },
  )
}
