import { createHash } from 'node:crypto'
import { formatInstant, type Instant, readInstant } from '../../src/core/instant.ts'
import type { VersionId } from '../../src/core/provider.ts'
import type { Mark } from '../../src/core/rotation/port.ts'

// Everything that this tool leaves in the store besides values: version ids that it can calculate again, staging
// labels, tags. None of it is a secret.

export const currentLabel = 'AWSCURRENT'
export const previousLabel = 'AWSPREVIOUS'
/** Of the one staged value; it stays on the version after the flip, until the next stage takes it. */
export const pendingLabel = 'SECRETS_PENDING'
/** The same for one field of a JSON value: `SECRETS_PENDING_jwt_secret`. */
export function fieldLabel(field: string): string {
  const digest = (): string => createHash('sha256').update(field).digest('base64url')
  return `${pendingLabel}_${/^[\w.-]{1,100}$/.test(field) ? field : `=${digest()}`}`
}
/** Of versions that repeat a value to move the base; also keeps a version from being current before it is flipped to. */
export const fenceLabel = 'SECRETS_FENCE'
export const emergencyLabel = 'SECRETS_EMERGENCY'
/** Which run staged the value; put on the version together with it, so that a killed run resumes as what it was. */
const runLabel = 'SECRETS_RUN_'
const planLabel = 'SECRETS_PLAN_'

/** Labels that a version has while its value is staged, and that mean nothing afterwards. */
export function isStagingLabel(label: string): boolean {
  return label === emergencyLabel || label.startsWith(runLabel) || label.startsWith(planLabel)
}

export function labelsOf({ mode, runId, plan }: Mark): readonly string[] {
  return [
    pendingLabel,
    runLabel + encode(runId),
    ...(plan === undefined ? [] : [planLabel + encode(plan)]),
    ...(mode === 'emergency' ? [emergencyLabel] : []),
  ]
}

export function markOf(labels: readonly string[]): Mark {
  const after = (start: string): string | undefined => {
    const label = labels.find(one => one.startsWith(start))
    return label === undefined ? undefined : decode(label.slice(start.length))
  }
  const plan = after(planLabel)
  return {
    runId: after(runLabel) ?? 'unknown',
    mode: modeOf(labels),
    ...(plan === undefined ? {} : { plan }),
  }
}

export function modeOf(labels: readonly string[]): Mark['mode'] {
  return labels.includes(emergencyLabel) ? 'emergency' : 'scheduled'
}

/** Run ids are hexadecimal; whatever else they may be one day has to fit into a label. */
function encode(text: string): string {
  return /^[\w.-]{1,100}$/.test(text) ? text : `=${Buffer.from(text, 'utf8').toString('base64url')}`
}

function decode(text: string): string {
  return text.startsWith('=') ? Buffer.from(text.slice(1), 'base64url').toString('utf8') : text
}

/** Attempts on one base: more than one only where somebody took the label off a staged version by hand. */
export const maxAttempts = 8

/**
 * Version ids that every runner calculates alike: the store creates a version once, so the first value that is put
 * under such an id is elected. The ARN has a random part for each life of a name.
 */
export const tokens = {
  staged: (arn: string, base: VersionId, attempt: number): VersionId =>
    tokenOf(['stage', arn, base, attempt]),
  /** The value of `base` again, when `staged` is given up. */
  fence: (arn: string, base: VersionId, staged: VersionId): VersionId =>
    tokenOf(['abort', arn, base, staged]),
  /** The value of `to` again, after `from` was current. */
  reverted: (arn: string, from: VersionId, to: VersionId): VersionId => tokenOf(['revert', arn, from, to]),
}

/** The same for the value of one field: its versions have names of their own, and several fields share one secret. */
export const fieldTokens = (
  arn: string,
  field: string,
): {
  staged(base: VersionId, attempt: number): VersionId
  fence(base: VersionId, staged: VersionId): VersionId
  reverted(from: VersionId, to: VersionId): VersionId
} => ({
  staged: (base, attempt) => tokenOf(['stage', arn, field, base, attempt]),
  fence: (base, staged) => tokenOf(['abort', arn, field, base, staged]),
  reverted: (from, to) => tokenOf(['revert', arn, field, from, to]),
})

/** In the form of a UUID, as the service advises. */
function tokenOf(parts: readonly (string | number)[]): VersionId {
  return uuidOf(createHash('sha256').update(JSON.stringify(parts)).digest())
}

