import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import {
  append,
  defaultReaders,
  EditSession,
  encodeValue,
  formatDirective,
  type ReaderId,
  isReaderId,
  setValue,
} from '../src/core/env-file/index.ts'
import { SecretsError } from '../src/core/errors.ts'
import { fingerprint, saltBytes } from '../src/core/fingerprint.ts'
import type { Instant } from '../src/core/instant.ts'
import { namePattern, previousName } from '../src/core/names.ts'
import type {
  HeldSecret,
  Provider,
  SecretInfo,
  SecretVersion,
  VersionInfo,
  VersionSelector,
} from '../src/core/provider.ts'
import type { Secret } from '../src/core/secret.ts'
import { encode, EntryEdit, valueBytes, type Writer } from './dotenv/edit.ts'
import { edited, type Entry, readEntry, refuseDuplicate, sinceOf } from './dotenv/entry.ts'
import { EnvFile, type Snapshot } from './dotenv/file.ts'
import { rotationDirective } from './dotenv/record.ts'
import { createRotationStore } from './dotenv/rotation.ts'

/**
 * A plain `.env` file as a store: value, `NAME_OLD`, rotation record and staged value stand in the one file and change
 * in one atomic replace. See rotation.ts for what that can promise.
 */
export async function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const file = new EnvFile(target, deps)
  const writer = createWriter(target, deps, file.shown)
  await Promise.resolve()
  return {
    limits: {
      valueBytes,
      refuses(value) {
        const encoded = encodeValue(value.reveal(), writer.readers)
        return 'text' in encoded ? undefined : encoded.reason
      },
    },
    async check(signal) {
      await file.read(signal)
      return { who: 'this user', where: file.shown }
    },
    list: (prefix, signal) => list(file, prefix, signal),
    async read(name, version, signal) {
      return readVersion(await file.read(signal), name, version)
    },
    async readAll(signal) {
      return heldIn(await file.read(signal))
    },
    write: (name, value, { at }, signal) => write(file, writer, name, value, at, signal),
    remove: (name, signal) => remove(file, name, signal),
    // Nothing of what is removed stays in the file.
    purge: (name, signal) => remove(file, name, signal),
    async *diagnose(_, signal) {
      // Only "doctor" asks.
      const { diagnose } = await import('./dotenv/diagnosis.ts')
      yield* diagnose(file, deps, signal)
    },
    rotation: createRotationStore(file, writer),
    close: () => Promise.resolve(),
  }
}

function readersOf({ readers }: TargetConfig): readonly ReaderId[] {
  return readers === undefined ? defaultReaders : readers.filter(isReaderId)
}

function createWriter(target: TargetConfig, { random }: ProviderDeps, path: string): Writer {
  const readers = readersOf(target)
  return {
    readers,
    requireStorable(name, value) {
      encode(name, value, readers, path)
    },
    fingerprint: value => fingerprint(value, random.bytes(saltBytes)),
    newVersion: () => Buffer.from(random.bytes(16)).toString('hex'),
  }
}

/**
 * Every write leaves a record with a version of its own: it tells the value's age, and an edit by hand afterwards.
 * Inside an open rotation the record stays as it is: the difference is what shows that somebody wrote.
 */
async function write(
  file: EnvFile,
  writer: Writer,
  name: string,
  value: Secret,
  at: Instant,
  signal: AbortSignal,
): Promise<VersionInfo> {
  refuseName(name)
  return await file.update<VersionInfo>(signal, ({ document }) => {
    refuseDuplicate(document, name)
    const text = encode(name, value, writer.readers, file.shown)
    const entry = readEntry(document, name)
    const version = writer.newVersion()
    const record = { version, check: writer.fingerprint(value), at, mode: 'scheduled' } as const
    if (entry === undefined) {
      const lines = [formatDirective(rotationDirective(name, record)), `${name}=${text}`]
      return { document: append(document, lines), result: { version, created: at } }
    }
    const isOpen = entry.pending !== undefined || entry.previous?.isOurs === true
    if (isOpen) return { document: setValue(document, entry.node, text), result: { version: edited } }
    const edit = new EntryEdit(document, entry, writer)
    edit.setRecord(record)
    edit.setValue(value)
    return { document: edit.apply(), result: { version, created: at } }
  })
}

async function remove(file: EnvFile, name: string, signal: AbortSignal): Promise<void> {
  await file.update(signal, ({ document }) => {
    const entry = readEntry(document, name)
    if (entry === undefined) return { result: undefined }
    const { record, pending, previous, next } = entry
    const companions = [
      record?.node,
      pending?.node,
      ...[previous, next].map(one => (one?.isOurs === true ? one.node : undefined)),
    ]
    const nodes = [...document.findAll(name), ...companions.filter(node => node !== undefined)]
    return { document: new EditSession(document).remove(nodes).apply(), result: undefined }
  })
}

function refuseName(name: string): void {
  if (namePattern.test(name)) return
  throw new SecretsError('provider.bad_name', 'that cannot be the name of a variable in a .env file', {
    hints: ['a name has letters, digits and "_", and does not begin with a digit'],
  })
}

async function* list(file: EnvFile, prefix: string, signal: AbortSignal): AsyncIterable<SecretInfo> {
  const { document } = await file.read(signal)
  const names = [...new Set(document.assignments.map(({ name }) => name))].sort()
  for (const name of names.filter(found => found.startsWith(prefix))) {
    const entry = readEntry(document, name)
    const record = entry?.record?.facts
    const since = record !== undefined && record.version === entry?.version ? sinceOf(record) : {}
    yield { name, ...(entry === undefined ? {} : { version: entry.version }), ...since }
  }
}

/** In the order of the file. The previous values that a rotation put there stand with their secret. */
function heldIn({ document }: Snapshot): readonly HeldSecret[] {
  const names = new Set(document.assignments.map(({ name }) => name))
  const entries = [...names].flatMap(name => readEntry(document, name) ?? [])
  const isAccepted = ({ record, previous }: Entry): boolean =>
    previous?.isOurs === true && record?.facts.previous !== undefined
  const companions = new Set(entries.filter(isAccepted).map(({ name }) => previousName(name)))
  return entries
    .filter(({ name }) => !companions.has(name))
    .map(entry => {
      const { name, version, value, record, previous } = entry
      const deadline = record?.facts.previous?.until
      if (!isAccepted(entry) || previous === undefined || deadline === undefined)
        return { name, version, value }
      return { name, version, value, previous: { value: previous.value, deadline } }
    })
}

function readVersion(
  { document }: Snapshot,
  name: string,
  selector: VersionSelector,
): SecretVersion | undefined {
  const entry = readEntry(document, name)
  if (entry === undefined) return undefined
  const previous = entry.previous
  const accepted = previous?.isOurs === true ? entry.record?.facts.previous : undefined
  const wanted = typeof selector === 'string' ? undefined : selector.version
  if (selector === 'current' || wanted === entry.version)
    return { version: entry.version, value: entry.value }
  if (previous === undefined || accepted === undefined) return undefined
  const isWanted = selector === 'previous' || wanted === accepted.version
  return isWanted ? { version: accepted.version, value: previous.value } : undefined
}
