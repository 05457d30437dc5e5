import { SecretsError } from '../../src/core/errors.ts'
import { matchesFingerprint } from '../../src/core/fingerprint.ts'
import { previousName } from '../../src/core/names.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import { withPreviousStatus } from '../../src/core/rotation/record.ts'
import { isNeeded, removed } from '../../src/core/document/changes.ts'
import { readRecords } from './facts.ts'
import type { Page } from './kv.ts'
import type { VaultStore } from './store.ts'

/**
 * Destroys every earlier version of the document that holds the value, and only then says so in the record. Those
 * versions go with all their keys: the earlier values of the other variables in them are lost as history, never as
 * current values. A version that somebody has deleted cannot be looked into, so it is destroyed too.
 */
export async function destroyVersion(
  store: VaultStore,
  name: SecretName,
  version: VersionId,
  signal: AbortSignal,
): Promise<void> {
  await store.settle(async () => {
    const scene = await store.look(name, signal)
    const { entry, page, staging, document } = scene
    if (entry === undefined) return undefined
    if (isNeeded(entry, version, staging.pending)) throw stillNeeded(name)
    const { record } = entry
    const isPrevious = record?.rotation?.previous?.version === version
    if (isPrevious && record.rotation.previous.status === 'destroyed') return undefined
    const holding = await versionsHolding(store, page, name, version, signal)
    if (holding.length > 0) await store.kv.destroy(holding, signal)
    if (staging.pending === undefined) {
      // The mark of a rotation that was given up stays: its base may still have to be moved.
      await document.clean(staging.page.version - (staging.aborted === undefined ? 0 : 1), signal)
    }
    if (!isPrevious) return undefined
    const rotation = withPreviousStatus(record.rotation, 'destroyed')
    const outcome = await store.apply(scene, { record: { ...record, rotation } }, signal)
    return outcome === 'moved' ? outcome : undefined
  })
}

/**
 * Takes the variable out of the document, then destroys every earlier version of the document that has it, and what was
 * ever staged. Those versions go with all their keys.
 */
export async function purgeSecret(store: VaultStore, name: SecretName, signal: AbortSignal): Promise<void> {
  await store.settle(async () => {
    const scene = await store.look(name, signal)
    const { entry, staging, document, page } = scene
    // The staged value first: a commit that comes late must find neither.
    await document.clean(staging.page.version, signal)
    if (entry !== undefined && (await store.apply(scene, removed(entry), signal)) === 'moved') return 'moved'
    const holding: number[] = []
    // A newest version that somebody has deleted cannot be looked into, so it goes too.
    const latest = page.isThere && entry === undefined ? page.version - 1 : page.version
    for (let number = latest; number >= 1; number -= 1) {
      const earlier = await store.kv.readVersion(number, signal)
      if (earlier === undefined) break
      if (earlier === 'gone' || holds(earlier, name)) holding.push(number)
    }
    if (holding.length > 0) await store.kv.destroy(holding, signal)
    return undefined
  })
}

function holds(page: Page, name: SecretName): boolean {
  const keys = page.keys()
  return keys.includes(name) || keys.includes(previousName(name))
}

/**
 * Walks back from the newest version to the oldest that is kept. What the value was is learnt on the way: each version
 * of the document carries the fingerprints of its time.
 */
async function versionsHolding(
  { kv }: VaultStore,
  newest: Page,
  name: SecretName,
  version: VersionId,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const checks = new Set(checksOf(newest, kv.shown, name, version))
  const holding: number[] = []
  for (let number = newest.version - 1; number >= 1; number -= 1) {
    const page = await kv.readVersion(number, signal)
    if (page === undefined) break
    if (page === 'gone') {
      holding.push(number)
      continue
    }
    for (const check of checksOf(page, kv.shown, name, version)) checks.add(check)
    const values = [page.text(name), page.text(previousName(name))].filter(value => value !== undefined)
    const isHeld = values.some(value => [...checks].some(check => matchesFingerprint(value, check)))
    if (isHeld) holding.push(number)
  }
  // A version that the document never knew: nothing of it can be found, so nothing may be destroyed for it.
  return checks.size === 0 ? [] : holding
}

function checksOf(page: Page, shown: string, name: SecretName, version: VersionId): readonly string[] {
  const record = readRecords(page, shown).get(name)
  const found = record?.id === version ? [record.check] : []
  const previous = record?.rotation?.previous?.version === version ? record.previousCheck : undefined
  return previous === undefined ? found : [...found, previous]
}

function stillNeeded(name: SecretName): SecretsError {
  return new SecretsError('provider.conflict', `that version of "${name}" is still in use`, {
    hints: ['only a version that no reader accepts any more can be erased'],
  })
}
