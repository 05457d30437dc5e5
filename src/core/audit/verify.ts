import { createHash } from 'node:crypto'
import { type ChainPoint, chainStart, isSameMac, keyId, macOf, parseLine, type SealedEntry } from './entry.ts'
import type { AuditHead } from './head.ts'

export type AuditProblemKind =
  /** The line is not what was written. */
  | 'edited'
  /** Lines are missing before this one. */
  | 'removed'
  /** Lines are missing at the end. */
  | 'truncated'
  | 'reordered'
  | 'duplicated'
  /** No line of this log. */
  | 'unreadable'
  /** Written with a key that this user does not have. */
  | 'other_key'
  /** A line with this number was another one: an older log was put back and written on. */
  | 'replaced'

export interface AuditProblem {
  readonly kind: AuditProblemKind
  readonly path: string
  readonly line: number
}

export interface AuditVerdict {
  readonly entries: number
  /** In the order of the log; empty means: everything that was ever written is here, as it was written. */
  readonly problems: readonly AuditProblem[]
  /** Intents without a result: work that goes on now, or that was killed. No problem of the log. */
  readonly open: readonly SealedEntry[]
  /** Ends of lines that a crash cut off; the next writer has said so in the log. */
  readonly torn: readonly { readonly path: string; readonly line: number }[]
}

interface At {
  readonly path: string
  readonly line: number
}

interface Found extends At {
  kind: AuditProblemKind
  /** Of lines that are missing: their numbers. */
  readonly missing?: { readonly from: number; readonly to: number }
}

/** Reads a log line by line, oldest file first, and says what is wrong with it. */
export class ChainCheck {
  readonly #key: Uint8Array
  readonly #id: string
  readonly #head: AuditHead | undefined
  readonly #problems: Found[] = []
  readonly #open = new Map<number, SealedEntry>()
  readonly #torn: At[] = []
  readonly #pruned: ChainPoint[] = []
  #first: (At & { readonly entry: SealedEntry }) | undefined
  #last: ChainPoint | undefined
  #entries = 0
  #at: At
  #unread: (At & { readonly sha256: string }) | undefined

  constructor(key: Uint8Array, head: AuditHead | undefined, path: string) {
    this.#key = key
    this.#id = keyId(key)
    this.#head = head
    this.#at = { path, line: 0 }
  }

  /** `isWhole`: its newline was there. */
  add(text: string, path: string, line: number, isWhole: boolean): void {
    const at = { path, line }
    this.#at = at
    const parsed = isWhole ? parseLine(text) : undefined
    if (parsed === undefined) {
      this.#refuseUnread()
      // Nobody has written on behind it yet.
      if (isWhole) this.#unread = { ...at, sha256: createHash('sha256').update(text).digest('hex') }
      else this.#torn.push(at)
      return
    }
    const { entry, body } = parsed
    this.#entries += 1
    this.#first ??= { ...at, entry }
    const problem = this.#sealProblem(entry, body)
    this.#settleUnread(entry, problem === undefined)
    if (problem === undefined) this.#take(entry, at)
    else {
      this.#problems.push({ kind: problem, ...at })
      this.#last = { seq: (this.#last?.seq ?? entry.seq - 1) + 1, mac: entry.mac }
    }
  }

  finish(): AuditVerdict {
    this.#refuseUnread()
    this.#checkStart()
    this.#checkEnd()
    const order = this.#problems.map(({ kind, path, line }) => ({ kind, path, line }))
    return { entries: this.#entries, problems: order, open: [...this.#open.values()], torn: this.#torn }
  }

  #sealProblem(entry: SealedEntry, body: string): AuditProblemKind | undefined {
    if (entry.key !== this.#id) return 'other_key'
    return isSameMac(macOf(this.#key, 'line', body), entry.mac) ? undefined : 'edited'
  }

  #take(entry: SealedEntry, at: At): void {
    const { seq, mac, prev } = entry
    const expected = this.#last === undefined ? seq : this.#last.seq + 1
    if (seq > expected) {
      this.#problems.push({ kind: 'removed', ...at, missing: { from: expected, to: seq - 1 } })
    } else if (seq < expected) {
      this.#takeLate(seq, at)
      return
    } else if (this.#last !== undefined && prev !== this.#last.mac && !this.#isAfterProblem(at)) {
      this.#problems.push({ kind: 'replaced', ...at })
    }
    this.#last = { seq, mac }
    if (this.#head?.seq === seq && this.#head.mac !== mac) this.#problems.push({ kind: 'replaced', ...at })
    this.#note(entry)
  }

  /** The line before is already complained of: that this one does not follow it says nothing new. */
  #isAfterProblem({ path, line }: At): boolean {
    const last = this.#problems.at(-1)
    return last !== undefined && (last.path !== path || last.line === line - 1)
  }

  /** A line that stands behind one with a higher number: moved there, or there twice. */
  #takeLate(seq: number, at: At): void {
    const gap = this.#problems.find(
      ({ missing }) => missing !== undefined && missing.from <= seq && seq <= missing.to,
    )
    if (gap === undefined) this.#problems.push({ kind: 'duplicated', ...at })
    else gap.kind = 'reordered'
  }

  #note(entry: SealedEntry): void {
    if (entry.result === 'started') this.#open.set(entry.seq, entry)
    if (entry.of !== undefined) this.#open.delete(entry.of)
    const { through, mac } = entry.details ?? {}
    if (entry.event_type === 'audit.pruned' && typeof through === 'number' && typeof mac === 'string')
      this.#pruned.push({ seq: through, mac })
  }

  #settleUnread(entry: SealedEntry, isTrue: boolean): void {
    const unread = this.#unread
    if (unread === undefined) return
    if (isTrue && entry.event_type === 'audit.recovered' && entry.details?.['sha256'] === unread.sha256) {
      this.#torn.push({ path: unread.path, line: unread.line })
      this.#unread = undefined
    }
    this.#refuseUnread()
  }

  #refuseUnread(): void {
    if (this.#unread === undefined) return
    this.#problems.push({ kind: 'unreadable', path: this.#unread.path, line: this.#unread.line })
    this.#unread = undefined
  }

  /** The log begins with its first line, or where a line of the log itself says that older ones were removed. */
  #checkStart(): void {
    if (this.#first === undefined) return
    const { entry, path, line } = this.#first
    // What is wrong there is told already.
    if (this.#problems.some(problem => problem.path === path && problem.line === line)) return
    const isKept =
      (entry.seq === 1 && entry.prev === chainStart.mac) ||
      this.#pruned.some(({ seq, mac }) => seq === entry.seq - 1 && mac === entry.prev)
    if (!isKept) this.#problems.unshift({ kind: 'removed', path, line })
  }

  #checkEnd(): void {
    if (this.#head === undefined || this.#head.seq <= (this.#last?.seq ?? 0)) return
    this.#problems.push({ kind: 'truncated', ...this.#at })
  }
}
