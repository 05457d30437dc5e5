import { createHash } from 'node:crypto'
import { formatInstant, type Instant } from '../../src/core/instant.ts'
import { createFieldReader, type FieldReader } from '../../src/core/json-fields.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Mark, RotationFacts } from '../../src/core/rotation/port.ts'
import { decodeFacts, decodeMark, encodeFacts } from '../../src/core/rotation/record.ts'
import type { Tags } from './client.ts'
import { damagedTags } from './failures.ts'

// What stands in the tags of a version: names, ids and times, never a value nor a digest of one, because whoever may
// list secrets reads them. Each text stays under 256 characters, the smaller of the two documented limits.

const key = {
  name: 'secrets:v1:name',
  /** On NAME: the rotation that this version knows of. */
  rotation: 'secrets:v1:rotation',
  until: 'secrets:v1:until',
  verified: 'secrets:v1:verified',
  /** On NAME: which proposal on which base this rotation served. */
  origin: 'secrets:v1:origin',
  /** On NAME: the version that it replaced. */
  after: 'secrets:v1:after',
  /** On NAME--OLD: whose value this is, and by which proposal it ended. */
  of: 'secrets:v1:of',
  /** On NAME--PENDING: what the value was proposed for. */
  base: 'secrets:v1:base',
  mark: 'secrets:v1:mark',
  closed: 'secrets:v1:closed',
  announced: 'secrets:v1:announced',
  /** On both: the field that it is about, where the value is JSON with several. */
  field: 'secrets:v1:field',
} as const

const ownPrefix = 'secrets:v1:'
/** In a record on the very version that it speaks of, whose id nobody knows before it is written. */
const self = '.'

export interface Origin {
  readonly base: VersionId
  readonly proposal: VersionId
}

/** On the version that is current. */
export interface CurrentRecord {
  readonly name?: SecretName
  readonly rotation?: RotationFacts
  readonly origin?: Origin
  readonly after?: VersionId
}

/** On the version that holds a previous value. */
export interface PreviousRecord {
  readonly of: VersionId
  readonly proposal: VersionId
  readonly until?: Instant
  readonly isMirror: boolean
}

export interface ProposalRecord {
  readonly base: VersionId
  readonly mark: Mark
  readonly isClosed: boolean
  /** Since when readers know of it. */
  readonly announced?: Instant
  /** As `fieldTag` gives it. */
  readonly field?: string
}

/** What names a field in a tag: itself, or a digest of its name where that is too long or has other characters. */
export function fieldTag(field: string): string {
  const digest = (): string => createHash('sha256').update(field).digest('base64url')
  return /^[\w.-]{1,100}$/.test(field) ? field : `=${digest()}`
}

/** Tags of other people; they go with the value from version to version. */
export function foreignTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith(ownPrefix)))
}

export function encodeCurrent({ name, rotation, origin, after }: CurrentRecord): Tags {
  const { deadline, verifiedAt, ...facts } = rotation ?? {}
  return defined({
    [key.name]: name,
    [key.rotation]: rotation === undefined ? undefined : JSON.stringify(encodeFacts(facts as RotationFacts)),
    [key.until]: deadline === undefined ? undefined : formatInstant(deadline),
    [key.verified]: verifiedAt === undefined ? undefined : formatInstant(verifiedAt),
    [key.origin]: origin === undefined ? undefined : JSON.stringify(origin),
    [key.after]: after,
  })
}

export function decodeCurrent(tags: Tags, version: VersionId, shown: string): CurrentRecord {
  const read = reader(shown)
  const rotation = tags[key.rotation]
  const origin = tags[key.origin]
  return {
    ...read.optional('name', tags[key.name], read.string),
    ...(rotation === undefined ? {} : { rotation: rotationFrom(read, tags, rotation, version) }),
    ...(origin === undefined ? {} : { origin: originFrom(read, read.parse(origin)) }),
    ...read.optional('after', tags[key.after], read.string),
  }
}

/** As it is written on the version that it speaks of. */
export function selfFacts(facts: Omit<RotationFacts, 'version'>): RotationFacts {
  return { ...facts, version: self }
}

