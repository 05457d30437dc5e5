import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { createFieldReader, type Fields } from '../../src/core/json-fields.ts'
import type { VersionId } from '../../src/core/provider.ts'
import type { Mark, RotationFacts } from '../../src/core/rotation/port.ts'
import { decodeFacts, decodeMark, encodeFacts, encodeInstant } from '../../src/core/rotation/record.ts'
import { Secret } from '../../src/core/secret.ts'

export interface StoredVersion {
  readonly id: VersionId
  readonly created?: Instant
  /** Absent once it is erased: what stays is that the version existed, and when. */
  readonly value?: Secret
}

export interface StoredPending {
  readonly version: VersionId
  readonly base: VersionId
  readonly value: Secret
  readonly mark: Mark
  readonly announced: Instant | false
}

export interface StoredSecret {
  /** One of `versions`, with its value. */
  readonly current: VersionId
  /** Newest first. */
  readonly versions: readonly StoredVersion[]
  /** Removed, not purged: invisible to every verb but a new write. */
  readonly removed?: true
  readonly pending?: StoredPending
  readonly rotation?: RotationFacts
}

/** One generation of the whole store. */
export interface StoreDocument {
  readonly storeId: string
  /** Random, of this generation alone: two writers that make the same number are told apart by it. */
  readonly id: string
  readonly generation: number
  /** Ids of the generations before this one, newest first; bounded. */
  readonly ancestors: readonly string[]
  /** The last generation that promised to erase something: files of older ones must go. */
  readonly erased: number
  /** By `<environment>/<NAME>`. */
  readonly secrets: ReadonlyMap<string, StoredSecret>
}

const documentFormat = 1

/** The document as JSON text with every value in the clear: only ever handed to the cipher. */
export function encodeDocument(document: StoreDocument): string {
  const { secrets, ...head } = document
  return JSON.stringify({
    format: documentFormat,
    ...head,
    secrets: Array.from(secrets, ([key, secret]) => ({ key, ...encodeSecret(secret) })),
  })
}

function encodeSecret(secret: StoredSecret): object {
  const { pending, rotation } = secret
  return {
    ...secret,
    versions: secret.versions.map(version => ({
      ...version,
      created: encodeInstant(version.created),
      value: version.value?.reveal(),
    })),
    pending: pending && {
      ...pending,
      value: pending.value.reveal(),
      announced: pending.announced === false ? false : encodeInstant(pending.announced),
    },
    rotation: rotation && encodeFacts(rotation),
  }
}

const read = createFieldReader(malformed)
const { record, list, string, count, optional } = read

/** Reads what `encodeDocument` writes. Throws `store.damaged` for everything else, quoting nothing. */
export function decodeDocument(text: string): StoreDocument {
  const source = record(read.parse(text))
  if (source['format'] !== documentFormat) throw newerFormat()
  const secrets = new Map<string, StoredSecret>()
  for (const item of list(source['secrets'])) {
    const entry = record(item)
    const key = string(entry['key'])
    if (secrets.has(key)) throw malformed()
    secrets.set(key, decodeSecret(entry))
  }
  return {
    storeId: string(source['storeId']),
    id: string(source['id']),
    generation: count(source['generation']),
    ancestors: list(source['ancestors']).map(string),
    erased: count(source['erased']),
    secrets,
  }
}

function decodeSecret(entry: Fields): StoredSecret {
  const current = string(entry['current'])
  const versions = list(entry['versions']).map(decodeVersion)
  if (versions.find(version => version.id === current)?.value === undefined) throw malformed()
  return {
    current,
    versions,
    ...optional('removed', entry['removed'], () => true as const),
    ...optional('pending', entry['pending'], decodePending),
    ...optional('rotation', entry['rotation'], facts => decodeFacts(read, facts)),
  }
}

function decodeVersion(source: unknown): StoredVersion {
  const entry = record(source)
  return {
    id: string(entry['id']),
    ...optional('created', entry['created'], read.instant),
    ...optional('value', entry['value'], value => new Secret(string(value))),
  }
}

function decodePending(source: unknown): StoredPending {
  const entry = record(source)
  return {
    version: string(entry['version']),
    base: string(entry['base']),
    value: new Secret(string(entry['value'])),
    mark: decodeMark(read, entry['mark']),
    announced: typeof entry['announced'] === 'string' ? read.instant(entry['announced']) : false,
  }
}

function malformed(): SecretsError {
  return new SecretsError('store.damaged', 'the content of the store is not as this tool writes it')
}

function newerFormat(): SecretsError {
  return new SecretsError('store.damaged', 'the store has a format that this version does not know', {
    hints: ['it was probably written by a newer version of this tool: use that one'],
  })
}
