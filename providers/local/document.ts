import { SecretsError } from '../../src/core/errors.ts'
import { formatInstant, type Instant, readInstant } from '../../src/core/instant.ts'
import type { VersionId } from '../../src/core/provider.ts'
import type { Mark, PreviousStatus, RotationFacts } from '../../src/core/rotation/port.ts'
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
  readonly announced: boolean
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
    pending: pending && { ...pending, value: pending.value.reveal() },
    rotation: rotation && {
      ...rotation,
      at: encodeInstant(rotation.at),
      deadline: encodeInstant(rotation.deadline),
      verifiedAt: encodeInstant(rotation.verifiedAt),
    },
  }
}

function encodeInstant(instant: Instant | undefined): string | undefined {
  return instant === undefined ? undefined : formatInstant(instant)
}

/** Reads what `encodeDocument` writes. Throws `store.damaged` for everything else, quoting nothing. */
export function decodeDocument(text: string): StoreDocument {
  const source = record(parseJson(text))
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
    ...optional('rotation', entry['rotation'], decodeRotation),
  }
}

function decodeVersion(source: unknown): StoredVersion {
  const entry = record(source)
  return {
    id: string(entry['id']),
    ...optional('created', entry['created'], instant),
    ...optional('value', entry['value'], value => new Secret(string(value))),
  }
}

function decodePending(source: unknown): StoredPending {
  const entry = record(source)
  const mark = record(entry['mark'])
  return {
    version: string(entry['version']),
    base: string(entry['base']),
    value: new Secret(string(entry['value'])),
    mark: {
      runId: string(mark['runId']),
      mode: mode(mark['mode']),
      ...optional('plan', mark['plan'], string),
    },
    announced: entry['announced'] === true,
  }
}

function decodeRotation(source: unknown): RotationFacts {
  const entry = record(source)
  return {
    version: string(entry['version']),
    mode: mode(entry['mode']),
    ...optional('at', entry['at'], instant),
    ...optional('deadline', entry['deadline'], instant),
    ...optional('verifiedAt', entry['verifiedAt'], instant),
    ...optional('previous', entry['previous'], decodePrevious),
  }
}

function decodePrevious(source: unknown): NonNullable<RotationFacts['previous']> {
  const entry = record(source)
  return { version: string(entry['version']), status: oneOf(entry['status'], previousStatuses) }
}

const previousStatuses: readonly PreviousStatus[] = ['accepted', 'mirrored', 'disabled', 'destroyed']
const modes: readonly Mark['mode'][] = ['scheduled', 'emergency']

type Fields = Readonly<Record<string, unknown>>

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Fields
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed()
  return value
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw malformed()
  return value
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed()
  return value as number
}

function instant(value: unknown): Instant {
  const moment = readInstant(string(value))
  if (moment === undefined) throw malformed()
  return moment
}

function mode(value: unknown): Mark['mode'] {
  return oneOf(value, modes)
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find(one => one === value)
  if (found === undefined) throw malformed()
  return found
}

function optional<K extends string, T>(
  key: K,
  value: unknown,
  read: (value: unknown) => T,
): { [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: read(value) } as { [key in K]: T })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of a JSON error quotes what it read: values.
    throw malformed()
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
