import { formatInstant, type Instant, readInstant } from '../instant.ts'
import { readDigest } from './digest.ts'

export interface TrustEntry {
  readonly sha256: string
  readonly at: Instant
}

/** `trust.json` of a user: absolute path of a manifest → what was trusted there, and when. */
export type TrustRecord = ReadonlyMap<string, TrustEntry>

export function formatTrustRecord(record: TrustRecord): string {
  const entries = [...record]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { sha256, at }]) => [path, { sha256, at: formatInstant(at) }] as const)
  return `${JSON.stringify({ version: 1, trusted: Object.fromEntries(entries) }, undefined, 2)}\n`
}

/** `undefined` for a text that is none of ours, in whole: a damaged record trusts nothing. */
export function parseTrustRecord(text: string): TrustRecord | undefined {
  const parsed = readJson(text)
  if (!isObject(parsed) || parsed['version'] !== 1 || !isObject(parsed['trusted'])) return undefined
  const record = new Map<string, TrustEntry>()
  for (const [path, entry] of Object.entries(parsed['trusted'])) {
    const read = readEntry(entry)
    if (read === undefined) return undefined
    record.set(path, read)
  }
  return record
}

function readEntry(entry: unknown): TrustEntry | undefined {
  if (!isObject(entry)) return undefined
  const { sha256, at } = entry
  if (typeof sha256 !== 'string' || typeof at !== 'string') return undefined
  const [digest, instant] = [readDigest(sha256), readInstant(at)]
  return digest === undefined || instant === undefined ? undefined : { sha256: digest, at: instant }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
