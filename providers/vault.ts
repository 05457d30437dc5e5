import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import type {
  HeldSecret,
  Provider,
  SecretInfo,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../src/core/provider.ts'
import type { Secret } from '../src/core/secret.ts'
import { conflict, removed, written } from '../src/core/document/changes.ts'
import { createClient, type VaultClient } from './vault/client.ts'
import { diagnose } from './vault/diagnosis.ts'
import { readEntry, variablesIn } from '../src/core/document/entry.ts'
import { heldIn, readVersion } from '../src/core/document/read.ts'
import { purgeSecret } from './vault/erasure.ts'
import { versionsOf } from './vault/history.ts'
import { identify } from './vault/identity.ts'
import { type DocumentProvider, type OpenDocument, openPlaces } from './vault/places.ts'
import { createRotation } from './vault/rotation.ts'
import { readSettings } from './vault/settings.ts'
import { createStore, limits, type Scene, type VaultStore } from './vault/store.ts'

/**
 * HashiCorp Vault or OpenBao, KV version 2. All variables of an environment are keys of one path, or of the paths that
 * the manifest names for some of them; `NAME_OLD` stands beside `NAME`, and what we know of their rotations in the one
 * key `_secrets_v1`. A staged value waits in a document of its own, `<path>/.secrets/NAME`.
 *
 * - Mutual exclusion: the check-and-set of KV v2 on the version number of a document. The staging document elects one
 *   new value for each base; the flip writes value, previous value and deadline in one version of the path. There is
 *   no lock, and nothing is kept on the runner.
 * - An abort moves the base: whoever still holds the staged value finds the path's number, and the base, changed.
 * - Other keys of the path stay as they are: changed keys go as a merge patch where the policy allows "patch", else
 *   the whole document is written back on the number that was read.
 *
 * Not promised:
 * - A history. max_versions (10 by default, counted over all keys) pushes old versions out; that is why the previous
 *   value stands in the document itself. Until then, old versions hold retired values: `destroy` erases them.
 * - To survive delete_version_after: a path or mount that has it deletes the current values too. We say so when we read it.
 * - To read the newest state from a standby: it may answer with an older one. A decision made on it fails at the
 *   check-and-set, which the active server does; a mere `get` or `status` may be late.
 * - To notice an edit by hand that puts the very same value back.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- wrong settings must reject, not throw
export async function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const client = createClient(readSettings(target, deps), deps)
  const open: OpenDocument = (path, keys) => {
    const own = { ...client, settings: { ...client.settings, path } }
    return openDocument(own, createStore(own, deps, keys))
  }
  return {
    limits,
    check: signal => identify(client, signal),
    ...openPlaces(target, client.settings.path, open),
    close: () => client.close(),
  }
}

function openDocument(client: VaultClient, store: VaultStore): DocumentProvider {
  return {
    list: (prefix, signal) => list(store, prefix, signal),
    read: (name, version, signal) => read(store, name, version, signal),
    readAll: signal => readAll(store, signal),
    ...writing(store),
    versions: (name, signal) => versionsOf(store, store.requireName(name), signal),
    purge: (name, signal) => purgeSecret(store, name, signal),
    diagnose: (question, signal) => diagnose(client, store, question, signal),
    rotation: createRotation(store),
  }
}

async function* list(store: VaultStore, prefix: string, signal: AbortSignal): AsyncIterable<SecretInfo> {
  const { page, records } = await store.readPage(signal)
  for (const name of variablesIn(page, records, store.keys).filter(found => found.startsWith(prefix))) {
    signal.throwIfAborted()
    const record = records.get(name)
    const isKnown = record !== undefined && readEntry(page, records, name)?.isRecorded === true
    if (!isKnown) yield { name }
    else yield { name, version: record.id, ...(record.at === undefined ? {} : { since: record.at }) }
  }
}

async function read(
  store: VaultStore,
  name: string,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  store.requireName(name)
  const { page, records } = await store.readPage(signal)
  let entry = readEntry(page, records, name)
  // Only what a staged value was put on can still name a value that no record knows.
  if (entry !== undefined && !entry.isRecorded) entry = (await store.look(name, signal)).entry
  return entry && readVersion(entry, selector)
}

/** All of one version of the path. What is staged does not matter to readers, so its documents are not read. */
async function readAll(store: VaultStore, signal: AbortSignal): Promise<readonly HeldSecret[]> {
  const { page, records } = await store.readPage(signal)
  return variablesIn(page, records, store.keys).flatMap(name => {
    const entry = readEntry(page, records, name)
    return entry === undefined ? [] : [heldIn(name, entry)]
  })
}

function writing(store: VaultStore): Pick<DocumentProvider, 'write' | 'remove' | 'writeIf'> {
  const put = async (
    look: () => Promise<Scene>,
    value: Secret,
    at: number,
    signal: AbortSignal,
    admit: (scene: Scene) => void,
  ): Promise<VersionInfo> => {
    const version = store.make.newVersion()
    return await store.settle(async () => {
      const scene = await look()
      admit(scene)
      // Staged on a value that was removed meanwhile: it must not stand in the way of the new one.
      if (scene.entry === undefined) await dropStaged(scene, signal)
      const change = written(scene.entry, value, at, version, store.make)
      return (await store.apply(scene, change, signal)) === 'moved' ? 'moved' : { version, created: at }
    })
  }
  return {
    async write(name, value, { at }, signal) {
      store.requireStorable(name, value)
      return await put(
        () => store.look(name, signal),
        value,
        at,
        signal,
        () => undefined,
      )
    },
    async writeIf(name, value, base, { at }, signal) {
      store.requireStorable(name, value)
      return await put(
        () => store.look(name, signal),
        value,
        at,
        signal,
        ({ entry }) => {
          if ((entry?.version ?? 'absent') !== base) throw conflict(name)
        },
      )
    },
    async remove(name, signal) {
      await store.settle(async () => {
        const scene = await store.look(name, signal)
        const { entry } = scene
        // The staged value first: a commit that comes late must find neither.
        await dropStaged(scene, signal)
        if (entry === undefined) return undefined
        return (await store.apply(scene, removed(entry), signal)) === 'moved' ? 'moved' : undefined
      })
    },
  }
}

async function dropStaged({ staging, document }: Scene, signal: AbortSignal): Promise<void> {
  if (staging.pending !== undefined) await document.clean(staging.page.version, signal)
}
