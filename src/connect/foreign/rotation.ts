import type { ProviderLimits } from '../../core/provider.ts'
import type { RotationStore } from '../../core/rotation/port.ts'
import { type Calls, callsOf, type Members } from './calls.ts'
import { badAdapter } from './failures.ts'
import { readGuarantees, readObservation, readPending } from './observation.ts'
import { Reply } from './reply.ts'
import { requireHoldable, requireName } from './request.ts'

const required = ['observe', 'stage', 'pending', 'commit', 'record', 'abort', 'revert', 'retire'] as const

/** The same for the rotation port. */
export function vetRotation(members: Members, who: string, limits: ProviderLimits): RotationStore {
  const calls = callsOf(members, who)
  for (const verb of required)
    if (!calls.has(verb)) throw badAdapter(who, `gave a rotation without "${verb}"`)
  const nothing = (): undefined => undefined
  const ask: Calls['ask'] = async (verb, [name, ...words], signal, read) =>
    await calls.ask(verb, [requireName(name as string), ...words], signal, read)
  return {
    guarantees: readGuarantees(new Reply(who, 'rotation'), members['guarantees']),
    observe: (name, signal) => ask('observe', [name, signal], signal, readObservation),
    async stage(name, base, candidate, mark, signal) {
      requireHoldable(requireName(name), candidate, limits)
      return await ask('stage', [name, base, candidate, mark, signal], signal, readPending)
    },
    pending: (name, signal) =>
      ask('pending', [name, signal], signal, (reply, value) =>
        value === undefined ? undefined : readPending(reply, value),
      ),
    commit: (name, pending, times, signal) =>
      ask('commit', [name, pending, times, signal], signal, (reply, value) =>
        value === undefined ? undefined : readObservation(reply, value),
      ),
    record: (name, version, facts, signal) => ask('record', [name, version, facts, signal], signal, nothing),
    abort: (name, pending, signal) => ask('abort', [name, pending, signal], signal, nothing),
    revert: (name, from, to, options, signal) =>
      ask('revert', [name, from, to, options, signal], signal, nothing),
    retire: (name, previous, current, signal) =>
      ask('retire', [name, previous, current, signal], signal, nothing),
    ...(calls.has('announce')
      ? {
          announce: (name, pending, at, signal) =>
            ask('announce', [name, pending, at, signal], signal, nothing),
        }
      : {}),
    ...(calls.has('destroy')
      ? { destroy: (name, version, signal) => ask('destroy', [name, version, signal], signal, nothing) }
      : {}),
  }
}
