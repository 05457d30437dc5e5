import { createHash } from 'node:crypto'
import type { ProviderDeps } from '../../src/context.ts'
import type { Change, Maker } from '../../src/core/document/changes.ts'
import { type Entry, readEntry } from '../../src/core/document/entry.ts'
import { factsKey, type SecretRecords, withRecord } from '../../src/core/document/records.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { fingerprint, saltBytes } from '../../src/core/fingerprint.ts'
import { emptyJsonObject, type JsonObject } from '../../src/core/json-object.ts'
import { previousName } from '../../src/core/names.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Stored } from './client.ts'
import { conflict, managed, ownedBy } from './failures.ts'
import type { Proposal } from './look.ts'
import { contentOf, pageOf, recordsIn } from './pages.ts'
import { type AzureStore, requireSize } from './store.ts'
import {
  closedTags,
  decodeFlip,
  encodeDocument,
  fieldTag,
  foreignTags,
  type Origin,
  rotatorIn,
} from './tags.ts'
import { interpreted, putOrRecover } from './writes.ts'

/** One secret of the vault whose value is a JSON object, and one field of it, of one moment. */
export interface Scene {
  readonly name: SecretName
  readonly object: string
  /** Where proposals stand: the same secret for all fields, each with its field in a tag. */
  readonly pending: string
  readonly field: string
  /** `undefined` where the secret is not there. */
  readonly current: Stored | undefined
  readonly content: JsonObject
  readonly records: SecretRecords
  readonly entry: Entry | undefined
  readonly owner: string | undefined
  /** Of this field; empty where nobody asked for them. */
  readonly proposals: readonly Proposal[]
  /** Different values that were served for one base of this field. */
  readonly heirs?: readonly VersionId[]
}

/** What a verb makes of a scene: one write, or nothing because what it wants is there. */
export type Decision = 'done' | (Change & { readonly origin?: Origin })

/** Variables that stand in a field of a JSON value. */
export interface Documents {
  readonly make: Maker
  look(name: SecretName, signal: AbortSignal): Promise<Scene>
  /** The look of a moment ago, if this connection has written nothing there since; else a new one. */
  lookAgain(name: SecretName, signal: AbortSignal): Promise<Scene>
  forget(name: SecretName): void
  /** The value alone, in one request; nothing of what is proposed. */
  read(name: SecretName, signal: AbortSignal): Promise<Scene>
  entryIn(name: SecretName, value: Secret, version: VersionId): Entry | undefined
  proposals(name: SecretName, signal: AbortSignal): Promise<readonly Proposal[]>
  /**
   * Writes what `decide` wants until it is found there after the settle time. There is no compare-and-set: two who
   * change different fields on one version of the secret write over each other, and who finds that his change went
   * under decides again on what is there then. `isWritten`: whether this change was made once. `first`: the scene to
   * begin with.
   */
  change(
    name: SecretName,
    signal: AbortSignal,
    decide: (scene: Scene, isWritten: boolean) => Decision | Promise<Decision>,
    first?: () => Promise<Scene>,
  ): Promise<Scene>
  /** Closes and disables them: none of them can be elected any more. */
  close(
    scene: Pick<Scene, 'name' | 'pending'>,
    proposals: readonly Proposal[],
    why: 'aborted' | 'retired',
    signal: AbortSignal,
  ): Promise<void>
}

/** Each round after the first means that another writer was in the way: only a steady stream of them reaches this. */
const rounds = 20
/** A look older than this says nothing any more. */
const freshness = 2_000

export function createDocuments(
  store: AzureStore,
  { random, timers }: Pick<ProviderDeps, 'random' | 'timers'>,
): Documents {
  const looks = new Map<SecretName, { readonly scene: Scene; readonly at: number }>()
  const now = (): number => timers?.now() ?? Number.POSITIVE_INFINITY
  const read = (name: SecretName, signal: AbortSignal): Promise<Scene> => readScene(store, name, signal)

  const documents: Documents = {
    make: {
      fingerprint: value => fingerprint(value, random.bytes(saltBytes)),
      newVersion: () => store.newVersion(),
    },
    read,
    async look(name, signal) {
      looks.delete(name)
      const scene = await read(name, signal)
      const found =
        scene.current === undefined
          ? scene
          : await withHeirs(store, { ...scene, proposals: await documents.proposals(name, signal) }, signal)
      looks.set(name, { scene: found, at: now() })
      return found
    },
    async lookAgain(name, signal) {
      signal.throwIfAborted()
      const known = looks.get(name)
      return known !== undefined && now() - known.at <= freshness
        ? known.scene
        : await documents.look(name, signal)
    },
    forget: name => void looks.delete(name),
    entryIn(name, value, version) {
      const { current: object, field = '' } = store.names.objectsOf(name)
      const page = pageOf(contentOf(value, object), object)
      return readEntry(page, recordsIn(page, object), field, undefined, version)
    },
    async proposals(name, signal) {
      const { field = '' } = store.names.objectsOf(name)
      const all = await store.proposals(name, signal)
      return all.filter(one => one.field === fieldTag(field))
    },
    change: (name, signal, decide, first = () => read(name, signal)) => {
      let isWritten = false
      return changeUntilSettled(store, name, signal, async round => {
        const scene = await (round === 0 ? first() : read(name, signal))
        const decision = await decide(scene, isWritten)
        if (decision === 'done') return scene
        looks.clear()
        if ((await apply(store, scene, decision, signal)) === 'written') isWritten = true
        return undefined
      })
    },
    async close(scene, proposals, why, signal) {
      looks.clear()
      await closeAll(store, scene, proposals, why, signal)
    },
  }
  return documents
}