export function encodePrevious(name: SecretName, { of, proposal, until, isMirror }: PreviousRecord): Tags {
  const facts = {
    of,
    proposal,
    until: until === undefined ? undefined : formatInstant(until),
    mirror: isMirror ? 1 : 0,
  }
  return { [key.name]: name, [key.of]: JSON.stringify(facts) }
}

/** `undefined` for what this tool did not write. */
export function decodePrevious(tags: Tags, shown: string): PreviousRecord | undefined {
  const text = tags[key.of]
  if (text === undefined) return undefined
  const read = reader(shown)
  const facts = read.record(read.parse(text))
  return {
    of: read.string(facts['of']),
    proposal: read.string(facts['proposal']),
    ...read.optional('until', facts['until'], read.instant),
    isMirror: read.count(facts['mirror']) === 1,
  }
}

export function encodeProposal(
  name: SecretName,
  { base, mark, field }: Omit<ProposalRecord, 'isClosed'>,
): Tags {
  const facts = { [key.name]: name, [key.base]: base, [key.mark]: JSON.stringify(mark) }
  return field === undefined ? facts : { ...facts, [key.field]: field }
}

export function decodeProposal(tags: Tags, shown: string): ProposalRecord | undefined {
  const [base, mark] = [tags[key.base], tags[key.mark]]
  if (base === undefined || mark === undefined) return undefined
  const read = reader(shown)
  return {
    base,
    mark: decodeMark(read, read.parse(mark)),
    isClosed: tags[key.closed] !== undefined,
    ...read.optional('field', tags[key.field], read.string),
    ...read.optional('announced', tags[key.announced], read.instant),
  }
}

export function announcedTags(tags: Tags, at: Instant): Tags {
  return { ...tags, [key.announced]: formatInstant(at) }
}

export function closedTags(tags: Tags, why: 'aborted' | 'retired'): Tags {
  return { ...tags, [key.closed]: why }
}

/** On a version of a JSON value: what it replaced, and whose rotation made it, if one did. */
export function encodeDocument(
  after: VersionId | undefined,
  flip: { readonly field: string; readonly origin: Origin } | undefined,
): Tags {
  const facts = encodeCurrent(after === undefined ? {} : { after })
  return flip === undefined
    ? facts
    : { ...facts, ...encodeCurrent({ origin: flip.origin }), [key.field]: flip.field }
}

export function decodeFlip(tags: Tags, field: string, shown: string): Origin | undefined {
  const origin = tags[key.origin]
  if (origin === undefined || tags[key.field] !== field) return undefined
  const read = reader(shown)
  return originFrom(read, read.parse(origin))
}

export function nameTag(tags: Tags): SecretName | undefined {
  return tags[key.name]
}

/** Whether this tool wrote that version as a companion of a secret, not as one itself. */
export function isCompanion(tags: Tags): boolean {
  return tags[key.of] !== undefined || tags[key.base] !== undefined
}

/** Rotation functions after Microsoft's samples leave these, and rotate by themselves when the secret nears its expiry. */
const rotatorTags = ['ProviderAddress', 'CredentialId']

export function rotatorIn(tags: Tags): string | undefined {
  return rotatorTags.every(name => tags[name] !== undefined)
    ? `a rotation function (tags ${rotatorTags.join(', ')})`
    : undefined
}

function rotationFrom(read: FieldReader, tags: Tags, text: string, version: VersionId): RotationFacts {
  const source = {
    ...read.record(read.parse(text)),
    deadline: tags[key.until],
    verifiedAt: tags[key.verified],
  }
  const facts = decodeFacts(read, source)
  return facts.version === self ? { ...facts, version } : facts
}

function originFrom(read: FieldReader, source: unknown): Origin {
  const origin = read.record(source)
  return { base: read.string(origin['base']), proposal: read.string(origin['proposal']) }
}

function reader(shown: string): FieldReader {
  return createFieldReader(() => damagedTags(shown))
}

function defined(tags: Readonly<Record<string, string | undefined>>): Tags {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
