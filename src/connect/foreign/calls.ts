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

export function callsOf(members: Members, who: string): Calls {
  const verbOf = (verb: string): Verb | undefined =>
    typeof members[verb] === 'function' ? (members[verb] as Verb) : undefined
  return {
    who,
    has: verb => verbOf(verb) !== undefined,
    async ask(verb, words, signal, read) {
      let value: unknown
      try {
        value = await verbOf(verb)?.apply(members, [...words])
      } catch (error) {
        throw translateFailure(error, who, signal)
      }
      return read(new Reply(who, verb), value)
    },
  }
}
