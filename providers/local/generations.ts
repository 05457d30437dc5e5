import { join } from 'node:path'
import type { ProviderDeps } from '../../src/context.ts'
import { isSecretsError, SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { Secret } from '../../src/core/secret.ts'
import {
  damagedError,
  type Decide,
  directoryMode,
  fileMode,
  fileNameOf,
  generationsIn,
  oldestKept,
  successorOf,
  tooBusyError,
  wrongIdentityError,
} from './chain.ts'
import type { StoreDocument, StoredSecret } from './document.ts'
import { createIdentity, type Identities, identityMissing, identityPath, readIdentities } from './identity.ts'
import { notAnIdentity, openSealed, recipientOf, sealDocument } from './seal.ts'

type Deps = Pick<ProviderDeps, 'files' | 'random' | 'env' | 'root' | 'note' | 'askSecret'>

const maxBytes = 1024 * 1024 * 1024
/** Somebody wins every round, so only a store that is written without pause makes one writer lose this often. */
const maxTries = 2000

/** The store as a chain of generation files. providers/local.ts says what it promises. */
export class Generations {
  readonly #directory: string
  readonly #deps: Deps
  #memo: { readonly bytes: Uint8Array; readonly document: StoreDocument } | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(directory: string, deps: Deps) {
    this.#directory = directory
    this.#deps = deps
  }

  /** The newest generation, verified as a whole; `undefined` when there is no store yet. */
  async read(signal: AbortSignal): Promise<StoreDocument | undefined> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      signal.throwIfAborted()
      const known = await this.#numbers()
      const newest = known.at(-1)
      if (newest === undefined) return undefined
      const content = await this.#deps.files.read(this.#pathOf(newest), { maxBytes })
      // Missing when three others wrote between the list and the read, and the file was cleaned away.
      if (content !== undefined) return this.#decode(content.bytes, newest, known)
    }
    throw tooBusyError()
  }

  /** Durable when it returns. `at`: for the comment in a new identity file. */
  change(decide: Decide, at: Instant | undefined, signal: AbortSignal): Promise<void> {
    // One after another within this process: it would only race against itself.
    const turn = this.#queue.then(() => this.#changeNow(decide, at, signal))
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** The public key that the store is written for; `undefined` before the first write. */
  async recipient(): Promise<string | undefined> {
    const [identity] = (await readIdentities(this.#deps)) ?? []
    return identity && recipientOf(identity)
  }

  async #changeNow(decide: Decide, at: Instant | undefined, signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) if (await this.#tryChange(decide, at, signal)) return
    throw tooBusyError()
  }

  async #tryChange(decide: Decide, at: Instant | undefined, signal: AbortSignal): Promise<boolean> {
    const base = await this.read(signal)
    const change = decide(base?.secrets ?? new Map<string, StoredSecret>())
    if (change === 'unchanged') {
      if (base !== undefined) await this.#prune(base)
      return true
    }
    const identity = await this.#writingIdentity(base, at)
    const next = successorOf(base, change, () => randomId(this.#deps))
    const bytes = await sealDocument(next, identity).catch((error: unknown) => {
      throw this.#withIdentityPath(error)
    })
    signal.throwIfAborted()
    if (!(await this.#deps.files.publish(this.#pathOf(next.generation), bytes, fileMode))) return false
    this.#memo = { bytes, document: next }
    if (!(await this.#isInChain(next))) {
      await this.#deps.files.remove(this.#pathOf(next.generation))
      return false
    }
    await this.#prune(next)
    return true
  }

  /**
   * A writer that slept while others wrote and cleaned up may have taken a number that had become free again. Its
   * file is then not the newest, and no newer one descends from it. (When more generations than the list of ancestors
   * is long came meanwhile, an own write cannot be recognised any more; it is made again, which is safe.)
   */
  async #isInChain(mine: StoreDocument): Promise<boolean> {
    // Not to be aborted: the file is there already, and the answer decides what becomes of it.
    const document = await this.read(new AbortController().signal)
    return document !== undefined && (document.id === mine.id || document.ancestors.includes(mine.id))
  }

  async #prune(newest: StoreDocument): Promise<void> {
    for (const number of await this.#numbers()) {
      if (number < oldestKept(newest)) await this.#deps.files.remove(this.#pathOf(number))
    }
  }

  /** A file whose bytes are those decrypted before is not decrypted again; it is always read again. */
  async #decode(bytes: Uint8Array, generation: number, known: readonly number[]): Promise<StoreDocument> {
    const memo = this.#memo
    if (memo?.document.generation === generation && Buffer.compare(memo.bytes, bytes) === 0)
      return memo.document
    const identities = await this.#identities()
    try {
      const document = await openSealed(bytes, identities)
      if (document === 'no-identity') throw await this.#noIdentity(generation, known, identities)
      if (document.generation !== generation) {
        throw new SecretsError('store.damaged', 'the store file has been renamed or copied')
      }
      this.#memo = { bytes, document }
      return document
    } catch (error) {
      if (!isSecretsError(error, 'store.damaged')) throw this.#withIdentityPath(error)
      throw damagedError(error, this.#pathOf(generation), known.at(-2))
    }
  }

  /** The cipher does not know which file holds an identity that it cannot use. */
  #withIdentityPath(error: unknown): unknown {
    const isUnplaced = isSecretsError(error, 'store.wrong_identity') && error.at === undefined
    return isUnplaced ? notAnIdentity(identityPath(this.#deps.env, this.#deps.root)) : error
  }

  /** Another generation that opens shows that the identity is right and this file is not. */
  async #noIdentity(
    generation: number,
    known: readonly number[],
    identities: readonly Secret[],
  ): Promise<SecretsError> {
    for (const other of known.filter(one => one !== generation)) {
      const content = await this.#deps.files.read(this.#pathOf(other), { maxBytes })
      const opened = content && (await openSealed(content.bytes, identities).catch(() => undefined))
      if (opened !== undefined && opened !== 'no-identity') {
        return new SecretsError(
          'store.damaged',
          'the newest store file is damaged, or was written by somebody else',
        )
      }
    }
    return wrongIdentityError(this.#pathOf(generation))
  }

  /** Made with the first generation, and never beside a store: that one could not be read with it. */
  async #writingIdentity(base: StoreDocument | undefined, at: Instant | undefined): Promise<Secret> {
    if (base !== undefined) return (await this.#identities())[0]
    await this.#deps.files.makeDirectory(this.#directory, directoryMode)
    return ((await readIdentities(this.#deps)) ?? (await createIdentity(this.#deps, at)))[0]
  }

  async #identities(): Promise<Identities> {
    const identities = await readIdentities(this.#deps)
    if (identities === undefined) throw identityMissing(identityPath(this.#deps.env, this.#deps.root))
    return identities
  }

  /** Ascending. */
  async #numbers(): Promise<readonly number[]> {
    const entries = (await this.#deps.files.list(this.#directory)) ?? []
    return generationsIn(entries.map(entry => entry.name))
  }

  #pathOf(generation: number): string {
    return join(this.#directory, fileNameOf(generation))
  }
}

/** 128 random bits as hex: ids of versions, generations and stores. */
export function randomId(deps: Pick<ProviderDeps, 'random'>): string {
  return Buffer.from(deps.random.bytes(16)).toString('hex')
}
