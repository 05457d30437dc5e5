import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import type { StorePlaces } from '../../src/core/store-names.ts'
import type { GcpApi } from './api.ts'
import { disabled } from './refusals.ts'
import { publishedFacts, readFacts, recordKey, type SecretFacts } from './record.ts'
import type { SecretResource, VersionResource } from './resources.ts'

/** The names of the three secrets of one variable. */
export interface Ids {
  readonly current: string
  readonly previous: string
  readonly pending: string
}

/** Everything that the service says of one variable. */
export interface Scene {
  readonly name: SecretName
  readonly ids: Ids
  readonly secret: SecretResource
  /** Those of a publication that came to its end included, whether or not the record has them yet. */
  readonly facts: SecretFacts
  /** The version that applications find now, by its number in NAME. */
  readonly number: number
  /** The newest version of NAME; another one than `number` where the same value was published twice. */
  readonly newest: VersionResource
  /** What stands in the place of the previous value and is not ours. */
  readonly taken?: string
  /** Somebody else has written where the staged value was about to be published. */
  readonly isOverwritten?: boolean
  /** The staged value, where the run that staged it still has it at hand. */
  readonly candidate?: { readonly id: string; readonly value: Secret }
}

export function idsOf(places: StorePlaces, name: SecretName): Ids {
  const current = places.placeOf(name).object
  return { current, previous: places.previousOf(name).object, pending: `${current}${pendingSuffix}` }
}

/** Behind the name of a variable; as long as the longest of the two. */
export const pendingSuffix = '__pending'

export function isOurs({ labels }: SecretResource): boolean {
  return labels[recordKey] !== undefined
}

/** For `VersionId`: the number, the life of the secret, and how often a value staged on it was given up. */
export function idOf({ secret, facts }: Pick<Scene, 'secret' | 'facts'>, number: number): VersionId {
  const { fence } = facts
  return `${String(number)}.${secret.life}${fence?.at === number ? `.${String(fence.count)}` : ''}`
}

/** The number in NAME that an id of this life of the secret names. */
export function numberOf({ life }: SecretResource, version: VersionId): number | undefined {
  const [, digits, itsLife] = /^([1-9]\d{0,14})\.([0-9a-z]+)(?:\.\d+)?$/.exec(version) ?? []
  return digits === undefined || itsLife !== life ? undefined : Number(digits)
}

/**
 * `undefined` when the secret is not there, or has no version; `moved` when the record changed while it was read. The
 * newest version first: what the record, which is read later, says of newer ones is then looked up by number, and no
 * rotation can come to its end unseen in between.
 */
export async function look(
  api: GcpApi,
  mode: 'latest' | 'alias',
  name: SecretName,
  ids: Ids,
  signal: AbortSignal,
): Promise<Scene | undefined | 'moved'> {
  const latest = await api.getVersion(ids.current, 'latest', signal)
  if (latest === undefined) return undefined
  const secret = await api.getSecret(ids.current, signal)
  if (secret === undefined) return undefined
  const written = readFacts(secret)
  const isKnown = mode === 'alias' || written.old !== undefined
  const [newest, old] = await Promise.all([
    newestOf(api, secret, written, latest, signal),
    isKnown ? undefined : api.getSecret(ids.previous, signal),
  ])
  const outcome = await outcomeOf(api, ids, written, newest, signal)
  if (outcome === 'overwritten' && (await isStale(api, secret, signal))) return 'moved'
  const facts = outcome === 'published' ? publishedFacts(written) : written
  const taken = mode === 'alias' ? takenAlias(secret) : takenSecret(old)
  const number =
    mode === 'alias'
      ? (secret.aliases['current'] ?? newest.number)
      : await numberOfNewest(api, ids.current, facts, newest, signal)
  return {
    name,
    ids,
    secret,
    facts,
    number,
    newest,
    ...(taken === undefined ? {} : { taken }),
    ...(outcome === 'overwritten' ? { isOverwritten: true } : {}),
  }
}

/** Whether the record was changed since it was read: what is missing may then be missing rightly. */
export async function isStale(
  api: GcpApi,
  { id, etag, life }: SecretResource,
  signal: AbortSignal,
): Promise<boolean> {
  const now = await api.getSecret(id, signal)
  return now?.etag !== etag || now.life !== life
}

/** What `latest` says may be late, by minutes; a version is read by its number at once. */
async function newestOf(
  api: GcpApi,
  { id }: SecretResource,
  facts: SecretFacts,
  latest: VersionResource,
  signal: AbortSignal,
): Promise<VersionResource> {
  const known = knownNumber(facts)
  const newest = latest.number < known ? ((await api.getVersion(id, known, signal)) ?? latest) : latest
  const { publishing } = facts
  if (publishing === undefined || newest.number > publishing.after) return newest
  return (await api.getVersion(id, publishing.after + 1, signal)) ?? newest
}

/** What became of the right to publish: not used yet, used, or somebody else has written in that place. */
async function outcomeOf(
  api: GcpApi,
  { current, pending }: Ids,
  { staged, publishing }: SecretFacts,
  newest: VersionResource,
  signal: AbortSignal,
): Promise<'none' | 'open' | 'published' | 'overwritten'> {
  if (publishing === undefined || staged === undefined) return 'none'
  if (newest.number <= publishing.after) return 'open'
  const [found, wanted] = await Promise.all([
    api.access(current, publishing.after + 1, signal),
    api.access(pending, staged.number, signal),
  ])
  // A copy is only taken away by who has seen the value published, or by somebody who had no business there.
  if (typeof wanted !== 'object') return 'published'
  return typeof found === 'object' && areEqualSecrets(found.value, wanted.value) ? 'published' : 'overwritten'
}

/** The highest number of NAME that the record names. */
function knownNumber({ rotation, publishing, reverting }: SecretFacts): number {
  return Math.max(Number(rotation?.version ?? 0), publishing?.after ?? 0, reverting?.after ?? 0)
}

/**
 * Two runners may publish the same elected value, one after the other: the later version is then the recorded one
 * again. Values are read and compared only where the numbers differ.
 */
async function numberOfNewest(
  api: GcpApi,
  id: string,
  { rotation }: SecretFacts,
  newest: VersionResource,
  signal: AbortSignal,
): Promise<number> {
  const recorded = Number(rotation?.version ?? 0)
  if (newest.state !== 'enabled') throw disabled(id, newest)
  if (recorded === 0 || newest.number === recorded) return newest.number
  return (await holdSame(api, [id, newest.number], [id, recorded], signal)) ? recorded : newest.number
}

async function holdSame(
  api: GcpApi,
  one: readonly [string, number],
  other: readonly [string, number],
  signal: AbortSignal,
): Promise<boolean> {
  const [left, right] = await Promise.all([api.access(...one, signal), api.access(...other, signal)])
  if (left === undefined || right === undefined || left === 'unserved' || right === 'unserved') return false
  return areEqualSecrets(left.value, right.value)
}

function takenSecret(old: SecretResource | undefined): string | undefined {
  return old === undefined || isOurs(old) ? undefined : old.id
}

function takenAlias({ id, aliases, annotations }: SecretResource): string | undefined {
  if (annotations[recordKey] !== undefined) return undefined
  const alias = ['current', 'previous'].find(one => Object.hasOwn(aliases, one))
  return alias === undefined ? undefined : `${id}, alias ${alias}`
}