async function closeAll(
  store: AzureStore,
  { name, pending }: Pick<Scene, 'name' | 'pending'>,
  proposals: readonly Proposal[],
  why: 'aborted' | 'retired',
  signal: AbortSignal,
): Promise<void> {
  for (const { version, tags, isClosed, isEnabled } of proposals) {
    if (isClosed && !isEnabled) continue
    await store.update(name, pending, version, { tags: closedTags(tags, why), enabled: false }, signal)
  }
}

/** `attempt` gives the scene in which nothing is left to do; one at a time for each secret in this connection. */
async function changeUntilSettled(
  store: AzureStore,
  name: SecretName,
  signal: AbortSignal,
  attempt: (round: number) => Promise<Scene | undefined>,
): Promise<Scene> {
  const { current: object } = store.names.objectsOf(name)
  for (let round = 0; round < rounds; round += 1) {
    const settled = await store.inTurn(`the value of ${object.toLowerCase()}`, () => attempt(round))
    if (settled !== undefined) return settled
    await store.pause(store.settle, signal)
  }
  throw new SecretsError('provider.conflict', 'others write to the secret without pause', {
    hints: ['run it again when they have ended'],
  })
}

/** The same for every runner that does the same: who finds it knows that it is done. */
export function derivedVersion(...words: readonly string[]): VersionId {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32)
}

async function readScene(store: AzureStore, name: SecretName, signal: AbortSignal): Promise<Scene> {
  const { current: object, pending, field = '' } = store.names.objectsOf(name)
  const current = await interpreted(object, store.client.get(object, undefined, signal))
  const place = { name, object, pending, field, current, proposals: [] }
  if (current === undefined) {
    return { ...place, content: emptyJsonObject, records: new Map(), entry: undefined, owner: undefined }
  }
  const content = contentOf(current.value, object)
  const page = pageOf(content, object)
  const records = recordsIn(page, object)
  const entry = readEntry(page, records, field, undefined, current.version)
  const owner = current.isManaged ? 'a certificate of the vault' : rotatorIn(current.tags)
  return { ...place, content, records, entry, owner }
}

/** Several proposals for the base of the open rotation: two of them may have been served. */
async function withHeirs(store: AzureStore, scene: Scene, signal: AbortSignal): Promise<Scene> {
  const { object, field, entry, proposals } = scene
  const rotation = entry?.record?.rotation
  const base = rotation?.previous?.version
  const isOpen = rotation?.previous?.status === 'accepted' && entry?.version === rotation.version
  if (!isOpen || proposals.filter(one => one.base === base).length < 2) return scene
  const heirs = new Set<VersionId>()
  for (const { tags } of await interpreted(object, store.client.versions(object, signal))) {
    const origin = decodeFlip(tags, fieldTag(field), object)
    if (origin?.base === base && origin !== undefined) heirs.add(origin.proposal)
  }
  return heirs.size > 1 ? { ...scene, heirs: [...heirs] } : scene
}

/** One new version of the whole value. A request that was refused for parallel work is decided anew. */
async function apply(
  store: AzureStore,
  scene: Scene,
  { origin, ...change }: Exclude<Decision, 'done'>,
  signal: AbortSignal,
): Promise<'written' | 'unwritten'> {
  const { name, object, field, current, owner } = scene
  if (current?.isManaged === true) throw managed(object)
  if (owner !== undefined) throw ownedBy(name, owner)
  const value = changed(scene, change).toSecret()
  requireSize(name, value)
  const flip = origin === undefined ? undefined : { field: fieldTag(field), origin }
  const tags = { ...foreignTags(current?.tags ?? {}), ...encodeDocument(current?.version, flip) }
  const options = { tags, contentType: current?.contentType }
  return await putOrRecover(store.client, store.pause, object, value, options, signal)
}

function changed({ field, content, records }: Scene, { value, previous, record }: Change): JsonObject {
  const facts = withRecord(records, field, record)
  return content.with({
    ...(value === undefined ? {} : { [field]: value }),
    ...(previous === undefined ? {} : { [previousName(field)]: previous }),
    [factsKey]: facts === null ? null : new Secret(facts),
  })
}

export function requireEntry({ name, entry, owner }: Scene): Entry {
  if (entry === undefined) throw conflict(name)
  if (owner !== undefined) throw ownedBy(name, owner)
  return entry
}
