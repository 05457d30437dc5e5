import type { AuditWho } from './entry.ts'

/** Files that only grow, and who writes them: what the audit log needs. Paths are absolute; links are refused. */
export interface Journal {
  who(): AuditWho
  /** Appends in one call, mode 0600; with `isDurable` it is on the disk when this returns. Throws `file.*`. */
  append(path: string, bytes: Uint8Array, isDurable: boolean): void
  /** The last bytes, and how many there are; `undefined` when nothing has that name. */
  tail(path: string, maxBytes: number): { readonly bytes: Uint8Array; readonly size: number } | undefined
  /** Overwrites a record of always the same size in place. */
  mark(path: string, bytes: Uint8Array): void
  /** Durable; what has the new name is replaced. */
  rename(from: string, to: string): void
  /** For a log that a collector reads from the process. */
  print(stream: 'stdout' | 'stderr', text: string): Promise<void>
}
