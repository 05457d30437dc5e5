import { type ChainPoint, isSameMac, macOf } from './entry.ts'

/**
 * How far a log has come, kept away from it: what shows that lines at its end, or all of it, were taken away. A lower
 * bound: a process that was killed between a line and this record leaves it one line behind.
 */
export interface AuditHead extends ChainPoint {
  /** When the first line of the current file was written. */
  readonly began: number
  /** SHA-256 of the manifest at the last line; empty without one. */
  readonly manifest: string
}

/** One sector: it is overwritten in place, and a disk writes a sector as a whole. */
const size = 512

export function formatHead(head: AuditHead, key: Uint8Array): Uint8Array {
  const body = JSON.stringify({
    seq: head.seq,
    mac: head.mac,
    began: head.began,
    manifest: head.manifest,
  })
  const text = `${body} ${macOf(key, 'head', body)}`
  return Buffer.from(`${text.padEnd(size - 1)}\n`)
}

/** `undefined` for what this key did not write. */
export function parseHead(text: string, key: Uint8Array): AuditHead | undefined {
  const [, body, mac] = /^(\{.*\}) ([0-9a-f]{64}) *\n$/.exec(text) ?? []
  if (body === undefined || mac === undefined || !isSameMac(macOf(key, 'head', body), mac)) return undefined
  return JSON.parse(body) as AuditHead
}
