import type {
  Guarantees,
  Mark,
  Observation,
  Pending,
  PendingFacts,
  PreviousStatus,
  RotationFacts,
} from '../../core/rotation/port.ts'
import type { Reply } from './reply.ts'

const modes: readonly Mark['mode'][] = ['scheduled', 'emergency']
const statuses: readonly PreviousStatus[] = ['accepted', 'mirrored', 'disabled', 'destroyed']

export function readObservation(reply: Reply, value: unknown): Observation {
  const {
    current,
    pending,
    rotation,
    unfinished,
    reverting,
    owner,
    lease,
    heirs,
    diverged,
    taken,
    nextTaken,
  } = reply.fields(value, 'its answer')
  return {
    ...reply.optional('current', current, one => readCurrent(reply, one)),
    ...reply.optional('pending', pending, one => readPendingFacts(reply, one)),
    ...reply.optional('rotation', rotation, one => readRotationFacts(reply, one)),
    ...reply.optional('unfinished', unfinished, one =>
      reply.oneOf(one, ['commit', 'retire'] as const, 'unfinished'),
    ),
    ...reply.optional('reverting', reverting, one => readReverting(reply, one)),
    ...reply.optional('owner', owner, reply.text),
    ...reply.optional('lease', lease, one => readLease(reply, one)),
    ...reply.optional('heirs', heirs, one => readHeirs(reply, one)),
    ...reply.optional('diverged', diverged, reply.flag),
    ...reply.optional('taken', taken, one => reply.name(one)),
    ...reply.optional('nextTaken', nextTaken, one => reply.name(one)),
  }
}

export function readPending(reply: Reply, value: unknown): Pending {
  const { version, base, value: held, mark } = reply.fields(value, 'its answer')
  const secret = reply.secret(held)
  return {
    version: reply.version(version, secret),
    base: reply.version(base, secret),
    value: secret,
    mark: readMark(reply, mark),
  }
}

export function readGuarantees(reply: Reply, value: unknown): Guarantees {
  const { flip, election, fence, deadline, erasure } = reply.fields(value, 'guarantees')
  return {
    flip: reply.oneOf(flip, ['atomic', 'previous-first'] as const, 'flip'),
    election: reply.oneOf(election, ['compare-and-set', 'lock', 'time-bound'] as const, 'election'),
    fence: reply.flag(fence, 'fence'),
    deadline: reply.oneOf(deadline, ['with-flip', 'after-flip'] as const, 'deadline'),
    erasure: reply.flag(erasure, 'erasure'),
  }
}

function readCurrent(reply: Reply, value: unknown): NonNullable<Observation['current']> {
  const { version, since } = reply.fields(value, 'current')
  return { version: reply.version(version), ...reply.optional('since', since, reply.instant) }
}

function readMark(reply: Reply, value: unknown): Mark {
  const { runId, mode, plan } = reply.fields(value, 'mark')
  return {
    runId: reply.text(runId, 'runId'),
    mode: reply.oneOf(mode, modes, 'mode'),
    ...reply.optional('plan', plan, reply.text),
  }
}

function readPendingFacts(reply: Reply, value: unknown): PendingFacts {
  const { version, base, mark, announced } = reply.fields(value, 'pending')
  return {
    version: reply.version(version),
    base: reply.version(base),
    mark: readMark(reply, mark),
    announced: announced === false ? false : reply.instant(announced, 'announced'),
  }
}

function readRotationFacts(reply: Reply, value: unknown): RotationFacts {
  const { version, at, previous, deadline, verifiedAt, mode } = reply.fields(value, 'rotation')
  return {
    version: reply.version(version),
    mode: reply.oneOf(mode, modes, 'mode'),
    ...reply.optional('at', at, reply.instant),
    ...reply.optional('previous', previous, one => readPrevious(reply, one)),
    ...reply.optional('deadline', deadline, reply.instant),
    ...reply.optional('verifiedAt', verifiedAt, reply.instant),
  }
}

function readPrevious(reply: Reply, value: unknown): NonNullable<RotationFacts['previous']> {
  const { version, status } = reply.fields(value, 'previous')
  return { version: reply.version(version), status: reply.oneOf(status, statuses, 'status') }
}

function readReverting(reply: Reply, value: unknown): NonNullable<Observation['reverting']> {
  const { from, to, keepNewUntil } = reply.fields(value, 'reverting')
  return {
    from: reply.version(from),
    to: reply.version(to),
    ...reply.optional('keepNewUntil', keepNewUntil, reply.instant),
  }
}

function readLease(reply: Reply, value: unknown): NonNullable<Observation['lease']> {
  const { holder, until } = reply.fields(value, 'lease')
  return { holder: reply.text(holder, 'holder'), until: reply.instant(until, 'until') }
}

function readHeirs(reply: Reply, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw reply.malformed('no list as heirs')
  return value.map(one => reply.version(one))
}
