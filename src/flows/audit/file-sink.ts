import { dirname } from 'node:path'
import type { Context } from '../../context.ts'
import {
  type AuditDraft,
  type ChainPoint,
  chainStart,
  keyId,
  lastPoint,
  parseLine,
  sealEntry,
} from '../../core/audit/entry.ts'
import { type AuditHead, formatHead, parseHead } from '../../core/audit/head.ts'
import { SecretsError } from '../../core/errors.ts'
import { sha256 } from '../../core/trust/digest.ts'
import { createKey, readKey } from './key.ts'
import { type AuditPlace, closedFiles, closedPath } from './place.ts'

export interface FileSinkSettings {
  readonly place: AuditPlace
  /** Milliseconds. */
  readonly retention: number
  /** SHA-256 of the manifest as it is now. */
  readonly manifest: string
  /** A draft of an entry that the log makes about itself. */
  draft(eventType: string, details: Readonly<Record<string, unknown>>): AuditDraft
  readonly limits?: FileLimits
}

interface FileLimits {
  /** A file is closed when it has become larger, or when its first line is older. */
  readonly bytes: number
  readonly age: number
}

const usualLimits: FileLimits = { bytes: 8_388_608, age: 31 * 86_400_000 }
/** More than the longest line. */
const tailBytes = 65_536

interface State {
  /** What the next line follows. */
  point: ChainPoint
  began: number
  manifest: string
}

/**
 * The log as files: one writer at a time, each line chained to the one before by a keyed code. The record of how far
 * the log has come is written after the lines: whoever is killed in between leaves a log that is ahead of its record.
 */
export class FileSink {
  readonly #context: Context
  readonly #settings: FileSinkSettings
  #key: Uint8Array | undefined

  constructor(context: Context, settings: FileSinkSettings) {
    this.#context = context
    this.#settings = settings
  }

  /** Gives the numbers of the lines. With `isDurable` they are on the disk when this returns. */
  async write(drafts: readonly AuditDraft[], isDurable: boolean): Promise<readonly number[]> {
    const { files } = this.#context
    const { path, head } = this.#settings.place
    if ((await files.access(dirname(path))) === undefined) await files.makeDirectory(dirname(path), 0o700)
    // What is written must be, also after Ctrl-C: the effect may have taken place.
    const signal = new AbortController().signal
    return await files.withLock(path, signal, async () => {
      const key = (this.#key ??= await this.#loadKey())
      const known = await this.#readHead(key)
      const lines: string[] = []
      const state = this.#stateOf(key, known, lines)
      const add = (draft: AuditDraft): number => {
        const { line, point } = sealEntry(draft, state.point, key)
        state.point = point
        lines.push(line)
        return point.seq
      }
      const old = await this.#close(key, state, add)
      this.#noteManifest(state, add)
      const numbers = drafts.map(add)
      this.#context.journal.append(
        path,
        Buffer.from(lines.map(line => `${line}\n`).join('')),
        isDurable || old.length > 0,
      )
      await this.#mark(head, known, { ...state.point, began: state.began, manifest: state.manifest }, key)
      for (const file of old) await files.remove(file)
      return numbers
    })
  }

  /** A log without its key could only be gone on with under another one, and nobody could verify it. */
  async #loadKey(): Promise<Uint8Array> {
    const key = await readKey(this.#context)
    if (key !== undefined) return key
    const { path } = this.#settings.place
    const isThere = (this.#context.journal.tail(path, 1)?.size ?? 0) > 0
    if (isThere) throw wrongKey(path)
    return await createKey(this.#context)
  }

  async #readHead(key: Uint8Array): Promise<AuditHead | undefined> {
    const { head } = this.#settings.place
    const content = await this.#context.files.read(head, { maxBytes: 4096 })
    if (content === undefined) return undefined
    const parsed = parseHead(Buffer.from(content.bytes).toString('latin1'), key)
    if (parsed === undefined)
      this.#context.terminal.note('note: the record of how far the audit log has come is damaged')
    return parsed
  }

  /** Where the log stands: its own last line, or the record where the log is not that far (any more). */
  #stateOf(key: Uint8Array, head: AuditHead | undefined, lines: string[]): State {
    const { path } = this.#settings.place
    const tail = this.#context.journal.tail(path, tailBytes)
    const now = this.#context.clock.now()
    const text = tail === undefined ? '' : Buffer.from(tail.bytes).toString('utf8')
    const last = lastPoint(text, key)
    if (last !== undefined && last.key !== keyId(key)) throw wrongKey(path)
    const isAhead = last?.isTrue === true && last.seq >= (head?.seq ?? 0)
    const point = isAhead ? { seq: last.seq, mac: last.mac } : (head ?? chainStart)
    if (!isAhead && tail !== undefined && tail.size > 0)
      this.#context.terminal.note('note: the audit log is not as it was written; see: secrets audit verify')
    const state = {
      point: { seq: point.seq, mac: point.mac },
      began: tail === undefined || tail.size === 0 ? now : (head?.began ?? now),
      manifest: head?.manifest ?? '',
    }
    this.#recover(text, state, lines, key)
    return state
  }

