import type { ProviderDeps } from '../../src/context.ts'
import type { Change, Maker } from '../../src/core/document/changes.ts'
import { type Entry, readEntry, type StagedPending } from '../../src/core/document/entry.ts'
import {
  type DocumentPage,
  factsKey,
  readRecords,
  type SecretRecords,
  withRecord,
} from '../../src/core/document/records.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { fingerprint, saltBytes } from '../../src/core/fingerprint.ts'
import {
  emptyJsonObject,
  type JsonFlaw,
  type JsonObject,
  readJsonObject,
} from '../../src/core/json-object.ts'
import { previousName } from '../../src/core/names.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { invalidReply } from './failures.ts'
import { announcedIn, currentLabel, fenceLabel, fieldLabel, fieldTokens } from './names.ts'
import type { Described, StoredVersion } from './replies.ts'
import { readStaged } from './staged-field.ts'
import { type AwsStore, foreign, requireSize } from './store.ts'

/** One secret of the store whose value is a JSON object, and one field of it, of one moment. */
export interface Scene {
  readonly name: SecretName
  readonly object: string
  readonly field: string
  /** `undefined` where the secret is not there. */
  readonly described: Described | undefined
  /** The version with AWSCURRENT; none in a secret that is not there, is empty, or waits for its deletion. */
  readonly current: VersionId | undefined
  readonly content: JsonObject
  readonly records: SecretRecords
  readonly entry: Entry | undefined
  readonly pending: StagedPending | undefined
}

/** Variables that stand in a field of a JSON value. */
export interface Documents {
  readonly make: Maker
  /** The values of other variables in the same secret do not matter to anything that is decided here. */
  look(name: SecretName, signal: AbortSignal): Promise<Scene>
  /** What readers of AWSCURRENT find, in one request; nothing of what is staged. */
  read(name: SecretName, signal: AbortSignal): Promise<Entry | undefined>
  /** The field as a version of the secret has it. Throws where that version is no such document. */
  entryIn(name: SecretName, stored: StoredVersion): Entry | undefined
  /**
   * The change and its facts in one new version, to which AWSCURRENT is moved from the one of the scene: `moved`, and
   * nothing changed for readers, where another one has it by now.
   */
  apply(scene: Scene, change: Change, signal: AbortSignal): Promise<Scene | 'moved'>
  /** What is staged under that version of this very field. */
  staged(scene: Scene, version: VersionId, signal: AbortSignal): Promise<StagedPending>
  /** Asks `attempt` until it does not say `moved`; one writer of this connection at a time. */
  settle<T>(attempt: () => Promise<T | 'moved'>): Promise<T>
}

/** Each lost race means that another writer has won one: only a steady stream of writes reaches this. */
const attempts = 50

export function createDocuments(store: AwsStore, { random }: Pick<ProviderDeps, 'random'>): Documents {
  const { api } = store
  const contents = new Latest<JsonObject>()
  const stagings = new Latest<StagedPending>()
  let turn: Promise<unknown> = Promise.resolve()

  const documents: Documents = {
    make: {
      fingerprint: value => fingerprint(value, random.bytes(saltBytes)),
      newVersion: () => store.newVersion(),
    },
    async look(name, signal) {
      const { object, field } = fieldOf(store, name)
      const described = await api.describe(object, signal)
      const current = described?.isDeleted === true ? undefined : described?.labels.get(currentLabel)
      const base = { name, object, field, described, current }
      if (described === undefined || current === undefined) {
        return { ...base, content: emptyJsonObject, records: new Map(), entry: undefined, pending: undefined }
      }
      store.requireNews(object, current)
      const content = await contents.get(object, current, async () =>
        contentOf((await store.valueOf(object, current, signal)).value, object),
      )
      const page = pageOf(content, object)
      const records = recordsIn(page, object)
      const scene: Scene = { ...base, content, records, entry: undefined, pending: undefined }
      const pending = await pendingOf(documents, scene, signal)
      const entry = readEntry(page, records, field, pending, current)
      return { ...scene, entry, pending: isGivenUp(described, entry, pending, field) ? undefined : pending }
    },
    async read(name, signal) {
      const { object } = fieldOf(store, name)
      const stored = await api.get(object, { label: currentLabel }, signal)
      return stored === undefined ? undefined : documents.entryIn(name, stored)
    },
    entryIn(name, { value, version }) {
      const { object, field } = fieldOf(store, name)
      const page = pageOf(contentOf(value, object), object)
      return readEntry(page, recordsIn(page, object), field, undefined, version)
    },
    apply: (scene, change, signal) => apply(store, contents, scene, change, signal),
    staged: async ({ object, field }, version, signal) =>
      await stagings.get(JSON.stringify([object, field]), version, async () =>
        readStaged(object, version, (await store.valueOf(object, version, signal)).value),
      ),
    settle(attempt) {
      const mine = turn.then(() => repeat(attempt))
      turn = mine.catch(() => undefined)
      return mine
    },
  }
  return documents
}

async function apply(
  store: AwsStore,
  contents: Latest<JsonObject>,
  scene: Scene,
  change: Change,
  signal: AbortSignal,
): Promise<Scene | 'moved'> {
  const { name, object, described, current } = scene
  if (described?.owner !== undefined) throw foreign(name, described.owner)
  const next = changed(scene, change)
  const value = next.content.toSecret()
  requireSize(name, value)
  const token = store.newVersion()
  if (current === undefined) return await begin(store, scene, { token, value }, next, signal)
  const outcome = await store.api.put(object, { token, value, labels: [fenceLabel] }, signal)
  if (outcome !== token) return 'moved'
  if ((await store.flip(object, current, token, signal)) === 'refused') return 'moved'
  contents.keep(object, token, next.content)
  return { ...scene, ...next, current: token }
}

