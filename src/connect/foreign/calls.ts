import { isSecretsError } from '../../core/errors.ts'
import { reasonOf } from '../deadline.ts'
import { translateFailure } from './failures.ts'
import { Reply } from './reply.ts'

export type Members = Readonly<Record<string, unknown>>
export type Verb = (...words: readonly unknown[]) => unknown

/** One call of an adapter: what it throws is translated, what it gives back is read by `read`. */
export interface Calls {
  readonly who: string
  ask<T>(
    verb: string,
    words: readonly unknown[],
    signal: AbortSignal,
    read: (reply: Reply, value: unknown) => T,
  ): Promise<T>
  has(verb: string): boolean
}

/** A field may be an accessor that throws, in words of its own. */
export function readSafely<T>(reply: Reply, value: unknown, read: (reply: Reply, value: unknown) => T): T {
  try {
    return read(reply, value)
  } catch (error) {
    throw isSecretsError(error) ? error : reply.malformed('something that cannot be read')
  }
}

export function callsOf(members: Members, who: string): Calls {
  const verbOf = (verb: string): Verb | undefined =>
    typeof members[verb] === 'function' ? (members[verb] as Verb) : undefined
  return {
    who,
    has: verb => verbOf(verb) !== undefined,
    async ask(verb, words, signal, read) {
      if (signal.aborted) throw reasonOf(signal)
      let value: unknown
      try {
        value = await verbOf(verb)?.apply(members, [...words])
      } catch (error) {
        throw translateFailure(error, who, signal)
      }
      return readSafely(new Reply(who, verb), value, read)
    },
  }
}
