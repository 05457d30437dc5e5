import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { createFieldReader } from '../../src/core/json-fields.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { RotationFacts } from '../../src/core/rotation/port.ts'
import { decodeFacts, encodeFacts, encodeInstant } from '../../src/core/rotation/record.ts'
import type { Page } from './kv.ts'

/** The one key of the path that is not a variable. */
export const factsKey = '_secrets_v1'

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

export function readRecords(page: Page, shown: string): SecretRecords {
  const text = page.text(factsKey)
  if (text === undefined) return new Map()
  const read = createFieldReader(() => damaged(shown))
  const source = read.record(read.parse(text.reveal()))
  if (source['format'] !== format) throw newerFormat(shown)
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

export function damaged(shown: string): SecretsError {
  return new SecretsError(
    'store.damaged',
    `what this tool keeps at "${shown}" was changed by somebody else`,
    {
      hints: [
        `undo that change: the earlier versions are kept (vault kv get -version=N, bao kv get -version=N)`,
        `without the key "${factsKey}" every value there counts as never rotated`,
      ],
    },
  )
}

function newerFormat(shown: string): SecretsError {
  return new SecretsError(
    'store.damaged',
    `the facts at "${shown}" have a format that this version does not know`,
    {
      hints: ['they were probably written by a newer version of this tool: use that one'],
    },
  )
}
