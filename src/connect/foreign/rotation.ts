import type { RotationStore } from '../../core/rotation/port.ts'
import { callsOf, type Members } from './calls.ts'
import { badAdapter } from './failures.ts'
import { readGuarantees, readObservation, readPending } from './observation.ts'
import { Reply } from './reply.ts'

const required = ['observe', 'stage', 'pending', 'commit', 'record', 'abort', 'revert', 'retire'] as const

/** The same for the rotation port. */
export function vetRotation(members: Members, who: string): RotationStore {
  const calls = callsOf(members, who)
  for (const verb of required)
    if (!calls.has(verb)) throw badAdapter(who, `gave a rotation without "${verb}"`)
  const nothing = (): undefined => undefined
  return {
    guarantees: readGuarantees(new Reply(who, 'rotation'), members['guarantees']),
    observe: (name, signal) => calls.ask('observe', [name, signal], signal, readObservation),
    stage: (name, base, candidate, mark, signal) =>
      calls.ask('stage', [name, base, candidate, mark, signal], signal, readPending),
    pending: (name, signal) =>
      calls.ask('pending', [name, signal], signal, (reply, value) =>
        value === undefined ? undefined : readPending(reply, value),
      ),
    commit: (name, pending, times, signal) =>
      calls.ask('commit', [name, pending, times, signal], signal, nothing),
    record: (name, version, facts, signal) =>
      calls.ask('record', [name, version, facts, signal], signal, nothing),
    abort: (name, pending, signal) => calls.ask('abort', [name, pending, signal], signal, nothing),
    revert: (name, from, to, options, signal) =>
      calls.ask('revert', [name, from, to, options, signal], signal, nothing),
    retire: (name, previous, current, signal) =>
      calls.ask('retire', [name, previous, current, signal], signal, nothing),
    ...(calls.has('announce')
      ? {
          announce: (name, pending, signal) =>
            calls.ask('announce', [name, pending, signal], signal, nothing),
        }
      : {}),
    ...(calls.has('destroy')
      ? { destroy: (name, version, signal) => calls.ask('destroy', [name, version, signal], signal, nothing) }
      : {}),
  }
}
