import type { SecretName, VersionInfo } from '../../src/core/provider.ts'
import { readEntry } from '../../src/core/document/entry.ts'
import { infoOf } from '../../src/core/document/read.ts'
import type { SecretRecords } from '../../src/core/document/records.ts'
import { readRecords } from './facts.ts'
import type { Page } from './kv.ts'
import type { VaultStore } from './store.ts'

/**
 * The versions of one variable that the kept versions of its document still hold, newest first. Each version of the
 * document carries the facts of its time. The server keeps `max_versions` of them (10 by default), counted over the
 * edits of all keys.
 */
export async function* versionsOf(
  store: VaultStore,
  name: SecretName,
  signal: AbortSignal,
): AsyncGenerator<VersionInfo> {
  const newest = await store.readPage(signal)
  const seen = new Map<string, VersionInfo>()
  const first = infoIn(newest.page, newest.records, name)
  if (first === undefined) return
  seen.set(first.version, first)
  for (let number = newest.page.version - 1; number >= 1; number -= 1) {
    const page = await store.kv.readVersion(number, signal)
    if (page === undefined) break
    if (page === 'gone') continue
    const info = infoIn(page, readRecords(page, store.kv.shown), name)
    if (info === undefined) continue
    // An older document that has it already knows better since when.
    const known = seen.get(info.version)
    if (known === undefined || known.created === undefined || (info.created ?? Infinity) < known.created) {
      seen.set(info.version, info)
    }
  }
  yield* seen.values()
}

function infoIn(page: Page, records: SecretRecords, name: SecretName): VersionInfo | undefined {
  const entry = readEntry(page, records, name)
  return entry && infoOf(entry, page.created)
}
