import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import type {
  Identity,
  Provider,
  SecretInfo,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../src/core/provider.ts'
import type { Secret } from '../src/core/secret.ts'
import { createApi } from './gcp/api.ts'
import { createClient, type GcpClient } from './gcp/client.ts'
import { diagnose } from './gcp/diagnosis.ts'
import { recordKey, without } from './gcp/record.ts'
import { disabled, nameTaken, owned } from './gcp/refusals.ts'
import { createRotation } from './gcp/rotation.ts'
import { idOf, isOurs, numberOf, type Scene } from './gcp/scene.ts'
import { readSettings } from './gcp/settings.ts'
import { createStore, type GcpStore, limits } from './gcp/store.ts'

/**
 * Google Secret Manager. A variable is a secret `NAME`, its previous value the secret `NAME_OLD`, a staged one waits in
 * `NAME__pending`; what we know of its rotations stands in the annotation `secrets-v1` of NAME.
 *
 * - Mutual exclusion: the etag of NAME. An update on it elects one new value for each base, another one wins the right
 *   to publish it (with the deadline), a third one closes the rotation. There is no lock, nothing is kept on the runner.
 * - Applications read `latest` (the default): adding a version is publishing it, and the service adds without any
 *   condition. It is done only by who has won the right to; several runners may publish the same elected value, which
 *   changes nothing for readers. NAME_OLD holds the old value before. The entry that wins the right says all that is
 *   true once the next version is there with the staged value, so none is written behind it: whoever looks compares.
 * - Giving a staged value up takes the record from everybody who could publish it. Once the right to publish is won,
 *   it is refused: then the rotation only goes forward.
 * - With `read: alias`, the alias `current` is what applications read: one update moves it, `previous` and the record.
 *
 * Not promised:
 * - That readers see a change at once: the service says that `latest`, aliases, lists and disabled states follow within
 *   minutes, rarely hours. Choose a grace period of days. Decisions are made by version number, which is never late.
 * - That a request which the network holds back for longer than a whole rotation does no harm: it may publish a former
 *   value once more, or put one into NAME_OLD. The first is seen (`foreign`), nothing is lost, and a runner that lives
 *   puts right what it has done too late.
 * - Recovery: the service forgets a deleted secret at once, and a destroyed version for ever.
 */
export async function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const settings = readSettings(target, deps)
  const client = createClient(settings, deps)
  const store = createStore(createApi(client), settings, target, deps)
  await Promise.resolve()
  return {
    limits,
    check: signal => check(client, store, signal),
    list: (prefix, signal) => list(store, prefix, signal),
    read: (name, version, signal) => read(store, name, version, signal),
    write: (name, value, _options, signal) => write(store, name, value, signal),
    remove: (name, signal) => remove(store, name, signal),
    versions: (name, signal) => versions(store, name, signal),
    diagnose: (question, signal) => diagnose(client, store, question, signal),
    rotation: createRotation(store),
    close: () => client.close(),
  }
}

async function check(client: GcpClient, { api }: GcpStore, signal: AbortSignal): Promise<Identity> {
  await api.listSecrets(signal)[Symbol.asyncIterator]().next()
  return { who: await client.identity(signal), where: api.parent }
}

