import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import type {
  Identity,
  Provider,
  SecretInfo,
  SecretName,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../src/core/provider.ts'
import type { Secret } from '../src/core/secret.ts'
import { createClient, isVersion, thrown, type VaultClient } from './azure/client.ts'
import { diagnose } from './azure/diagnosis.ts'
import { createDocuments, type Documents } from './azure/documents.ts'
import { managed, Refusal } from './azure/failures.ts'
import { createFieldRotation } from './azure/field-rotation.ts'
import { readField, versionsOfField, writingFields } from './azure/field-values.ts'
import { inOrder } from './azure/history.ts'
import { limits } from './azure/limits.ts'
import { createNames } from './azure/names.ts'
import { createRotation, guarantees } from './azure/rotation.ts'
import { readSettings } from './azure/settings.ts'
import { type AzureStore, createStore } from './azure/store.ts'
import {
  decodePrevious,
  encodeCurrent,
  encodePrevious,
  foreignTags,
  isCompanion,
  nameTag,
} from './azure/tags.ts'
import { interpreted } from './azure/writes.ts'

/**
 * Azure Key Vault. A variable is a secret of its own, NAME; its previous value the secret NAME--OLD, and what is staged
 * a version of NAME--PENDING. What a rotation has to remember stands in the tags of their versions.
 *
 * - Mutual exclusion: none that the service would give. Key Vault has no conditional write. Runners propose, wait for
 *   the settle time, and elect the same one of the proposals that they then see: one new value for each base as long
 *   as no request takes longer than that time. Commits write the elected value, so that doing it twice does no harm.
 * - A version is never lost: whatever is written over stays readable until it is disabled or the secret purged.
 * - A variable with a field stands in a JSON value, its previous value and its facts in the same version. Whoever
 *   changes one looks again after the settle time, and makes the change once more if another field's writer has put it
 *   under.
 *
 * Not promised:
 * - One heir when a request outlasts the settle time, or a program hangs between two of them. Two values that were
 *   served for one base are found afterwards and reported as a split; nothing of either is lost.
 * - That an aborted rotation cannot take effect: a commit whose last request is on its way is not held off. The base
 *   is moved, and looked at again after the settle time.
 * - That an edit by hand within the time of the committing request is noticed; it is kept as a version.
 * - That no reader finds a field as it was for the settle time after its change, when two fields change at once.
 * - One step, of a whole secret: readers find the old value at both places first, then the new one at NAME.
 * - Erasure of one value: the service cannot. A retired value's versions are disabled.
 */
export async function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const settings = readSettings(target, deps)
  const names = createNames(settings.prefix, target.names)
  const client = createClient(settings, deps)
  const store = createStore(client, names, deps)
  const documents = createDocuments(store, deps)
  const isField = (name: SecretName): boolean => names.objectsOf(name).field !== undefined
  await Promise.resolve()
  return {
    limits,
    check: signal => check(client, settings.prefix, signal),
    list: (prefix, signal) => list(store, documents, prefix, signal),
    read: async (name, version, signal) =>
      isField(name)
        ? await readField(documents, name, version, signal)
        : await read(store, name, version, signal),
    versions: (name, signal) =>
      isField(name) ? versionsOfField(store, documents, name, signal) : versions(store, name, signal),
    ...byPlace(isField, writing(store), writingFields(store, documents)),
    diagnose: (question, signal) => diagnose(store, question, signal),
    rotation: {
      guarantees,
      ...byPlace(isField, createRotation(store), createFieldRotation(store, documents)),
    },
    close: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

type Verbs = Readonly<Record<string, (name: SecretName, ...rest: never[]) => Promise<unknown>>>

/** The same verbs for whole secrets and for fields of them: each name goes to where it stands. */
function byPlace<T extends { readonly [K in keyof T]: Verbs[string] }>(
  isField: (name: SecretName) => boolean,
  whole: T,
  field: T,
): T {
  const verbs = Object.keys(whole) as (keyof T)[]
  const chosen = verbs.map(verb => [
    verb,
    async (name: SecretName, ...rest: never[]) => await (isField(name) ? field : whole)[verb](name, ...rest),
  ])
  return Object.fromEntries(chosen) as T
}

function writing(store: AzureStore): Required<Pick<Provider, 'write' | 'remove'>> {
  return {
    write: (name, value, _, signal) => write(store, name, value, signal),
    remove: (name, signal) => remove(store, name, signal),
  }
}

/** A name of a secret that nobody has: what the vault answers says whether we may read and write, and changes nothing. */
const probe = { object: 'secrets-permission-probe', version: '0'.repeat(32) }

async function check(client: VaultClient, prefix: string, signal: AbortSignal): Promise<Identity> {
  const who = await client.identify(signal)
  await interpreted('secrets', client.get(probe.object, probe.version, signal))
  await client.update(probe.object, probe.version, { enabled: true }, signal).catch((error: unknown) => {
    if (!(error instanceof Refusal && error.saysAbsent)) thrown('secrets')(error)
  })
  const { origin } = client.settings.vault
  return { who, where: prefix === '' ? origin : `${origin} (${prefix}*)` }
}

async function* list(
  store: AzureStore,
  documents: Documents,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<SecretInfo> {
  const found: SecretInfo[] = []
  for await (const { object, tags, created, isManaged } of store.client.list(signal)) {
    if (isManaged || isCompanion(tags)) continue
    const name = store.names.nameAt(object, nameTag(tags))
    if (name?.startsWith(prefix) === true) found.push({ name, since: created })
  }
  for (const name of store.names.fields.filter(one => one.startsWith(prefix))) {
    const { entry } = await documents.read(name, signal)
    if (entry !== undefined) found.push({ name, version: entry.version })
  }
  yield* found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

async function read(
  store: AzureStore,
  name: string,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const { current: object, previous } = store.names.objectsOf(name)
  if (typeof selector !== 'string') {
    // The service would not answer to what cannot be an id.
    if (!isVersion(selector.version)) return undefined
    const stored = await interpreted(object, store.client.get(object, selector.version, signal))
    return stored && { version: stored.version, value: stored.value, created: stored.created }
  }
  const current = await store.current(name, signal)
  if (current === undefined) return undefined
  const { version, value, created, record } = current
  if (selector === 'current') return { version, value, created }
  const facts = record.rotation?.previous
  if (facts === undefined) return undefined
  if (facts.status !== 'accepted')
    return facts.status === 'mirrored' ? { version, value, created } : undefined
  const old = await interpreted(previous, store.client.get(previous, undefined, signal))
  const isOurs = old !== undefined && decodePrevious(old.tags, previous)?.of === facts.version
  return isOurs ? { version: facts.version, value: old.value } : undefined
}

/** A rotation that was open stays recorded: that its version is not the current one shows that somebody wrote over it. */
async function write(
  store: AzureStore,
  name: string,
  value: Secret,
  signal: AbortSignal,
): Promise<VersionInfo> {
  store.requireStorable(name, value)
  return await store.inTurn(name, async () => {
    const { current: object, previous, pending } = store.names.objectsOf(name)
    const current = await store.current(name, signal)
    if (current?.isManaged === true) throw managed(object)
    // Staged on a value that was removed meanwhile: it must not stand in the way of the new one.
    if (current === undefined && (await store.proposals(name, signal)).length > 0) {
      await interpreted(pending, store.client.remove(pending, signal))
    }
    const record = { ...current?.record, name, ...(current === undefined ? {} : { after: current.version }) }
    const tags = { ...foreignTags(current?.tags ?? {}), ...encodeCurrent(record) }
    const options = { tags, contentType: current?.contentType }
    const { version, created } = await store.put(name, object, value, options, signal)
    const rotation = current?.record.rotation
    if (rotation?.previous?.status === 'mirrored') {
      // A mirror that kept the older value would be accepted by readers without a deadline.
      const mirror = { of: rotation.previous.version, proposal: version, isMirror: true }
      await store.put(name, previous, value, { tags: encodePrevious(name, mirror) }, signal)
    }
    return { version, created }
  })
}

/** What is staged first: a commit that comes late must find neither. Companions that are not ours stay. */
async function remove(store: AzureStore, name: string, signal: AbortSignal): Promise<void> {
  await store.inTurn(name, async () => {
    const { client } = store
    const { current, previous, pending } = store.names.objectsOf(name)
    store.forget(name)
    if ((await store.proposals(name, signal)).length > 0)
      await interpreted(pending, client.remove(pending, signal))
    await interpreted(current, client.remove(current, signal))
    const old = await interpreted(previous, client.get(previous, undefined, signal))
    const isOurs = old !== undefined && decodePrevious(old.tags, previous) !== undefined
    if (isOurs) await interpreted(previous, client.remove(previous, signal))
  })
}

async function* versions(store: AzureStore, name: string, signal: AbortSignal): AsyncIterable<VersionInfo> {
  const { current } = store.names.objectsOf(name)
  yield* inOrder(await interpreted(current, store.client.versions(current, signal)), current)
}
