import type { ProviderDeps, Timers } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { SetOptions, Stored, VaultClient } from './client.ts'
import { type Current, elect, isDoubtful, type Look, type Proposal } from './look.ts'
import { limits } from './limits.ts'
import { type AzureNames, sameButForCase } from './names.ts'
import { interpreted, pauseWith, putOnce, putPatiently } from './writes.ts'
import { decodeCurrent, decodePrevious, decodeProposal, nameTag, rotatorIn } from './tags.ts'

/** The vault with one secret's three places in view. */
export interface AzureStore {
  readonly client: VaultClient
  readonly names: AzureNames
  readonly settle: number
  look(name: SecretName, signal: AbortSignal): Promise<Look>
  /** The look that this connection had a moment ago, if nothing was written since; else a new one. */
  lookAgain(name: SecretName, signal: AbortSignal): Promise<Look>
  current(name: SecretName, signal: AbortSignal): Promise<Current | undefined>
  proposals(name: SecretName, signal: AbortSignal): Promise<readonly Proposal[]>
  /** A new version; a deleted secret of that name is brought back first. */
  put(
    name: SecretName,
    object: string,
    value: Secret,
    options: SetOptions,
    signal: AbortSignal,
  ): Promise<Stored>
  /** The same, but whoever else writes or has deleted in the meantime makes it `provider.conflict`. */
  putCurrent(
    name: SecretName,
    object: string,
    value: Secret,
    options: SetOptions,
    signal: AbortSignal,
  ): Promise<Stored>
  update(
    name: SecretName,
    object: string,
    version: VersionId,
    change: Parameters<VaultClient['update']>[2],
    signal: AbortSignal,
  ): Promise<void>
  /** Work on one secret, one at a time in this connection. */
  inTurn<T>(name: SecretName, work: () => Promise<T>): Promise<T>
  forget(name: SecretName): void
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
  requireStorable(name: SecretName, value: Secret): void
  /** An id in the form of the vault's own. */
  newVersion(): VersionId
}

/** A look older than this says nothing any more; no settle time is shorter. */
const freshness = 2_000

export function createStore(
  client: VaultClient,
  names: AzureNames,
  deps: Pick<ProviderDeps, 'timers' | 'random'>,
): AzureStore {
  const timers = requireTimers(deps.timers)
  const looks = new Map<SecretName, { readonly look: Look; readonly at: number }>()
  const turns = new Map<SecretName, Promise<unknown>>()

  const store: AzureStore = {
    client,
    names,
    settle: client.settings.settle,
    async look(name, signal) {
      looks.delete(name)
      const look = await lookAt(store, name, signal)
      looks.set(name, { look, at: timers.now() })
      return look
    },
    async lookAgain(name, signal) {
      const known = looks.get(name)
      signal.throwIfAborted()
      return known !== undefined && timers.now() - known.at <= freshness
        ? known.look
        : await store.look(name, signal)
    },
    current: (name, signal) => currentOf(client, names, name, signal),
    proposals: (name, signal) => proposalsOf(client, names.objectsOf(name).pending, signal),
    put: (name, object, value, options, signal) => {
      looks.delete(name)
      return putPatiently(client, store.pause, object, value, options, signal)
    },
    putCurrent: (name, object, value, options, signal) => {
      looks.delete(name)
      return putOnce(client, name, object, value, options, signal)
    },
    update: (name, object, version, change, signal) => {
      looks.delete(name)
      return interpreted(object, client.update(object, version, change, signal))
    },
    inTurn(name, work) {
      const mine = (turns.get(name) ?? Promise.resolve()).then(work, work)
      turns.set(
        name,
        mine.catch(() => undefined),
      )
      return mine
    },
    forget: name => void looks.delete(name),
    pause: (milliseconds, signal) => pauseWith(timers, milliseconds, signal),
    newVersion: () => Buffer.from(deps.random.bytes(16)).toString('hex'),
    requireStorable(name, value) {
      names.objectsOf(name)
      requireSize(name, value)
      const refused = limits.refuses?.(value)
      if (refused !== undefined) throw unsupported(name, refused)
    },
  }
  return store
}