async function* list(
  { api, places }: GcpStore,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<SecretInfo> {
  const names: string[] = []
  for await (const secret of api.listSecrets(signal)) {
    const name = isOurs(secret) ? undefined : places.nameAt({ object: secret.id })
    if (name?.startsWith(prefix) === true) names.push(name)
  }
  for (const name of names.sort()) {
    signal.throwIfAborted()
    yield { name }
  }
}

async function read(
  store: GcpStore,
  name: string,
  selector: VersionSelector,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const scene = await store.look(name, signal)
  if (scene === undefined) return undefined
  if (typeof selector !== 'string') return await readVersion(store, scene, selector.version, signal)
  if (selector === 'current') {
    return await serve(store, scene, scene.ids.current, scene.number, scene.number, signal)
  }
  const previous = scene.facts.rotation?.previous
  if (previous === undefined || !['accepted', 'mirrored'].includes(previous.status)) return undefined
  const source = previous.status === 'accepted' ? Number(previous.version) : scene.number
  const { aliases } = scene.secret
  const place: readonly [string, number | undefined] =
    store.mode === 'alias' ? [scene.ids.current, aliases['previous']] : [scene.ids.previous, scene.facts.old]
  return place[1] === undefined ? undefined : await serve(store, scene, place[0], place[1], source, signal)
}

/** By number of NAME; `undefined` for a destroyed one: the service says that its value is gone. */
async function readVersion(
  store: GcpStore,
  scene: Scene,
  version: string,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const number = numberOf(scene.secret, version)
  return number === undefined
    ? undefined
    : await serve(store, scene, scene.ids.current, number, number, signal)
}

async function serve(
  { api }: GcpStore,
  scene: Scene,
  id: string,
  number: number,
  source: number,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  const found = await api.access(id, number, signal)
  if (found === undefined) return undefined
  if (found === 'unserved') {
    const version = await api.getVersion(id, number, signal)
    if (version === undefined || version.state === 'destroyed') return undefined
    throw disabled(id, { ...version, state: 'disabled' })
  }
  const { newest } = scene
  const isDated = id === scene.ids.current && newest.number === number && newest.created !== undefined
  return {
    version: idOf(scene, source),
    value: found.value,
    ...(isDated ? { created: newest.created } : {}),
  }
}

async function write(
  store: GcpStore,
  name: string,
  value: Secret,
  signal: AbortSignal,
): Promise<VersionInfo> {
  store.requireStorable(name, value)
  const { api } = store
  const ids = store.idsFor(name)
  let secret = await api.getSecret(ids.current, signal)
  if (secret === undefined) {
    await api.createSecret(ids.current, {}, undefined, signal)
    secret = await api.getSecret(ids.current, signal)
  }
  if (secret !== undefined && isOurs(secret)) throw nameTaken(ids.current)
  if (secret?.isManaged === true) throw owned(name)
  const scene = await store.look(name, signal)
  const isMirrored = scene?.facts.rotation?.previous?.status === 'mirrored'
  // A mirror that kept the older value would be accepted by readers without a deadline.
  if (scene !== undefined && isMirrored && store.mode === 'latest') await mirror(store, scene, value, signal)
  const added = await api.addVersion(ids.current, value, signal)
  if (added === undefined || secret === undefined) throw nameTaken(ids.current)
  if (store.mode === 'alias') await point(store, name, added.number, signal)
  const version = idOf({ secret, facts: scene?.facts ?? {} }, added.number)
  return { version, ...(added.created === undefined ? {} : { created: added.created }) }
}

async function mirror(store: GcpStore, scene: Scene, value: Secret, signal: AbortSignal): Promise<void> {
  const old = await store.addCompanion(scene, 'previous', value, signal)
  await store.settle(async () => {
    const now = await store.look(scene.name, signal)
    if (now === undefined || now.facts.old === old) return undefined
    const facts = { ...without(now.facts, 'mirrorOf'), old }
    return (await store.update(now, facts, signal)) === 'moved' ? 'moved' : undefined
  })
}

async function point(store: GcpStore, name: string, number: number, signal: AbortSignal): Promise<void> {
  await store.settle(async () => {
    const scene = await store.look(name, signal)
    if (scene === undefined) return undefined
    if (scene.taken !== undefined) throw nameTaken(scene.taken)
    const { aliases } = scene.secret
    const isMirrored = scene.facts.rotation?.previous?.status === 'mirrored'
    const next = { ...aliases, current: number, ...(isMirrored ? { previous: number } : {}) }
    return (await store.update(scene, scene.facts, signal, next)) === 'moved' ? 'moved' : undefined
  })
}

/** The staged value first: a commit that comes late must find neither. */
async function remove({ api, idsFor }: GcpStore, name: string, signal: AbortSignal): Promise<void> {
  const ids = idsFor(name)
  const companions = await Promise.all([ids.pending, ids.previous].map(id => api.getSecret(id, signal)))
  const [pending, previous] = companions.map(one =>
    one?.labels[recordKey] === undefined ? undefined : one.id,
  )
  if (pending !== undefined) await api.deleteSecret(pending, signal)
  await api.deleteSecret(ids.current, signal)
  if (previous !== undefined) await api.deleteSecret(previous, signal)
}

async function* versions(store: GcpStore, name: string, signal: AbortSignal): AsyncIterable<VersionInfo> {
  const scene = await store.look(name, signal)
  if (scene === undefined) return
  const found: VersionInfo[] = []
  for await (const { number, created } of store.api.listVersions(scene.ids.current, signal)) {
    found.push({ version: idOf(scene, number), ...(created === undefined ? {} : { created }) })
  }
  const numberAt = ({ version }: VersionInfo): number => numberOf(scene.secret, version) ?? 0
  yield* found.sort((one, other) => numberAt(other) - numberAt(one))
}
