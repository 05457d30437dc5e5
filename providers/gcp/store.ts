import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { namePattern, previousName } from '../../src/core/names.ts'
import type { ProviderLimits, SecretName } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import { createPlaces, type NamingRule, type StorePlaces } from '../../src/core/store-names.ts'
import type { GcpApi } from './api.ts'
import { recordKey, type SecretFacts, writeFacts } from './record.ts'
import { busy, nameTaken } from './refusals.ts'
import { type Ids, idsOf, isOurs, look, pendingSuffix, type Scene } from './scene.ts'
import type { GcpSettings } from './settings.ts'

export const limits: ProviderLimits = {
  valueBytes: 65_536,
  refuses(value) {
    const text = value.reveal()
    if (text === '') return 'nothing: Secret Manager keeps no empty values'
    return /\p{Surrogate}/u.test(text)
      ? 'half of a character outside the basic plane (a lone surrogate)'
      : undefined
  },
}

const maxNameLength = 255

/** The secrets of one environment in one project. */
export interface GcpStore {
  readonly api: GcpApi
  readonly mode: GcpSettings['read']
  readonly places: StorePlaces
  newId(): string
  idsFor(name: SecretName): Ids
  look(name: SecretName, signal: AbortSignal): Promise<Scene | undefined>
  /** Writes the facts (and the aliases) on the etag of the scene, which is given as it stands then. */
  update(
    scene: Scene,
    facts: SecretFacts,
    signal: AbortSignal,
    aliases?: Readonly<Record<string, number>>,
  ): Promise<Scene | 'moved'>
  /** Adds a version to a companion (NAME_OLD, NAME__pending), which is made where it is missing: its number there. */
  addCompanion(
    scene: Scene,
    kind: 'previous' | 'pending',
    value: Secret,
    signal: AbortSignal,
  ): Promise<number>
  /** Asks `attempt` until it does not say `moved`. */
  settle<T>(attempt: () => Promise<T | 'moved'>): Promise<T>
  /** Throws when the store cannot hold the value under that name; nothing of either is quoted. */
  requireStorable(name: SecretName, value: Secret): void
}

/** Each lost race means that another writer has won one; the service takes about two writes a second of one secret. */
const attempts = 20

export function createStore(
  api: GcpApi,
  { prefix, read: mode }: GcpSettings,
  target: TargetConfig,
  { random }: Pick<ProviderDeps, 'random'>,
): GcpStore {
  const places = createPlaces(target.names, namingRule(prefix))
  refuseFields(target)
  const store: GcpStore = {
    api,
    mode,
    places,
    newId: () => Buffer.from(random.bytes(12)).toString('hex'),
    idsFor(name) {
      requireName(name)
      const ids = idsOf(places, name)
      if (ids.pending.length > maxNameLength || !/^[A-Za-z0-9_-]+$/.test(ids.current)) throw badName()
      return ids
    },
    look: (name, signal) => store.settle(() => look(api, mode, name, store.idsFor(name), signal)),
    async update(scene, facts, signal, aliases) {
      const change = {
        annotations: { ...scene.secret.annotations, [recordKey]: writeFacts(facts) },
        ...(aliases === undefined ? {} : { aliases }),
      }
      const secret = await api.updateSecret(scene.secret, change, signal)
      if (secret === 'moved') return secret
      const number = mode === 'alias' ? (secret.aliases['current'] ?? scene.number) : scene.number
      return { ...scene, secret, facts, number }
    },
    addCompanion: (scene, kind, value, signal) => addCompanion(api, scene, kind, value, signal),
    async settle(attempt) {
      for (let count = 0; count < attempts; count += 1) {
        const outcome = await attempt()
        if (outcome !== 'moved') return outcome
      }
      throw busy()
    },
    requireStorable(name, value) {
      store.idsFor(name)
      if (Buffer.byteLength(value.reveal(), 'utf8') > limits.valueBytes) throw tooLarge(name)
      const refused = limits.refuses?.(value)
      if (refused !== undefined) throw unsupported(name, refused)
    },
  }
  return store
}

async function addCompanion(
  api: GcpApi,
  { ids, secret, facts }: Scene,
  kind: 'previous' | 'pending',
  value: Secret,
  signal: AbortSignal,
): Promise<number> {
  const id = ids[kind]
  const isKnown = kind === 'previous' ? facts.old !== undefined : facts.litter !== undefined
  const made = isKnown ? 'exists' : await api.createSecret(id, { [recordKey]: kind }, secret, signal)
  if (made === 'exists' && !isKnown) {
    const found = await api.getSecret(id, signal)
    if (found !== undefined && !isOurs(found)) throw nameTaken(id)
  }
  if (made === 'exists' && kind === 'previous') {
    // A run before this one may have come as far.
    const newest = await api.access(id, 'latest', signal)
    if (typeof newest === 'object' && areEqualSecrets(newest.value, value)) return newest.number
  }
  const added = await api.addVersion(id, value, signal)
  if (added !== undefined) return added.number
  // Removed by somebody since the record was written.
  await api.createSecret(id, { [recordKey]: kind }, secret, signal)
  const again = await api.addVersion(id, value, signal)
  if (again === undefined) throw busy()
  return again.number
}

function namingRule(prefix: string): NamingRule {
  return {
    placeOf: name => ({ object: prefix + name }),
    nameAt({ object }) {
      const name = object.slice(prefix.length)
      return object.startsWith(prefix) && namePattern.test(name) ? name : undefined
    },
    previousOf: ({ object }) => ({ object: previousName(object) }),
  }
}

function refuseFields({ id, names }: TargetConfig): void {
  const found = Object.entries(names ?? {}).find(([, { field }]) => field !== undefined)
  if (found === undefined) return
  throw new SecretsError('manifest.invalid', `target "${id}" places ${found[0]} in a field`, {
    hints: ['in Google Secret Manager each variable is a secret of its own: give it a "ref"'],
  })
}

function requireName(name: SecretName): void {
  if (!namePattern.test(name) || name.endsWith(pendingSuffix)) throw badName()
}

function badName(): SecretsError {
  return new SecretsError('provider.bad_name', 'that cannot be the name of a variable in this store', {
    hints: [
      'a name has letters, digits and "_", and does not begin with a digit',
      `with the prefix and "${pendingSuffix}" behind it, at most ${String(maxNameLength)} characters`,
    ],
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
