import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { namePattern } from '../../src/core/names.ts'
import type { ProviderLimits, SecretName, VersionId } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { StorePlaces } from '../../src/core/store-names.ts'
import { createApi, type SecretsApi } from './api.ts'
import type { AwsClient } from './client.ts'
import { type Entry, readEntry } from './entry.ts'
import { invalidReply } from './failures.ts'
import {
  currentLabel,
  isOurTag,
  isStagingLabel,
  pendingLabel,
  previousLabel,
  uuidOf,
  versionOfTag,
} from './names.ts'
import type { StoredVersion } from './replies.ts'
import { objectPattern } from './settings.ts'

export const limits: ProviderLimits = {
  valueBytes: 65_536,
  refuses: value =>
    value.isEmpty
      ? 'no text at all'
      : /\p{Surrogate}/u.test(value.reveal())
        ? 'half of a character outside the basic plane (a lone surrogate)'
        : undefined,
}

/** The secrets of one environment: one secret of the store for each variable. */
export interface AwsStore {
  readonly api: SecretsApi
  readonly places: StorePlaces
  /** The secret's name in the store; throws for what can be none. */
  objectOf(name: SecretName): string
  newVersion(): VersionId
  /** Throws `provider.unavailable` for a state from before what this connection has written: the store lags behind itself. */
  look(object: string, signal: AbortSignal): Promise<Entry | undefined>
  /** Throws what `look` does, for that version as the current one. */
  requireNews(object: string, current: VersionId): void
  /** A value was staged on that base by this connection. */
  expectStaged(object: string, base: VersionId): void
  /** The value of a version that must be there. */
  valueOf(object: string, version: VersionId, signal: AbortSignal): Promise<StoredVersion>
  /** Moves AWSCURRENT, which only succeeds while `from` has it; the service moves AWSPREVIOUS to `from` in the same step. */
  flip(object: string, from: VersionId, to: VersionId, signal: AbortSignal): Promise<'done' | 'refused'>
  /** Takes away what rotations left on versions that are neither staged nor current, and the labels of staging. */
  sweep(object: string, entry: Entry, signal: AbortSignal): Promise<void>
  /** Throws when the store cannot hold the value under that name; nothing of either is quoted. */
  requireStorable(name: SecretName, value: Secret): void
}

export function createStore(
  client: AwsClient,
  places: StorePlaces,
  { random }: Pick<ProviderDeps, 'random'>,
): AwsStore {
  const api = createApi(client)
  /** Versions that this connection has flipped away from: none of them is ever current again. */
  const left = new Set<string>()
  const stagedOn = new Set<string>()
  const keyOf = (object: string, version: VersionId): string => `${object} ${version}`
  return {
    api,
    places,
    objectOf: name => requireObject(places, name),
    newVersion: () => uuidOf(random.bytes(16)),
    async look(object, signal) {
      const entry = readEntry(await api.describe(object, signal))
      if (entry === undefined) return undefined
      const key = keyOf(object, entry.current)
      if (left.has(key) || (stagedOn.has(key) && entry.pending === undefined)) throw lagging()
      return entry
    },
    requireNews(object, current) {
      if (left.has(keyOf(object, current))) throw lagging()
    },
    expectStaged(object, base) {
      stagedOn.add(keyOf(object, base))
    },
    async valueOf(object, version, signal) {
      const stored = await api.get(object, { version }, signal)
      if (stored?.version !== version) throw invalidReply(`does not give a version that it names itself`)
      return stored
    },
    async flip(object, from, to, signal) {
      const outcome = await api.label(object, currentLabel, { from, to }, signal)
      if (outcome === 'done') left.add(keyOf(object, from))
      return outcome
    },
    async sweep(object, { described, current, pending }, signal) {
      for (const [label, version] of described.labels) {
        const isLive = version === pending?.version
        const isStray = isStagingLabel(label) || (label === pendingLabel && version !== current)
        if (isStray && !isLive) await api.label(object, label, { from: version }, signal)
      }
      const old = [...described.tags.keys()].filter(key => isOurTag(key) && versionOfTag(key) !== current)
      if (old.length > 0) await api.untag(object, old, signal)
    },
    requireStorable(name, value) {
      requireObject(places, name)
      requireSize(name, value)
      const refused = limits.refuses?.(value)
      if (refused !== undefined) throw unsupported(name, refused)
    },
  }
}

/** `value`: what becomes a version of the store, all its fields where it has several. */
export function requireSize(name: SecretName, value: Secret): void {
  if (Buffer.byteLength(value.reveal(), 'utf8') > limits.valueBytes) throw tooLarge(name)
}

function requireObject(places: StorePlaces, name: SecretName): string {
  const isName = namePattern.test(name)
  const { object } = isName ? places.placeOf(name) : { object: '' }
  if (objectPattern.test(object)) return object
  throw new SecretsError('provider.bad_name', 'that cannot be the name of a variable in this store', {
    hints: ['a name has letters, digits and "_", and does not begin with a digit'],
  })
}

/** Onto the current version; where the store does not want both labels on one version, off the old one. */
export async function mirror(
  store: AwsStore,
  name: SecretName,
  { current }: Pick<Entry, 'current'>,
  previous: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const { api } = store
  if ((await api.label(object, previousLabel, { from: previous, to: current }, signal)) === 'done') return
  const now = await store.look(object, signal)
  if (now?.current !== current) throw conflict(name)
  if (now.previous !== previous) return
  if ((await api.label(object, previousLabel, { from: previous }, signal)) === 'done') return
  throw new SecretsError('provider.invalid_reply', `the store keeps AWSPREVIOUS of "${name}" where it is`, {
    hints: ['the old value is still accepted', 'where it stands: aws secretsmanager describe-secret'],
  })
}

export function conflict(name: SecretName): SecretsError {
  return new SecretsError('provider.conflict', `"${name}" was changed by somebody else in the meantime`, {
    hints: ['nothing was written; run it again'],
  })
}

export function foreign(name: SecretName, owner: string): SecretsError {
  return new SecretsError('rotation.foreign', `"${name}" is rotated by ${owner}`, {
    hints: ['let that one rotate it, or switch it off there first'],
  })
}

function lagging(): SecretsError {
  return new SecretsError('provider.unavailable', 'the store answers with a state that is over', {
    hints: ['it is eventually consistent: run it again in a moment; it goes on from there'],
  })
}

function tooLarge(name: SecretName): SecretsError {
  return new SecretsError(
    'provider.too_large',
    `the value of "${name}" has more than ${String(limits.valueBytes)} bytes`,
    { hints: ['keep large files outside and store only the key that opens them'] },
  )
}

function unsupported(name: SecretName, what: string): SecretsError {
  return new SecretsError('env_file.unsupported_value', `the value of "${name}" holds ${what}`, {
    hints: ['encode the value first, for example as base64'],
  })
}
