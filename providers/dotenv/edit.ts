import {
  EditSession,
  encodeValue,
  type EnvDocument,
  formatDirective,
  type ReaderId,
} from '../../src/core/env-file/index.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { nextName, previousName } from '../../src/core/names.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { Entry } from './entry.ts'
import { pendingDirective, type PendingRecord, rotationDirective, type RotationRecord } from './record.ts'

/** What an edit needs from outside: readers to please, and randomness for salts and version ids. */
export interface Writer {
  readonly readers: readonly ReaderId[]
  fingerprint(value: Secret): string
  newVersion(): VersionId
  /** Throws for a value that is larger than every store holds or that the readers cannot agree on. */
  requireStorable(name: SecretName, value: Secret): void
}

/** What other stores hold too; a larger value could never leave the file. */
export const valueBytes = 65_536

/** The value as it stands behind `=`. Throws `env_file.unsupported_value` naming the readers that disagree. */
export function encode(name: SecretName, value: Secret, readers: readonly ReaderId[], path: string): string {
  if (Buffer.byteLength(value.reveal(), 'utf8') > valueBytes) {
    throw new SecretsError(
      'provider.too_large',
      `the value of "${name}" is larger than ${String(valueBytes)} bytes`,
      { at: { path }, hints: ['keep large files outside and store only the key that opens them'] },
    )
  }
  const encoded = encodeValue(value.reveal(), readers)
  if ('text' in encoded) return encoded.text
  throw new SecretsError(
    'env_file.unsupported_value',
    `the value of "${name}" cannot be written so that ${encoded.refusedBy.join(', ')} read it back`,
    {
      at: { path },
      hints: [
        encoded.reason,
        'name the readers that count in the manifest (readers: […]), or encode the value',
      ],
    },
  )
}

/** Changes of one secret, collected and applied to the document in one pass. */
export class EntryEdit {
  readonly #document: EnvDocument
  readonly #entry: Entry
  readonly #writer: Writer
  readonly #session: EditSession
  #record: RotationRecord | undefined
  #pending: PendingRecord | undefined
  #hasChanged = false

  constructor(document: EnvDocument, entry: Entry, writer: Writer) {
    this.#document = document
    this.#entry = entry
    this.#writer = writer
    this.#session = new EditSession(document)
    this.#record = entry.record?.facts
    this.#pending = entry.pending?.facts
  }

  setRecord(record: RotationRecord): void {
    this.#record = record
    this.#hasChanged = true
  }

  setPending(pending: PendingRecord | undefined): void {
    this.#pending = pending
    this.#hasChanged = true
  }

  setValue(value: Secret): void {
    const { name, node } = this.#entry
    this.#session.setValue(node, encode(name, value, this.#writer.readers, this.#document.path))
    this.#hasChanged = true
  }

  /** The value that is current now becomes the previous one, in the very bytes in which readers know it. */
  keepPrevious(): void {
    const { name, node, previous } = this.#entry
    const text = this.#document.slice(node.valueSpan)
    if (previous !== undefined) this.#session.setValue(previous.node, text)
    else this.#session.insertAfter(node, [`${node.exported ? 'export ' : ''}${previousName(name)}=${text}`])
    this.#hasChanged = true
  }

  /** The staged value stands beside the current one, where readers accept it. */
  keepNext(value: Secret): void {
    const { name, node } = this.#entry
    const text = encode(name, value, this.#writer.readers, this.#document.path)
    this.#session.insertAfter(node, [`${node.exported ? 'export ' : ''}${nextName(name)}=${text}`])
    this.#hasChanged = true
  }

  /** Only what this tool has put there. */
  dropNext(): void {
    const { next } = this.#entry
    if (next?.isOurs !== true) return
    this.#session.remove([next.node])
    this.#hasChanged = true
  }

  dropPrevious(): void {
    const { previous } = this.#entry
    if (previous !== undefined) this.#session.remove([previous.node])
    this.#hasChanged = true
  }

  /** The document itself when nothing was asked for. */
  apply(): EnvDocument {
    if (!this.#hasChanged) return this.#document
    const { name, node, record, pending } = this.#entry
    const old = [record?.node, pending?.node].filter(found => found !== undefined)
    this.#session.remove(old).insertBefore(node, this.#directives(name))
    return this.#session.apply()
  }

  #directives(name: SecretName): readonly string[] {
    const lines: string[] = []
    if (this.#record !== undefined) lines.push(formatDirective(rotationDirective(name, this.#record)))
    if (this.#pending !== undefined) lines.push(formatDirective(pendingDirective(name, this.#pending)))
    return lines
  }
}
