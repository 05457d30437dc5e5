import { SecretsError } from '../../src/core/errors.ts'
import { nextName, previousName } from '../../src/core/names.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type {
  CommitTimes,
  Guarantees,
  Pending,
  PendingFacts,
  RevertOptions,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import type { Secret } from '../../src/core/secret.ts'
import { type Entry, observeEntry, readEntry, refuseDuplicate } from './entry.ts'
import type { EnvFile } from './file.ts'
import { EntryEdit, type Writer } from './edit.ts'
import type { PendingRecord, RotationRecord } from './record.ts'

/**
 * What a plain file can promise. Value, previous value and record change in one replace; one runner at a time by a
 * lock on this machine (two machines on one network share are not covered); a commit needs the staged value to stand
 * in the file, so one that was given up cannot be committed later; a removed value is gone from the file, though not
 * from backups or from the blocks of the disk.
 */
export const guarantees: Guarantees = {
  flip: 'atomic',
  election: 'lock',
  fence: true,
  deadline: 'with-flip',
  erasure: true,
}

export function createRotationStore(file: EnvFile, writer: Writer): RotationStore {
  const update = <T>(
    name: SecretName,
    signal: AbortSignal,
    change: (entry: Entry, edit: EntryEdit) => T,
  ): Promise<T> =>
    file.update(signal, ({ document }) => {
      refuseDuplicate(document, name)
      const entry = readEntry(document, name)
      if (entry === undefined) throw conflict(name)
      const edit = new EntryEdit(document, entry, writer)
      return { result: change(entry, edit), document: edit.apply() }
    })
  return {
    guarantees,
    async observe(name, signal) {
      const { document } = await file.read(signal)
      return observeEntry(readEntry(document, name))
    },
    async pending(name, signal) {
      const { document } = await file.read(signal)
      const staged = readEntry(document, name)?.pending?.facts
      return staged === undefined ? undefined : pendingOf(staged)
    },
    stage: (name, base, candidate, mark, signal) =>
      update(name, signal, (entry, edit) => stage(entry, edit, writer, { base, candidate, mark })),
    announce: (name, pending, at, signal) =>
      update(name, signal, (entry, edit) => {
        announce(entry, edit, pending, at)
      }),
    commit: (name, pending, times, signal) =>
      update(name, signal, (entry, edit) => {
        commit(entry, edit, writer, pending, times)
      }),
    record: (name, version, facts, signal) =>
      update(name, signal, (entry, edit) => {
        const record = entry.record?.facts
        if (record?.version !== version || entry.version !== version) throw conflict(name)
        edit.setRecord(withFacts(record, facts))
      }),
    abort: (name, pending, signal) =>
      update(name, signal, (entry, edit) => {
        abort(entry, edit, writer, pending)
      }),
    revert: (name, from, to, options, signal) =>
      update(name, signal, (entry, edit) => {
        revert(entry, edit, writer, { from, to, ...options })
      }),
    retire: (name, previous, current, signal) =>
      update(name, signal, (entry, edit) => {
        if (entry.version !== current) throw conflict(name)
        const known = entry.record?.facts.previous
        if (known !== undefined && known.version !== previous) throw conflict(name)
        if (entry.previous?.isOurs === true) edit.dropPrevious()
      }),
  }
}

interface Staging {
  readonly base: VersionId
  readonly candidate: Secret
  readonly mark: Pending['mark']
}

function stage(entry: Entry, edit: EntryEdit, writer: Writer, { base, candidate, mark }: Staging): Pending {
  if (entry.version !== base) throw conflict(entry.name)
  writer.requireStorable(entry.name, candidate)
  if (entry.pending !== undefined) return adopt(entry, entry.pending.facts, base)
  const isTaken = entry.previous !== undefined && !entry.previous.isOurs
  if (isTaken) throw taken(previousName(entry.name))
  const pending = newPending(entry, candidate, base, mark, writer)
  edit.setPending(pending)
  return pendingOf(pending)
}

function announce(entry: Entry, edit: EntryEdit, pending: PendingFacts, at: Instant): void {
  const staged = requireStaged(entry, pending)
  const { next, name } = entry
  if (next?.isOurs === true) return
  if (next !== undefined) throw taken(nextName(name))
  edit.setPending({ ...staged, announced: at })
  edit.keepNext(staged.value)
}