/** The version of each place that was read or written last. What a version holds never changes. */
class Latest<T> {
  readonly #known = new Map<string, { readonly version: VersionId; readonly found: T }>()

  keep(place: string, version: VersionId, found: T): T {
    this.#known.set(place, { version, found })
    return found
  }

  async get(place: string, version: VersionId, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(place)
    return known?.version === version ? known.found : this.keep(place, version, await read())
  }
}

async function repeat<T>(attempt: () => Promise<T | 'moved'>): Promise<T> {
  for (let count = 0; count < attempts; count += 1) {
    const outcome = await attempt()
    if (outcome !== 'moved') return outcome
  }
  throw new SecretsError('provider.conflict', 'others write to the secret without pause', {
    hints: ['run it again when they have ended'],
  })
}

function fieldOf({ objectOf, places }: AwsStore, name: SecretName): { object: string; field: string } {
  return { object: objectOf(name), field: places.placeOf(name).field ?? '' }
}

/** A secret that is not there is made, one that waits for its deletion is taken back first. */
async function begin(
  { api }: AwsStore,
  scene: Scene,
  request: { readonly token: VersionId; readonly value: Secret },
  next: Pick<Scene, 'content' | 'records' | 'entry'>,
  signal: AbortSignal,
): Promise<Scene | 'moved'> {
  const { described, object } = scene
  if (described?.isDeleted === true) {
    await api.restore(object, signal)
    return 'moved'
  }
  const outcome =
    described === undefined
      ? await api.create(object, request, signal)
      : await api.put(object, { ...request, labels: [fenceLabel] }, signal)
  if (typeof outcome !== 'string') {
    if (outcome.refused === 'deleted') throw invalidReply('is still deleting a secret of that name')
    return 'moved'
  }
  if (described !== undefined) {
    // It was made without a value: whoever gives it one first.
    const move = { to: outcome }
    if ((await api.label(object, currentLabel, move, signal)) === 'refused') return 'moved'
  }
  return { ...scene, ...next, current: outcome }
}

function changed(
  { field, content, records, object, pending }: Scene,
  { value, previous, record }: Change,
): Pick<Scene, 'content' | 'records' | 'entry'> {
  const facts = withRecord(records, field, record)
  const next = content.with({
    ...(value === undefined ? {} : { [field]: value }),
    ...(previous === undefined ? {} : { [previousName(field)]: previous }),
    [factsKey]: facts === null ? null : new Secret(facts),
  })
  const page = pageOf(next, object)
  const found = recordsIn(page, object)
  return { content: next, records: found, entry: readEntry(page, found, field, pending) }
}

/** What the label says is staged, unless that was committed: the label stays there until the retirement. */
async function pendingOf(
  documents: Documents,
  scene: Scene,
  signal: AbortSignal,
): Promise<StagedPending | undefined> {
  const { described, field, records } = scene
  const version = described?.labels.get(fieldLabel(field))
  if (version === undefined) return undefined
  const { id, rotation } = records.get(field) ?? {}
  if ([id, rotation?.version, rotation?.previous?.version].includes(version)) return undefined
  const staged = await documents.staged(scene, version, signal)
  const announced = described === undefined ? false : announcedIn(described.tags, version, field)
  return announced === false ? staged : { ...staged, announced }
}

/** The base was moved for it; whoever did that was stopped before the label was off. */
function isGivenUp(
  { arn }: Described,
  entry: Entry | undefined,
  pending: StagedPending | undefined,
  field: string,
): boolean {
  if (pending === undefined) return false
  return entry?.version === fieldTokens(arn, field).fence(pending.base, pending.version)
}

function pageOf(content: JsonObject, object: string): DocumentPage {
  return {
    keys: () => content.keys(),
    text(key) {
      const value = content.text(key)
      if (value !== 'not_text') return value
      throw new SecretsError(
        'provider.invalid_reply',
        `"${key}" of "${object}" is JSON of another kind than a text`,
        {
          hints: ['values are texts: write it again in quotes'],
        },
      )
    },
  }
}

function contentOf(value: Secret, object: string): JsonObject {
  const content = readJsonObject(value)
  if (!('flaw' in content)) return content
  throw new SecretsError('provider.invalid_reply', `the value of "${object}" ${flaws[content.flaw]}`, {
    hints: ['a variable with "field" stands in a JSON object: {"user":"…","password":"…"}'],
  })
}

const flaws: Readonly<Record<JsonFlaw, string>> = {
  no_json: 'is no JSON',
  no_object: 'is JSON without fields',
  repeated_key: 'has one field twice, of which readers take one or the other',
}

function recordsIn(page: DocumentPage, object: string): SecretRecords {
  const flaw = (what: string, hint: string) => (): Error =>
    new SecretsError('store.damaged', `what this tool keeps in "${object}" ${what}`, {
      hints: [hint, `without the field "${factsKey}" every value there counts as never rotated`],
    })
  return readRecords(page, {
    damaged: flaw('was changed by somebody else', 'undo that change: the version before has AWSPREVIOUS'),
    newer: flaw('has a format that this version does not know', 'use the newer version that wrote it'),
  })
}
