import { join } from 'node:path'
import type { FileContent, ProviderDeps, TargetConfig } from '../../src/context.ts'
import { EnvDocument } from '../../src/core/env-file/index.ts'

/** The file as it was read: what a change is conditional on. */
export interface Snapshot {
  readonly document: EnvDocument
  readonly content: FileContent | undefined
}

/**
 * One `.env` file. Every change is one atomic replace, made while holding the lock and conditional on the file still
 * being the one that was read. The lock is the only mutual exclusion a plain file has: two of our processes never lose
 * a write; an editor that saves in the last instant before the rename can.
 */
export class EnvFile {
  readonly path: string
  readonly shown: string
  readonly #deps: ProviderDeps
  #parsed: { readonly bytes: Uint8Array; readonly document: EnvDocument } | undefined

  constructor(target: TargetConfig, deps: ProviderDeps) {
    this.shown = target.settings['path'] ?? '.env'
    this.path = join(deps.root, this.shown)
    this.#deps = deps
  }

  async read(signal: AbortSignal): Promise<Snapshot> {
    signal.throwIfAborted()
    const content = await this.#deps.files.read(this.path)
    return { content, document: this.#parse(content?.bytes ?? new Uint8Array()) }
  }

  /** `change` returns the new document, or `undefined` when there is nothing to change. */
  async update<T>(
    signal: AbortSignal,
    change: (snapshot: Snapshot) => { readonly document?: EnvDocument; readonly result: T },
  ): Promise<T> {
    signal.throwIfAborted()
    return await this.#deps.files.withLock(this.path, signal, async () => {
      const snapshot = await this.read(signal)
      const { document, result } = change(snapshot)
      if (document !== undefined && document !== snapshot.document) await this.#replace(snapshot, document)
      return result
    })
  }

  async #replace({ content }: Snapshot, document: EnvDocument): Promise<void> {
    const base = content?.version ?? 'absent'
    if (content !== undefined && (content.mode & 0o077) !== 0) {
      this.#deps.note(`note: ${this.shown} could be read by other users; its mode is now 0600`)
    }
    if (content !== undefined && content.links > 1) {
      this.#deps.note(`note: ${this.shown} has other hard links, which keep the old content`)
    }
    await this.#deps.files.replace(this.path, document.print(), { mode: 0o600, base })
  }

  /** Reading 10,000 secrets one by one must not parse the file 10,000 times: equal bytes are the same document. */
  #parse(bytes: Uint8Array): EnvDocument {
    if (this.#parsed !== undefined && Buffer.compare(this.#parsed.bytes, bytes) === 0)
      return this.#parsed.document
    const document = EnvDocument.parse(bytes, this.shown)
    this.#parsed = { bytes, document }
    return document
  }
}
