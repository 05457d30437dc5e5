import type { Instant } from '../instant.ts'
import { createFieldReader } from '../json-fields.ts'
import type { SecretName, VersionId } from '../provider.ts'
import type { RotationFacts } from '../rotation/port.ts'
import { decodeFacts, encodeFacts, encodeInstant } from '../rotation/record.ts'
import type { Secret } from '../secret.ts'

// A document: one value of a store that holds several variables, each under a key of its own. What is known of their
// rotations stands in the document too, so that value, previous value and deadline change together.

/** The one key of a document that is not a variable. */
export const factsKey = '_secrets_v1'

/** One state of a document. */
export interface DocumentPage {
  keys(): readonly string[]
  /** `undefined` where the key is not there. Throws for what is not a text. */
  text(key: string): Secret | undefined
}

/** What we know of one variable's value. */
export interface SecretRecord {
  readonly id: VersionId
  /** Salted fingerprint of the value: tells an edit by hand. */
  readonly check: string
  readonly at?: Instant
  readonly rotation?: RotationFacts
  /** Salted fingerprint of the rotation's previous value. */
  readonly previousCheck?: string
}

export type SecretRecords = ReadonlyMap<SecretName, SecretRecord>

const format = 1

/** What to throw for facts that somebody else has changed, and for those of a later version of this tool. */
export interface RecordFlaws {
  damaged(): Error
  newer(): Error
}

export function readRecords(page: DocumentPage, flaws: RecordFlaws): SecretRecords {
  const text = page.text(factsKey)
  if (text === undefined) return new Map()
  const read = createFieldReader(() => flaws.damaged())
  const source = read.record(read.parse(text.reveal()))
  if (source['format'] !== format) throw flaws.newer()
  const entries = Object.entries(read.record(source['secrets']))
  return new Map(
    entries.map(([name, value]) => {
      const entry = read.record(value)
      const record: SecretRecord = {
        id: read.string(entry['id']),
        check: read.string(entry['check']),
        ...read.optional('at', entry['at'], read.instant),
        ...read.optional('rotation', entry['rotation'], facts => decodeFacts(read, facts)),
        ...read.optional('previousCheck', entry['previousCheck'], read.string),
      }
      return [name, record]
    }),
  )
}

/** The text of the key with one record replaced, or without it; `null`, the key itself goes, where none is left. */
export function withRecord(
  records: SecretRecords,
  name: SecretName,
  record: SecretRecord | undefined,
): string | null {
  const next = new Map(records)
  if (record === undefined) next.delete(name)
  else next.set(name, record)
  if (next.size === 0) return null
  const secrets = Object.fromEntries(
    Array.from(next, ([key, { at, rotation, ...rest }]) => [
      key,
      { ...rest, at: encodeInstant(at), rotation: rotation && encodeFacts(rotation) },
    ]),
  )
  return JSON.stringify({ format, secrets })
}
