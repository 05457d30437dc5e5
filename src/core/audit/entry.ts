import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What happened, as the wrapper around a store says it; names and version ids, never a value. */
export interface AuditFacts {
  /** `secret.read`, `rotation.commit`, `config.changed`, `audit.pruned` … */
  readonly event_type: string
  readonly target: string
  readonly environment: string
  /** Of one secret; absent where an event is about several (`details.names`) or none. */
  readonly name?: string
  readonly versions?: Readonly<Record<string, string>>
  readonly details?: Readonly<Record<string, unknown>>
}

/** `started` is the intent, written before the effect; the other words are what came of it. */
export type AuditResult = 'started' | 'success' | 'absent' | 'denied' | 'failed'

export interface AuditWho {
  readonly user: string
  readonly host: string
  /** Of the person at the other end of a remote shell, where the shell says it. */
  readonly ip?: string
}

export interface AuditDraft extends AuditFacts, AuditWho {
  readonly timestamp: string
  /** The command: `rotate`, `get` … */
  readonly action: string
  readonly result: AuditResult
  /** One for each process. */
  readonly run_id: string
  /** Of a result: the number of its intent. */
  readonly of?: number
}

/** One line of the log. `prev` is the `mac` of the line before. */
export interface AuditEntry extends AuditDraft {
  readonly seq: number
  readonly key: string
  readonly prev: string
}

export interface SealedEntry extends AuditEntry {
  readonly mac: string
}

/** Where a chain stands: the number and the code of its last line. */
export interface ChainPoint {
  readonly seq: number
  readonly mac: string
}

export const chainStart: ChainPoint = { seq: 0, mac: '0'.repeat(64) }

/** Says which key a line was made with, and nothing of the key. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update('secrets audit key\0').update(key).digest('hex').slice(0, 16)
}

/** HMAC-SHA256; `use` keeps codes of one place from being valid in another. */
export function macOf(key: Uint8Array, use: 'line' | 'head', text: string): string {
  return createHmac('sha256', key).update(`secrets audit ${use} 1\0`).update(text).digest('hex')
}

export function isSameMac(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** The line (without its newline) that follows `after`, and where the chain stands then. */
export function sealEntry(
  draft: AuditDraft,
  after: ChainPoint,
  key: Uint8Array,
): { readonly line: string; readonly point: ChainPoint } {
  const seq = after.seq + 1
  const { timestamp, event_type, ...rest } = draft
  const entry: AuditEntry = {
    seq,
    timestamp,
    event_type,
    ...rest,
    key: keyId(key),
    prev: after.mac,
  }
  const body = JSON.stringify(entry)
  const mac = macOf(key, 'line', body)
  return { line: `${body.slice(0, -1)},"mac":"${mac}"}`, point: { seq, mac } }
}

const linePattern = /^(\{.*),"mac":"([0-9a-f]{64})"\}$/

/** What a line says, whether or not it is true; `undefined` for what is no line of ours. */
export function parseLine(line: string): { readonly entry: SealedEntry; readonly body: string } | undefined {
  const [, start, mac] = linePattern.exec(line) ?? []
  if (start === undefined || mac === undefined) return undefined
  const body = `${start}}`
  try {
    const entry = JSON.parse(body) as unknown
    return isEntry(entry) ? { entry: { ...entry, mac }, body } : undefined
  } catch {
    return undefined
  }
}

const texts = [
  'timestamp',
  'event_type',
  'user',
  'host',
  'action',
  'target',
  'environment',
  'result',
] as const

function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Record<string, unknown>
  const { seq, key, prev } = entry
  const isWhole = typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0
  return isWhole && [key, prev, ...texts.map(name => entry[name])].every(text => typeof text === 'string')
}

/** The last whole line of the end of a log, where it is one that this key made. */
export function lastPoint(
  end: string,
  key: Uint8Array,
): (ChainPoint & { readonly key: string; readonly isTrue: boolean }) | undefined {
  const line = end.slice(0, end.lastIndexOf('\n')).split('\n').at(-1)
  const parsed = line === undefined ? undefined : parseLine(line)
  if (parsed === undefined) return undefined
  const { entry, body } = parsed
  const isTrue = isSameMac(macOf(key, 'line', body), entry.mac)
  return { seq: entry.seq, mac: entry.mac, key: entry.key, isTrue }
}