export function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export function isStagedOn(arn: string, base: VersionId, version: VersionId): boolean {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (tokens.staged(arn, base, attempt) === version) return true
  }
  return false
}

/** What the tags of one version say. */
export interface TagFacts {
  readonly version: VersionId
  readonly previous?: VersionId
  readonly at?: Instant
  readonly mode: Mark['mode']
  readonly deadline?: Instant
  readonly verifiedAt?: Instant
  readonly isRetired: boolean
}

const tagPrefix = 'secrets:v1:'

export function isOurTag(key: string): boolean {
  return key.startsWith(tagPrefix)
}

/** The version that a tag of ours speaks of. */
export function versionOfTag(key: string): VersionId | undefined {
  return /^secrets:v1:(?:until|retired|verified):([\w-]+)/.exec(key)?.[1]
}

type Facts = Pick<TagFacts, 'previous' | 'at' | 'mode'>

/**
 * One key for each deadline, and the latest counts: tags have no compare-and-set, and a write that comes late must not
 * make a deadline earlier.
 */
export function deadlineTag(
  version: VersionId,
  facts: Facts,
  deadline: Instant | undefined,
): Record<string, string> {
  const key = `${tagPrefix}until:${version}`
  return { [deadline === undefined ? key : `${key}:${formatInstant(deadline)}`]: encodeFacts(facts) }
}

export function retiredTag(version: VersionId, facts: Facts): Record<string, string> {
  return { [`${tagPrefix}retired:${version}`]: encodeFacts(facts) }
}

export function verifiedTag(version: VersionId, at: Instant): Record<string, string> {
  return { [`${tagPrefix}verified:${version}`]: formatInstant(at) }
}

/** One for each secret or field: it speaks of the value that was announced last, and means nothing for another one. */
export function announcedTag(version: VersionId, at: Instant, field?: string): Record<string, string> {
  return { [announcedKey(field)]: `${version} ${formatInstant(at)}` }
}

export function announcedIn(
  tags: ReadonlyMap<string, string>,
  version: VersionId,
  field?: string,
): Instant | false {
  const [told, at = ''] = (tags.get(announcedKey(field)) ?? '').split(' ')
  return told === version ? (readInstant(at) ?? false) : false
}

function announcedKey(field: string | undefined): string {
  const key = `${tagPrefix}announced`
  return field === undefined ? key : key + fieldLabel(field).slice(pendingLabel.length).replace('_', ':')
}

/** Tag values have letters, digits, blanks and `_ . : / = + - @`. */
function encodeFacts({ previous, at, mode }: Facts): string {
  const parts = [
    ...(previous === undefined ? [] : [`previous=${previous}`]),
    ...(at === undefined ? [] : [`at=${formatInstant(at)}`]),
    `mode=${mode}`,
  ]
  return parts.join(' ')
}

/** By version. A tag that somebody has changed is as none: what is missing reads as later, never as earlier. */
export function readTags(tags: ReadonlyMap<string, string>): ReadonlyMap<VersionId, TagFacts> {
  const found = new Map<VersionId, TagFacts>()
  for (const [key, value] of tags) {
    const [, kind, version = '', rest = ''] =
      /^secrets:v1:(until|retired|verified):([\w-]+)(?::(.+))?$/.exec(key) ?? []
    if (kind === undefined) continue
    const known = found.get(version) ?? { version, mode: 'scheduled', isRetired: false }
    found.set(version, { ...known, ...factsIn(kind, value, rest, known) })
  }
  return found
}

function factsIn(kind: string, value: string, rest: string, known: TagFacts): Partial<TagFacts> {
  if (kind === 'verified') return latest('verifiedAt', readInstant(value), known.verifiedAt)
  const words = new Map(value.split(' ').map(word => word.split('=', 2) as [string, string]))
  const previous = words.get('previous')
  const at = readInstant(words.get('at') ?? '')
  return {
    ...(previous === undefined ? {} : { previous }),
    ...(at === undefined ? {} : { at: Math.min(at, known.at ?? at) }),
    ...(words.get('mode') === 'emergency' ? { mode: 'emergency' } : {}),
    ...(kind === 'retired' ? { isRetired: true } : latest('deadline', readInstant(rest), known.deadline)),
  }
}

function latest<K extends 'deadline' | 'verifiedAt'>(
  key: K,
  one: Instant | undefined,
  other: Instant | undefined,
): { [key in K]?: Instant } {
  const instant = one === undefined ? other : Math.max(one, other ?? one)
  return instant === undefined ? {} : ({ [key]: instant } as { [key in K]: Instant })
}