async function currentOf(
  client: VaultClient,
  names: AzureNames,
  name: SecretName,
  signal: AbortSignal,
): Promise<Current | undefined> {
  const { current } = names.objectsOf(name)
  const stored = await interpreted(current, client.get(current, undefined, signal))
  if (stored === undefined) return undefined
  const tagged = nameTag(stored.tags)
  if (tagged !== undefined && tagged !== name) throw sameButForCase(name)
  const record = decodeCurrent(stored.tags, stored.version, current)
  return {
    ...stored,
    record,
    owner: stored.isManaged ? 'a certificate of the vault' : rotatorIn(stored.tags),
  }
}

async function proposalsOf(
  client: VaultClient,
  object: string,
  signal: AbortSignal,
): Promise<readonly Proposal[]> {
  const versions = await interpreted(object, client.versions(object, signal))
  return versions.flatMap(({ version, created, isEnabled, tags }) => {
    const record = decodeProposal(tags, object)
    return record === undefined ? [] : [{ ...record, version, created, isEnabled, tags }]
  })
}

async function lookAt(store: AzureStore, name: SecretName, signal: AbortSignal): Promise<Look> {
  const { client, names } = store
  const objects = names.objectsOf(name)
  const current = await store.current(name, signal)
  if (current === undefined) return { name, objects, current, proposals: [] }
  const proposals = await store.proposals(name, signal)
  const { rotation } = current.record
  // With a rotation of ours on NAME its place is ours; one that is staged has found it free. A rollback may be half done.
  const isOurs = rotation !== undefined && rotation.version === current.version
  const isTold =
    elect(proposals, current.version) !== undefined ||
    (isOurs && current.record.origin?.base === rotation.previous?.version)
  const old = isTold ? undefined : await lookAtOld(client, objects.previous, signal)
  const look: Look = { name, objects, current, proposals, ...(old === undefined ? {} : { old }) }
  if (!isDoubtful(look)) return look
  const heirs = await heirsOf(client, look, signal)
  return heirs.length > 1 ? { ...look, heirs } : look
}

async function lookAtOld(client: VaultClient, object: string, signal: AbortSignal): Promise<Look['old']> {
  const stored = await interpreted(object, client.get(object, undefined, signal))
  return stored === undefined ? 'nothing' : (decodePrevious(stored.tags, object) ?? 'foreign')
}

/** The versions of NAME that were made for one base out of different proposals. */
async function heirsOf(
  client: VaultClient,
  { objects, current }: Look,
  signal: AbortSignal,
): Promise<readonly VersionId[]> {
  const base = current?.record.origin?.base
  const rotation = current?.record.rotation
  // Only while the version of that rotation is the current one, and its previous value accepted.
  if (rotation?.version !== current?.version || rotation?.previous?.status !== 'accepted') return []
  const heirs = new Map<VersionId, VersionId>()
  for (const { version, tags } of await interpreted(
    objects.current,
    client.versions(objects.current, signal),
  )) {
    const { origin } = decodeCurrent(tags, version, objects.current)
    if (origin?.base === base && origin !== undefined) heirs.set(origin.proposal, version)
  }
  return [...heirs.values()]
}

function requireTimers(timers: Timers | undefined): Timers {
  if (timers !== undefined) return timers
  throw new SecretsError('internal.unexpected', 'the store was connected without timers')
}

/** `value`: what becomes a version of the store, all its fields where it has several. */
export function requireSize(name: SecretName, value: Secret): void {
  if (Buffer.byteLength(value.reveal(), 'utf8') > limits.valueBytes) throw tooLarge(name)
}

function tooLarge(name: SecretName): SecretsError {
  return new SecretsError(
    'provider.too_large',
    `the value of "${name}" has more than ${String(limits.valueBytes)} bytes`,
    {
      hints: ['keep large files outside and store only the key that opens them'],
    },
  )
}

function unsupported(name: SecretName, what: string): SecretsError {
  return new SecretsError('env_file.unsupported_value', `the value of "${name}" holds ${what}`, {
    hints: ['encode the value first, for example as base64'],
  })
}
