import { formatInstant, type Instant } from '../instant.ts'
import type { FieldReader } from '../json-fields.ts'
import type { VersionId } from '../provider.ts'
import type { CommitTimes, Mark, PendingFacts, PreviousStatus, RevertOptions, RotationFacts } from './port.ts'

// What a store that keeps the facts of a rotation itself writes down after each verb, and how it is written: the same
// in every such store, whatever file or document the facts stand in.

export function committedFacts(
  { version, base, mark }: Pick<PendingFacts, 'version' | 'base' | 'mark'>,
  { at, deadline }: CommitTimes,
): RotationFacts {
  return { version, at, previous: { version: base, status: 'accepted' }, deadline, mode: mark.mode }
}

/** `dropped`: what became of the newer value where it is not kept. */
export function revertedFacts(
  { mode }: RotationFacts,
  from: VersionId,
  to: VersionId,
  { at, keepNewUntil }: RevertOptions,
  dropped: PreviousStatus,
): RotationFacts {
  return {
    version: to,
    at,
    mode,
    previous: { version: from, status: keepNewUntil === undefined ? dropped : 'accepted' },
    ...(keepNewUntil === undefined ? {} : { deadline: keepNewUntil }),
  }
}

/** The same object where nothing is news: a deadline and a proof only ever move later. */
export function withLaterFacts(
  facts: RotationFacts,
  given: { readonly deadline?: Instant; readonly verifiedAt?: Instant },
): RotationFacts {
  const news = {
    ...later('deadline', facts.deadline, given.deadline),
    ...later('verifiedAt', facts.verifiedAt, given.verifiedAt),
  }
  return Object.keys(news).length === 0 ? facts : { ...facts, ...news }
}

export function withPreviousStatus(facts: RotationFacts, status: PreviousStatus): RotationFacts {
  return facts.previous === undefined ? facts : { ...facts, previous: { ...facts.previous, status } }
}

function later<K extends string>(
  key: K,
  known: Instant | undefined,
  given: Instant | undefined,
): { [key in K]?: Instant } {
  if (given === undefined || (known !== undefined && known >= given)) return {}
  return { [key]: given } as { [key in K]: Instant }
}

/** For `JSON.stringify`: times as RFC 3339, what is not there left out. */
export function encodeFacts(facts: RotationFacts): object {
  return {
    ...facts,
    at: encodeInstant(facts.at),
    deadline: encodeInstant(facts.deadline),
    verifiedAt: encodeInstant(facts.verifiedAt),
  }
}

export function encodeInstant(instant: Instant | undefined): string | undefined {
  return instant === undefined ? undefined : formatInstant(instant)
}

/** Reads what `encodeFacts` writes; everything else as the reader says. */
export function decodeFacts(read: FieldReader, source: unknown): RotationFacts {
  const entry = read.record(source)
  return {
    version: read.string(entry['version']),
    mode: read.oneOf(entry['mode'], modes),
    ...read.optional('at', entry['at'], read.instant),
    ...read.optional('deadline', entry['deadline'], read.instant),
    ...read.optional('verifiedAt', entry['verifiedAt'], read.instant),
    ...read.optional('previous', entry['previous'], value => {
      const previous = read.record(value)
      return {
        version: read.string(previous['version']),
        status: read.oneOf(previous['status'], previousStatuses),
      }
    }),
  }
}

export function decodeMark(read: FieldReader, source: unknown): Mark {
  const mark = read.record(source)
  return {
    runId: read.string(mark['runId']),
    mode: read.oneOf(mark['mode'], modes),
    ...read.optional('plan', mark['plan'], read.string),
  }
}

const previousStatuses: readonly PreviousStatus[] = ['accepted', 'mirrored', 'disabled', 'destroyed']
const modes: readonly Mark['mode'][] = ['scheduled', 'emergency']