  /** A line that a crash cut off is ended, and the next one says so: it cannot be taken for an edit. */
  #recover(text: string, state: State, lines: string[], key: Uint8Array): void {
    const torn = text.slice(text.lastIndexOf('\n') + 1)
    if (torn === '') return
    const bytes = Buffer.byteLength(torn)
    const details = { bytes, sha256: sha256(Buffer.from(torn)) }
    const { line, point } = sealEntry(this.#settings.draft('audit.recovered', details), state.point, key)
    state.point = point
    lines.push('', line)
  }

  /** Ends a file that is large or old, and removes closed ones that need not be kept any longer. */
  async #close(
    key: Uint8Array,
    state: State,
    add: (draft: AuditDraft) => number,
  ): Promise<readonly string[]> {
    const { place, retention, limits = usualLimits } = this.#settings
    const { path } = place
    const { journal, clock } = this.#context
    const size = journal.tail(path, 1)?.size ?? 0
    const now = clock.now()
    if (size === 0 || (size < limits.bytes && now - state.began < limits.age)) return []
    const text = Buffer.from(journal.tail(path, tailBytes)?.bytes ?? []).toString('utf8')
    const last = lastPoint(text, key)
    // A file that does not end as it was written stays where it is seen.
    if (last?.isTrue !== true || !text.endsWith('\n')) return []
    journal.rename(path, closedPath(path, last.seq))
    state.began = now
    return await this.#prune(key, now - retention, add)
  }

  /** Says what goes; whoever gets the list removes it once that is on the disk. */
  async #prune(
    key: Uint8Array,
    before: number,
    add: (draft: AuditDraft) => number,
  ): Promise<readonly string[]> {
    const old: string[] = []
    let through: ChainPoint | undefined
    for (const { path } of await closedFiles(this.#context, this.#settings.place.path)) {
      const end = Buffer.from(this.#context.journal.tail(path, tailBytes)?.bytes ?? []).toString('utf8')
      const point = lastPoint(end, key)
      const written = Date.parse(parseLine(end.trimEnd().split('\n').at(-1) ?? '')?.entry.timestamp ?? '')
      if (point?.isTrue !== true || !(written < before)) break
      old.push(path)
      through = { seq: point.seq, mac: point.mac }
    }
    if (through === undefined) return []
    add(this.#settings.draft('audit.pruned', { through: through.seq, mac: through.mac, files: old.length }))
    return old
  }

  #noteManifest(state: State, add: (draft: AuditDraft) => number): void {
    const { manifest, draft } = this.#settings
    if (state.manifest === manifest) return
    add(draft('config.changed', { manifest, ...(state.manifest === '' ? {} : { before: state.manifest }) }))
    state.manifest = manifest
  }

  async #mark(path: string, known: AuditHead | undefined, head: AuditHead, key: Uint8Array): Promise<void> {
    if (known === undefined) await this.#context.files.makeDirectory(dirname(path), 0o700)
    this.#context.journal.mark(path, formatHead(head, key))
  }
}

function wrongKey(path: string): SecretsError {
  return new SecretsError('audit.wrong_key', 'the audit log was written with another key than yours', {
    at: { path },
    hints: [
      'put the key back from a backup, or name it in SECRETS_AUDIT_KEY_FILE',
      'or move the log away, and keep it: a new one is begun',
    ],
  })
}
