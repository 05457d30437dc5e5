import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { fingerprint, saltBytes } from '../../src/core/fingerprint.ts'
import { namePattern } from '../../src/core/names.ts'
import type { ProviderLimits, SecretName } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import { type Change, keysOf, type Maker } from '../../src/core/document/changes.ts'
import type { VaultClient } from './client.ts'
import { type Entry, readEntry } from '../../src/core/document/entry.ts'
import { factsKey, type SecretRecords, withRecord } from '../../src/core/document/records.ts'
import { readRecords } from './facts.ts'
import { createKvPath, type KvPath, type Page } from './kv.ts'
import { createStaging, type Staging, type StagingDocument } from './staging.ts'

export const limits: ProviderLimits = {
  valueBytes: 65_536,
  refuses: value =>
    !value.reveal().isWellFormed()
      ? 'half of a character outside the basic plane (a lone surrogate)'
      : undefined,
}

/** Both documents of one secret, the staging document read first. */
export interface Scene {
  readonly name: SecretName
  readonly page: Page
  readonly records: SecretRecords
  readonly entry: Entry | undefined
  readonly staging: Staging
  readonly document: StagingDocument
}

/** One document, with the staging documents beside it. */
export interface VaultStore {
  readonly kv: KvPath
  /** Of the document, those that the manifest names: they need not look like variables. */
  readonly keys: ReadonlySet<string>
  /** Throws `provider.bad_name` for what can be no variable here. */
  requireName(name: SecretName): SecretName
  readonly make: Maker
  readPage(signal: AbortSignal): Promise<{ readonly page: Page; readonly records: SecretRecords }>
  /**
   * The staging document first: a runner that finds nothing staged, then the base unmoved, and then takes the staging
   * document by its old number, knows that no rotation came to its end in between.
   */
  look(name: SecretName, signal: AbortSignal): Promise<Scene>
  /** Writes the change by check-and-set on the page of the scene; gives the page as it stands there now. */
  apply(scene: Scene, change: Change, signal: AbortSignal): Promise<Page | 'moved'>
  /** Asks `attempt` until it does not say `moved`; one writer of this connection at a time. */
  settle<T>(attempt: () => Promise<T | 'moved'>): Promise<T>
  /** Throws when the store cannot hold the value under that name; nothing of either is quoted. */
  requireStorable(name: SecretName, value: Secret): void
}

/** Each lost race means that another writer has won one: only a steady stream of writes reaches this. */
const attempts = 50

export function createStore(
  client: VaultClient,
  { random, note }: Pick<ProviderDeps, 'random' | 'note'>,
  keys: ReadonlySet<string> = new Set(),
): VaultStore {
  const { path } = client.settings
  const kv = createKvPath(client, path)
  let turn: Promise<unknown> = Promise.resolve()
  let isWarned = false

  const requireName = (name: SecretName): SecretName => (keys.has(name) ? name : requireVariable(name))
  const store: VaultStore = {
    kv,
    keys,
    requireName,
    make: {
      fingerprint: value => fingerprint(value, random.bytes(saltBytes)),
      newVersion: () => Buffer.from(random.bytes(16)).toString('hex'),
    },
    async readPage(signal) {
      const page = await kv.read(signal)
      if (page.expires !== undefined && !isWarned) {
        isWarned = true
        note(
          `note: ${kv.shown} has delete_version_after: the server will delete these values on ${page.expires}`,
        )
      }
      return { page, records: readRecords(page, kv.shown) }
    },
    async look(name, signal) {
      requireName(name)
      const document = createStaging(client, path, name)
      const staging = await document.read(signal)
      const { page, records } = await store.readPage(signal)
      const entry = readEntry(page, records, name, staging.pending)
      return { name, page, records, entry, staging, document }
    },
    apply({ name, page, records }, change, signal) {
      const facts = { [factsKey]: withRecord(records, name, change.record) }
      return kv.change(page, { ...keysOf(name, change), ...facts }, signal)
    },
    settle(attempt) {
      const mine = turn.then(() => repeat(attempt))
      turn = mine.catch(() => undefined)
      return mine
    },
    requireStorable(name, value) {
      requireName(name)
      if (Buffer.byteLength(value.reveal(), 'utf8') > limits.valueBytes) throw tooLarge(name)
      const refused = limits.refuses?.(value)
      if (refused !== undefined) throw unsupported(name, refused)
    },
  }
  return store
}

async function repeat<T>(attempt: () => Promise<T | 'moved'>): Promise<T> {
  for (let count = 0; count < attempts; count += 1) {
    const outcome = await attempt()
    if (outcome !== 'moved') return outcome
  }
  throw new SecretsError('provider.conflict', 'others write to the document without pause', {
    hints: ['run it again when they have ended'],
  })
}

function requireVariable(name: SecretName): SecretName {
  if (namePattern.test(name) && name !== factsKey) return name
  throw new SecretsError('provider.bad_name', 'that cannot be the name of a variable in this store', {
    hints: [
      'a name has letters, digits and "_", and does not begin with a digit',
      `"${factsKey}" is kept for the facts of rotations`,
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
