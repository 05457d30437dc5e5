import { resolve } from 'node:path'
import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import { usualStore } from '../src/core/gitignore.ts'
import type {
  HeldSecret,
  Provider,
  SecretInfo,
  SecretName,
  SecretVersion,
  VersionSelector,
} from '../src/core/provider.ts'
import { purged, removed, written, writtenIf } from './local/changes.ts'
import type { StoredSecret, StoredVersion } from './local/document.ts'
import { Generations, randomId } from './local/generations.ts'
import { createRotation } from './local/rotation.ts'
import { createShelf, limits, type Shelf } from './local/shelf.ts'

/**
 * The embedded store: `<directory>/<12-digit generation>.age`, each file the whole store, encrypted for one identity
 * and readable with `age -d`. Several environments share a store; their secrets are kept apart by key.
 *
 * - Mutual exclusion: `link(2)` of a complete, synced file to the next number. One writer wins; the others read
 *   again and decide anew. There is no lock, so no lock can be left behind.
 * - One generation holds values and rotation facts together: the flip, its deadline and the old value move at once.
 * - An abort gives the base a new version id, so a late commit finds nothing to replace.
 * - Erasure (retire, destroy, purge, a revert that drops the newer value) removes the value and every older
 *   generation file. What a file system, its snapshots or backups keep of removed files is beyond our reach.
 *   Otherwise the three newest generations are kept.
 * - Not promised: to notice that somebody who can write the directory put all of an older state back. Nothing
 *   outside the directory remembers which generation was the last. A file not made with the identity, a changed bit,
 *   a renamed or shortened file are noticed, and never answered with an older generation.
 */
export function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const directory = resolve(deps.root, target.settings['path'] ?? usualStore)
  const generations = new Generations(directory, deps)
  const shelf = createShelf(generations, target.environment)
  return Promise.resolve({
    limits,
    ...reading(shelf),
    ...writing(shelf, deps),
    async *diagnose(_, signal) {
      // Only "doctor" asks.
      const { diagnose } = await import('./local/diagnosis.ts')
      yield* diagnose(generations, directory, deps, signal)
    },
    rotation: createRotation(shelf, deps),
    async check(signal) {
      await generations.read(signal)
      return {
        who: (await generations.recipient()) ?? 'no identity yet: the first write makes one',
        where: directory,
      }
    },
    close: () => Promise.resolve(),
  })
}

function reading(
  shelf: Shelf,
): Pick<Provider, 'list' | 'read'> & Required<Pick<Provider, 'readAll' | 'versions'>> {
  return {
    async *list(prefix, signal) {
      const view = await shelf.read(signal)
      for (const name of view.names().filter(one => one.startsWith(prefix))) {
        signal.throwIfAborted()
        const secret = view.get(name)
        if (secret !== undefined) yield { name, ...infoOf(secret) }
      }
    },
    async read(name, selector, signal) {
      const secret = (await shelf.read(signal)).get(name)
      return secret && selected(secret, selector)
    },
    async readAll(signal) {
      const view = await shelf.read(signal)
      return view.names().flatMap(name => held(name, view.get(name)) ?? [])
    },
    async *versions(name, signal) {
      const secret = (await shelf.read(signal)).get(name)
      for (const { id, created } of secret?.versions ?? []) {
        signal.throwIfAborted()
        yield { version: id, ...(created === undefined ? {} : { created }) }
      }
    },
  }
}

function writing(
  shelf: Shelf,
  deps: ProviderDeps,
): Pick<Provider, 'write' | 'remove'> & Required<Pick<Provider, 'writeIf' | 'purge'>> {
  return {
    async write(name, value, { at }, signal) {
      shelf.requireStorable(name, value)
      const version = { id: randomId(deps), created: at, value }
      await shelf.change(name, secret => written(secret, version), at, signal)
      return { version: version.id, created: at }
    },
    async writeIf(name, value, base, { at }, signal) {
      shelf.requireStorable(name, value)
      const version = { id: randomId(deps), created: at, value }
      await shelf.change(name, secret => writtenIf(secret, base, version), at, signal)
      return { version: version.id, created: at }
    },
    remove: (name, signal) => shelf.change(name, removed, undefined, signal),
    purge: (name, signal) => shelf.change(name, purged, undefined, signal),
  }
}

function infoOf(secret: StoredSecret): Omit<SecretInfo, 'name'> {
  const since = secret.versions.find(version => version.id === secret.current)?.created
  return { version: secret.current, ...(since === undefined ? {} : { since }) }
}

function held(name: SecretName, secret: StoredSecret | undefined): HeldSecret | undefined {
  const current = secret && versionOf(secret, secret.current)
  if (secret === undefined || current === undefined) return undefined
  const previous = selected(secret, 'previous')
  const deadline = secret.rotation?.deadline
  if (previous === undefined) return { name, ...current }
  return {
    name,
    ...current,
    previous: { value: previous.value, ...(deadline === undefined ? {} : { deadline }) },
  }
}

function selected(secret: StoredSecret, selector: VersionSelector): SecretVersion | undefined {
  if (selector === 'current') return versionOf(secret, secret.current)
  if (selector === 'previous') {
    const previous = secret.rotation?.previous
    return previous?.status === 'accepted' ? versionOf(secret, previous.version) : undefined
  }
  const { pending } = secret
  if (pending !== undefined && pending.announced !== false && pending.version === selector.version) {
    return { version: pending.version, value: pending.value }
  }
  return versionOf(secret, selector.version)
}

function versionOf(secret: StoredSecret, id: string): SecretVersion | undefined {
  const version: StoredVersion | undefined = secret.versions.find(one => one.id === id)
  if (version?.value === undefined) return undefined
  const { created, value } = version
  return { version: id, value, ...(created === undefined ? {} : { created }) }
}