function commit(
  entry: Entry,
  edit: EntryEdit,
  writer: Writer,
  pending: PendingFacts,
  times: CommitTimes,
): void {
  if (isCommitted(entry, pending)) return
  const staged = requireStaged(entry, pending)
  if (entry.version !== staged.base) throw conflict(entry.name)
  edit.setPending(undefined)
  edit.setRecord({
    version: staged.version,
    check: writer.fingerprint(staged.value),
    at: times.at,
    mode: staged.mark.mode,
    previous: { version: staged.base, check: writer.fingerprint(entry.value), until: times.deadline },
  })
  edit.keepPrevious()
  edit.dropNext()
  edit.setValue(staged.value)
}

function abort(entry: Entry, edit: EntryEdit, writer: Writer, pending: PendingFacts): void {
  if (isCommitted(entry, pending)) throw conflict(entry.name)
  if (entry.pending?.facts.version !== pending.version) return
  edit.setPending(undefined)
  edit.dropNext()
  // The same value gets a new version: whoever still holds the old base can neither stage nor commit on it.
  if (entry.version === pending.base) edit.setRecord(movedBase(entry, writer))
}

interface Reverting extends RevertOptions {
  readonly from: VersionId
  readonly to: VersionId
}

function revert(
  entry: Entry,
  edit: EntryEdit,
  writer: Writer,
  { from, to, at, keepNewUntil }: Reverting,
): void {
  if (entry.version === to) return
  const { previous, name } = entry
  const record = entry.record?.facts
  const isKnown = entry.version === from && record?.previous?.version === to
  if (!isKnown || previous?.isOurs !== true) throw conflict(name)
  const back: RotationRecord = {
    version: to,
    check: writer.fingerprint(previous.value),
    at,
    mode: record.mode,
  }
  if (keepNewUntil === undefined) {
    edit.setRecord(back)
    edit.dropPrevious()
  } else {
    const check = writer.fingerprint(entry.value)
    edit.setRecord({ ...back, previous: { version: from, check, until: keepNewUntil } })
    edit.keepPrevious()
  }
  edit.setValue(previous.value)
}

function newPending(
  entry: Entry,
  value: Secret,
  base: VersionId,
  mark: Pending['mark'],
  writer: Writer,
): PendingRecord {
  return { version: writer.newVersion(), base, baseCheck: writer.fingerprint(entry.value), value, mark }
}

function adopt(entry: Entry, pending: PendingRecord, base: VersionId): Pending {
  if (pending.base !== base) throw conflict(entry.name)
  return pendingOf(pending)
}

function pendingOf({ version, base, value, mark }: PendingRecord): Pending {
  return { version, base, value, mark }
}

function movedBase(entry: Entry, writer: Writer): RotationRecord {
  const version = writer.newVersion()
  const check = writer.fingerprint(entry.value)
  return { ...(entry.record?.facts ?? { mode: 'scheduled' }), version, check }
}

function isCommitted(entry: Entry, pending: PendingFacts): boolean {
  return entry.record?.facts.version === pending.version && entry.version === pending.version
}

/** The staged value must still stand there: one that was given up is gone for good. */
function requireStaged(entry: Entry, pending: PendingFacts): PendingRecord {
  const staged = entry.pending?.facts
  if (staged?.version !== pending.version || staged.base !== pending.base) throw conflict(entry.name)
  return staged
}

/** A deadline only ever moves later. */
function withFacts(
  record: RotationRecord,
  { deadline, verifiedAt }: { readonly deadline?: number; readonly verifiedAt?: number },
): RotationRecord {
  const { previous } = record
  const until = previous === undefined ? undefined : Math.max(previous.until, deadline ?? 0)
  return {
    ...record,
    ...(previous === undefined || until === undefined ? {} : { previous: { ...previous, until } }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  }
}

function conflict(name: SecretName): SecretsError {
  return new SecretsError('provider.conflict', `"${name}" was changed by somebody else in the meantime`, {
    hints: ['nothing was written; run it again'],
  })
}

function taken(companion: SecretName): SecretsError {
  return new SecretsError(
    'rotation.name_taken',
    `"${companion}" holds something that this tool did not write`,
    {
      hints: ['a value of the rotation would have to stand there: rename or remove it, then run it again'],
    },
  )
}
