import type { HeldSecret, Provider, ProviderLimits, SecretInfo } from '../../core/provider.ts'
import { type Calls, callsOf, type Members, readSafely, type Verb } from './calls.ts'
import { badAdapter, translateFailure } from './failures.ts'
import { readFinding } from './finding.ts'
import { Reply } from './reply.ts'
import { requireHoldable, requireName } from './request.ts'
import { vetRotation } from './rotation.ts'

/**
 * A third party's provider behind the contract: each member is looked at, each answer read field by field, each error
 * translated. What comes out can be trusted to have the right shape; that it is true only the suite can show.
 */
export function vetProvider(raw: unknown, who: string): Provider {
  const members = membersOf(raw, who, 'gave no provider')
  const calls = callsOf(members, who)
  for (const verb of ['check', 'list', 'read', 'write', 'remove', 'close']) {
    if (!calls.has(verb)) throw badAdapter(who, `gave a provider without "${verb}"`)
  }
  const rotation = members['rotation']
  const limits = readLimits(members['limits'], who)
  return {
    limits,
    check: signal =>
      calls.ask('check', [signal], signal, (reply, value) => {
        const { who: as, where } = reply.fields(value, 'its answer')
        return { who: reply.text(as, 'who'), where: reply.text(where, 'where') }
      }),
    list: (prefix, signal) => iterate(calls, 'list', [prefix, signal], signal, readInfo),
    read: async (name, version, signal) =>
      await calls.ask('read', [requireName(name), version, signal], signal, (reply, value) =>
        value === undefined ? undefined : reply.secretVersion(value),
      ),
    async write(name, value, options, signal) {
      requireHoldable(requireName(name), value, limits)
      const words = [name, value, options, signal]
      return await calls.ask('write', words, signal, (reply, answer) => reply.versionInfo(answer, value))
    },
    remove: async (name, signal) => {
      await calls.ask('remove', [requireName(name), signal], signal, () => undefined)
    },
    close: () => calls.ask('close', [], never, () => undefined),
    ...optionalMembers(calls, limits),
    ...(rotation === undefined
      ? {}
      : { rotation: vetRotation(membersOf(rotation, who, 'gave no object as rotation'), who, limits) }),
  }
}

const never = new AbortController().signal

/** A member that the adapter lacks is lacking here too. */
function optionalMembers(
  calls: Calls,
  limits: ProviderLimits,
): Pick<Provider, 'readAll' | 'writeIf' | 'versions' | 'purge' | 'diagnose'> {
  return {
    ...(calls.has('readAll')
      ? { readAll: signal => calls.ask('readAll', [signal], signal, readHeldSecrets) }
      : {}),
    ...(calls.has('writeIf')
      ? {
          async writeIf(name, value, base, options, signal) {
            requireHoldable(requireName(name), value, limits)
            const words = [name, value, base, options, signal]
            return await calls.ask('writeIf', words, signal, (reply, answer) =>
              reply.versionInfo(answer, value),
            )
          },
        }
      : {}),
    ...(calls.has('versions')
      ? {
          versions: (name, signal) =>
            iterate(calls, 'versions', [requireName(name), signal], signal, (reply, value) =>
              reply.versionInfo(value),
            ),
        }
      : {}),
    ...(calls.has('purge')
      ? {
          purge: async (name, signal) => {
            await calls.ask('purge', [requireName(name), signal], signal, () => undefined)
          },
        }
      : {}),
    ...(calls.has('diagnose')
      ? {
          diagnose: (question, signal) => iterate(calls, 'diagnose', [question, signal], signal, readFinding),
        }
      : {}),
  }
}

async function* iterate<T>(
  calls: Calls,
  verb: string,
  words: readonly unknown[],
  signal: AbortSignal,
  read: (reply: Reply, value: unknown) => T,
): AsyncGenerator<T> {
  const reply = new Reply(calls.who, verb)
  const source = await calls.ask(verb, words, signal, (_, value) => value)
  const begin = (source as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator]
  if (typeof begin !== 'function') throw reply.malformed('nothing that can be iterated with "for await"')
  const iterator = begin.call(source)
  let isOver = false
  try {
    for (;;) {
      const result = await next(iterator, reply, signal)
      isOver = result.done === true
      if (isOver) return
      yield readSafely(reply, result.value, read)
    }
  } finally {
    if (!isOver) iterator.return?.().catch(() => undefined)
  }
}

async function next(
  iterator: AsyncIterator<unknown>,
  reply: Reply,
  signal: AbortSignal,
): Promise<IteratorResult<unknown>> {
  let result: unknown
  try {
    result = await iterator.next()
  } catch (error) {
    throw translateFailure(error, reply.who, signal)
  }
  if (typeof result === 'object' && result !== null) return result as IteratorResult<unknown>
  throw reply.malformed('no step of a list')
}

function membersOf(value: unknown, who: string, otherwise: string): Members {
  if (typeof value === 'object' && value !== null) return value as Members
  throw badAdapter(who, otherwise)
}

function readInfo(reply: Reply, value: unknown): SecretInfo {
  const { name, version, since } = reply.fields(value, 'an entry')
  return {
    name: reply.name(name),
    ...reply.optional('version', version, one => reply.version(one)),
    ...reply.optional('since', since, reply.instant),
  }
}

function readHeldSecrets(reply: Reply, value: unknown): readonly HeldSecret[] {
  if (!Array.isArray(value)) throw reply.malformed('no list')
  return value.map((one: unknown) => {
    const { name, previous } = reply.fields(one, 'an entry')
    return {
      name: reply.name(name),
      ...reply.secretVersion(one),
      ...reply.optional('previous', previous, given => {
        const { value: held, deadline } = reply.fields(given, 'previous')
        return { value: reply.secret(held), ...reply.optional('deadline', deadline, reply.instant) }
      }),
    }
  })
}

function readLimits(value: unknown, who: string): ProviderLimits {
  const { valueBytes, refuses } = membersOf(value, who, 'gave a provider without "limits"')
  if (typeof valueBytes !== 'number' || !Number.isSafeInteger(valueBytes) || valueBytes < 1)
    throw badAdapter(who, 'gave no whole number as "limits.valueBytes"')
  if (typeof refuses !== 'function') return { valueBytes }
  return {
    valueBytes,
    refuses(secret) {
      try {
        const reason: unknown = (refuses as Verb).call(value, secret)
        return reason === undefined ? undefined : 'something that this store has no form for'
      } catch (error) {
        throw translateFailure(error, who, never)
      }
    },
  }
}
