import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { createFieldReader, type FieldReader } from '../../src/core/json-fields.ts'
import type { Mark, RotationFacts } from '../../src/core/rotation/port.ts'
import {
  committedFacts,
  decodeFacts,
  decodeMark,
  encodeFacts,
  encodeInstant,
} from '../../src/core/rotation/record.ts'
import type { SecretResource } from './resources.ts'

/** The annotation of NAME that holds the record, and the label of NAME_OLD and NAME__pending that says what they are. */
export const recordKey = 'secrets-v1'
const format = 1

/** A value that was elected. `number` is its version in NAME__pending (in alias mode: in NAME itself). */
export interface Staged {
  readonly id: string
  readonly base: number
  readonly number: number
  readonly mark: Mark
  /** Since when readers know of it. */
  readonly announced?: Instant
}

/**
 * Somebody has won the right to publish the staged value: from here on it only goes forward. The entry says all that
 * will be true when version `after + 1` is there with that value, so nothing has to be written behind it.
 */
export interface Publishing {
  /** The newest version of NAME when it was won. */
  readonly after: number
  readonly at: Instant
  readonly deadline: Instant
  /** The version of NAME_OLD that holds the value that is replaced. */
  readonly old: number
}

export interface Reverting {
  readonly after: number
  readonly from: number
  readonly to: number
  readonly at: Instant
  readonly keepNewUntil?: Instant
}

/**
 * What is known of the rotations of one secret. It changes only by an update on the secret's etag, and holds version
 * numbers, times and names of runs: never a value, and no digest of one.
 */
export interface SecretFacts {
  /** Values of this version number that were staged and given up: the version has a new id since. */
  readonly fence?: { readonly at: number; readonly count: number }
  readonly staged?: Staged
  readonly publishing?: Publishing
  readonly reverting?: Reverting
  /** Its versions are numbers of NAME, as texts. */
  readonly rotation?: RotationFacts
  /** The staged value that the rotation published. */
  readonly heir?: string
  /** The version of NAME_OLD that applications find, and the one that holds the retired value. */
  readonly old?: number
  readonly retiredOld?: number
  /** The version of NAME whose value `old` repeats; gone as soon as anything else may stand in NAME_OLD. */
  readonly mirrorOf?: number
  /** Versions that held staged values: destroyed, or to be destroyed. */
  readonly litter?: readonly number[]
}

export function readFacts({ id, annotations }: SecretResource): SecretFacts {
  const text = annotations[recordKey]
  if (text === undefined) return {}
  const read = createFieldReader(() => damaged(id))
  const source = read.record(read.parse(text))
  if (source['format'] !== format) throw newerFormat(id)
  return {
    ...read.optional('fence', source['fence'], value => {
      const { at, count } = read.record(value)
      return { at: read.count(at), count: read.count(count) }
    }),
    ...read.optional('staged', source['staged'], value => decodeStaged(read, value)),
    ...read.optional('publishing', source['publishing'], value => {
      const { after, at, deadline, old } = read.record(value)
      return {
        after: read.count(after),
        at: read.instant(at),
        deadline: read.instant(deadline),
        old: read.count(old),
      }
    }),
    ...read.optional('reverting', source['reverting'], value => decodeReverting(read, value)),
    ...read.optional('rotation', source['rotation'], value => decodeFacts(read, value)),
    ...read.optional('heir', source['heir'], read.string),
    ...read.optional('old', source['old'], read.count),
    ...read.optional('retiredOld', source['retiredOld'], read.count),
    ...read.optional('mirrorOf', source['mirrorOf'], read.count),
    ...read.optional('litter', source['litter'], value => read.list(value).map(read.count)),
  }
}

function decodeStaged(read: FieldReader, value: unknown): Staged {
  const { id, base, number, mark, announced } = read.record(value)
  return {
    id: read.string(id),
    base: read.count(base),
    number: read.count(number),
    mark: decodeMark(read, mark),
    ...read.optional('announced', announced, read.instant),
  }
}

function decodeReverting(read: FieldReader, value: unknown): Reverting {
  const { after, from, to, at, keepNewUntil } = read.record(value)
  return {
    after: read.count(after),
    from: read.count(from),
    to: read.count(to),
    at: read.instant(at),
    ...read.optional('keepNewUntil', keepNewUntil, read.instant),
  }
}

/** The text of the annotation. */
export function writeFacts({ staged, publishing, reverting, rotation, ...rest }: SecretFacts): string {
  return JSON.stringify({
    format,
    ...rest,
    staged: staged && { ...staged, announced: encodeInstant(staged.announced) },
    publishing: publishing && {
      ...publishing,
      at: encodeInstant(publishing.at),
      deadline: encodeInstant(publishing.deadline),
    },
    reverting: reverting && {
      ...reverting,
      at: encodeInstant(reverting.at),
      keepNewUntil: encodeInstant(reverting.keepNewUntil),
    },
    rotation: rotation && encodeFacts(rotation),
  })
}

/** What holds from the moment on in which the staged value is the version after `publishing.after`. */
export function publishedFacts(facts: SecretFacts): SecretFacts {
  const { staged, publishing, litter = [] } = facts
  if (staged === undefined || publishing === undefined) return facts
  const { after, at, deadline, old } = publishing
  const pointer = { version: String(after + 1), base: String(staged.base), mark: staged.mark }
  return {
    ...without(facts, 'staged', 'publishing', 'retiredOld', 'mirrorOf'),
    rotation: committedFacts(pointer, { at, deadline }),
    heir: staged.id,
    old,
    litter: [...litter, staged.number],
  }
}

/** Without the members that are named; `undefined` members would be written as such. */
export function without(facts: SecretFacts, ...keys: readonly (keyof SecretFacts)[]): SecretFacts {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !keys.some(one => one === key)))
}

export function damaged(id: string): SecretsError {
  return new SecretsError('store.damaged', `what this tool keeps at "${id}" was changed by somebody else`, {
    hints: [
      `look at the annotation "${recordKey}": gcloud secrets describe ${id}`,
      'without that annotation the secret counts as never rotated; its versions stay as they are',
    ],
  })
}

function newerFormat(id: string): SecretsError {
  return new SecretsError(
    'store.damaged',
    `the annotation of "${id}" has a format that this version does not know`,
    { hints: ['it was probably written by a newer version of this tool: use that one'] },
  )
}
