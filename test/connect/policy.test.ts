import { describe, expect, it } from 'vitest'
import { usualPolicy } from '../../src/connect/ask.ts'
import { createGuard } from '../../src/connect/guard.ts'
import type { RequestLimits } from '../../src/context.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { rejection } from '../contract/harness.ts'
import { FakeTimers } from '../support/fake-timers.ts'
import { type Answer, createFakeStore, type FakeStore, items } from './fake-provider.ts'

interface Scene extends FakeStore {
  readonly timers: FakeTimers
  /** Under the policy. */
  readonly guarded: Provider
  readonly user: AbortController
  /** Connects once more, to the same kind of store. */
  again(): Promise<Provider>
}

const wide: RequestLimits = { concurrent: 100, perSecond: Infinity }

/** `chance` is the middle of every pause. */
async function scene(answers: readonly Answer[] = [], limits = wide, breaks = 0): Promise<Scene> {
  const timers = new FakeTimers()
  const store = createFakeStore(() => timers.now(), breaks)
  const random = { bytes: (count: number) => new Uint8Array(count).fill(0x80, 0, 1) }
  const guard = createGuard({ policy: usualPolicy, timers, random })
  const user = new AbortController()
  const again = (): Promise<Provider> =>
    guard.connect({ id: 'fake', limits }, user.signal, () => Promise.resolve(store.provider))
  const guarded = await timers.finish(again())
  store.answers.push(...answers)
  return { ...store, timers, guarded, user, again }
}

const at = { at: 0 }
const value = new Secret('value-of-the-test')
const pending = {
  version: 'v2',
  base: 'v1',
  value,
  mark: { runId: 'r', mode: 'scheduled' },
  announced: false,
} as const

/** Each member of the port, called once. */
const verbs: Readonly<Record<string, (provider: Provider, signal: AbortSignal) => Promise<unknown>>> = {
  check: (provider, signal) => provider.check(signal),
  read: (provider, signal) => provider.read('A', 'current', signal),
  list: (provider, signal) => collect(provider.list('', signal)),
  versions: (provider, signal) => collect(provider.versions!('A', signal)),
  observe: (provider, signal) => provider.rotation!.observe('A', signal),
  pending: (provider, signal) => provider.rotation!.pending('A', signal),
  stage: (provider, signal) => provider.rotation!.stage('A', 'v1', value, pending.mark, signal),
  commit: (provider, signal) => provider.rotation!.commit('A', pending, { at: 0, deadline: 1 }, signal),
  record: (provider, signal) => provider.rotation!.record('A', 'v2', { deadline: 1 }, signal),
  retire: (provider, signal) => provider.rotation!.retire('A', 'v1', 'v2', signal),
  announce: (provider, signal) => provider.rotation!.announce!('A', pending, 0, signal),
  write: (provider, signal) => provider.write('A', value, at, signal),
  writeIf: (provider, signal) => provider.writeIf!('A', value, 'absent', at, signal),
  remove: (provider, signal) => provider.remove('A', signal),
  purge: (provider, signal) => provider.purge!('A', signal),
  abort: (provider, signal) => provider.rotation!.abort('A', pending, signal),
  revert: (provider, signal) => provider.rotation!.revert('A', 'v2', 'v1', at, signal),
  destroy: (provider, signal) => provider.rotation!.destroy!('A', 'v1', signal),
}
const repeatable = Object.keys(verbs).slice(0, 11)
const once = Object.keys(verbs).slice(11)

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of list) found.push(item)
  return found
}

describe('a store under the policy', () => {
  it('has the members that it has, and no others', async () => {
    const { provider, guarded } = await scene()
    expect(Object.keys(guarded).sort()).toEqual(Object.keys(provider).sort())
    expect(Object.keys(guarded.rotation!).sort()).toEqual(Object.keys(provider.rotation!).sort())
    expect(Object.keys(verbs).sort()).toEqual(
      [...Object.keys(provider), ...Object.keys(provider.rotation!)]
        .filter(key => !['limits', 'close', 'rotation', 'guarantees'].includes(key))
        .sort(),
    )
    const { timers } = await scene()
    const guard = createGuard({
      policy: usualPolicy,
      timers,
      random: { bytes: count => new Uint8Array(count) },
    })
    const { check, read, write, list, remove, close, limits } = provider
    const bare = await timers.finish(
      guard.connect({ id: 'bare', limits: wide }, new AbortController().signal, () =>
        Promise.resolve({ check, read, write, list, remove, close, limits }),
      ),
    )
    expect(Object.keys(bare).sort()).toEqual(
      ['check', 'close', 'limits', 'list', 'read', 'remove', 'write'].sort(),
    )
  })

  it.each(repeatable)('%s is asked again until it answers, and no more than four times', async verb => {
    const helped = await scene(['unavailable', 'limited', 'unavailable', 'unavailable'])
    await helped.timers.finish(verbs[verb]!(helped.guarded, helped.user.signal))
    expect(helped.calls.map(call => call.verb)).toEqual(Array<string>(5).fill(verb))
    const lost = await scene(Array<Answer>(9).fill('unavailable'))
    await rejection(
      lost.timers.finish(verbs[verb]!(lost.guarded, lost.user.signal)),
      'provider.unavailable',
      [value.reveal()],
    )
    expect([lost.calls.length, lost.timers.pending]).toEqual([5, 0])
  })

  it.each(once)('%s is sent once: nobody knows whether it took effect', async verb => {
    for (const answer of ['unavailable', 'limited', 'hangs'] as const) {
      const { timers, guarded, calls, user } = await scene([answer])
      await rejection(timers.finish(verbs[verb]!(guarded, user.signal)), [
        'provider.unavailable',
        'provider.limited',
      ])
      expect([answer, calls.length, timers.pending]).toEqual([answer, 1, 0])
    }
  })

  it.each(once)('%s is sent again where the adapter says that nothing was sent', async verb => {
    const { timers, guarded, calls, user } = await scene(['unsent', 'unsent'])
    await timers.finish(verbs[verb]!(guarded, user.signal))
    expect(calls.length).toBe(3)
  })

  it.each([...repeatable, ...once])('%s: what cannot pass is not asked again', async verb => {
    const { timers, guarded, calls, user } = await scene(['denied'])
    await rejection(timers.finish(verbs[verb]!(guarded, user.signal)), 'provider.denied')
    expect([calls.length, timers.pending, timers.time]).toEqual([1, 0, 0])
  })
})

describe('time', () => {
  it('waits what the store asks for, and half of a doubling pause with it', async () => {
    const { timers, guarded, calls, user } = await scene(['unavailable', 'unavailable', 'limited'])
    await timers.finish(guarded.check(user.signal))
    expect(calls.map(call => call.at)).toEqual([0, 100, 300, 300 + 3000 + 400])
  })

  it('gives one call 15 s, and stops the call itself', async () => {
    const { timers, guarded, calls, user } = await scene(['hangs', 'ok'])
    await timers.finish(guarded.read('A', 'current', user.signal))
    expect(calls.map(call => [call.at, call.signal.aborted])).toEqual([
      [0, true],
      [15_100, false],
    ])
  })

  it('gives a command that gets no answer 120 s in all, whatever the number of connections', async () => {
    const { timers, guarded, user, again } = await scene(Array<Answer>(100).fill('hangs'))
    const other = await timers.finish(again())
    const first = timers.finish(guarded.read('A', 'current', user.signal))
    await rejection(first, 'provider.unavailable')
    expect(timers.time).toBeLessThan(80_000)
    await rejection(timers.finish(other.read('A', 'current', user.signal)), 'provider.unavailable')
    // Each of the two connections was an answer, and added its second.
    const end = timers.time
    expect(end).toBeGreaterThanOrEqual(120_000)
    expect(end).toBeLessThanOrEqual(122_000)
    await rejection(timers.finish(guarded.read('A', 'current', user.signal)), 'provider.unavailable')
    expect(timers.time - end).toBeLessThanOrEqual(2000)
    expect(timers.pending).toBe(0)
  })

  it('gives one that gets its answers as long as it takes at the rate of the store', async () => {
    const { timers, guarded, user } = await scene([], { concurrent: 1, perSecond: 2 })
    for (let count = 0; count < 600; count += 1)
      await timers.finish(guarded.read('A', 'current', user.signal))
    expect(timers.time).toBeGreaterThan(250_000)
  })

  it('counts only while a store is asked: not the time of a person at a prompt', async () => {
    const { timers, guarded, user } = await scene()
    for (const minute of [1, 2, 3, 4, 5]) {
      await timers.finish(guarded.read('A', 'current', user.signal))
      timers.time = minute * 60_000
    }
    expect(await timers.finish(guarded.check(user.signal))).toBeUndefined()
  })

  it('ends at once when the user stops it, in a call, in a pause and in line', async () => {
    const inCall = await scene(['hangs'])
    const inPause = await scene(['limited'])
    const inLine = await scene(['hangs'], { concurrent: 1, perSecond: 1 })
    const busy = inLine.guarded.read('A', 'current', new AbortController().signal)
    busy.catch(() => undefined)
    for (const { timers, guarded, user } of [inCall, inPause, inLine]) {
      const call = guarded.read('A', 'current', user.signal)
      const stopped = rejection(call, 'usage.interrupted')
      await new Promise(resolve => setImmediate(resolve))
      user.abort()
      await stopped
      expect(timers.time).toBe(0)
    }
    expect(inCall.calls[0]?.signal.aborted).toBe(true)
    await rejection(inPause.guarded.check(inPause.user.signal), 'usage.interrupted')
    expect(inPause.calls.length).toBe(1)
  })

  it('connects under the same policy, and closes what came too late', async () => {
    const timers = new FakeTimers()
    const { provider, calls } = createFakeStore()
    const guard = createGuard({
      policy: usualPolicy,
      timers,
      random: { bytes: count => new Uint8Array(count) },
    })
    let attempts = 0
    const opened = guard.connect({ id: 'x', limits: wide }, new AbortController().signal, async () => {
      attempts += 1
      if (attempts > 1) return provider
      await new Promise<void>(resolve => timers.after(20_000, resolve))
      return provider
    })
    await timers.finish(opened)
    await timers.finish(new Promise<void>(resolve => timers.after(30_000, resolve)))
    expect([attempts, calls.map(call => call.verb)]).toEqual([2, ['close']])
  })

  it('closes also after the user has stopped it, and does not wait for ever', async () => {
    const stopped = await scene()
    stopped.user.abort()
    await stopped.timers.finish(stopped.guarded.close())
    expect(stopped.calls.map(call => call.verb)).toEqual(['close'])
    const hanging = await scene(['hangs'])
    await hanging.timers.finish(hanging.guarded.close())
    expect(hanging.timers.time).toBe(15_000)
  })
})

describe('rate', () => {
  it('holds no more calls open than the store allows, and loses none', async () => {
    const { timers, guarded, calls, peak, again, user } = await scene([], {
      concurrent: 3,
      perSecond: Infinity,
    })
    const other = await timers.finish(again())
    const reads = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? guarded : other).read('A', 'current', user.signal),
    )
    await timers.finish(Promise.all(reads))
    expect([peak(), calls.length]).toEqual([3, 20])
  })

  it('begins no more calls in a second than the store allows, repetitions included', async () => {
    const failing = Array.from({ length: 6 }, (): Answer => 'unavailable')
    const { timers, guarded, calls, user } = await scene(failing, { concurrent: 10, perSecond: 5 })
    await timers.finish(Promise.all(Array.from({ length: 12 }, () => guarded.check(user.signal))))
    const starts = calls.map(call => call.at).sort((a, b) => a - b)
    for (const start of starts) {
      expect(starts.filter(other => other >= start && other < start + 999).length).toBeLessThanOrEqual(5)
    }
    expect(starts.length).toBe(18)
  })

  it('frees the place of a call that never answers', async () => {
    const { timers, guarded, calls, user } = await scene(['hangs'], { concurrent: 1, perSecond: 1000 })
    await timers.finish(Promise.all([guarded.check(user.signal), guarded.check(user.signal)]))
    expect(calls.length).toBe(3)
  })
})

describe('lists', () => {
  it('that break off are begun again, each name given once', async () => {
    const { timers, guarded, calls, user } = await scene(['ok', 'unavailable', 'ok', 'ok'], wide, 2)
    expect(await timers.finish(collect(guarded.list('', user.signal)))).toEqual(items)
    expect(calls.length).toBe(2)
  })

  it('that hang in the middle are stopped and begun again', async () => {
    const { timers, guarded, calls, user } = await scene(['ok', 'hangs'], wide, 3)
    expect(await timers.finish(collect(guarded.versions!('A', user.signal)))).toEqual(items)
    expect(calls.map(call => call.signal.aborted)).toEqual([true, false])
  })

  it('allow a read for each name with one place only', async () => {
    const { timers, guarded, user } = await scene([], { concurrent: 1, perSecond: 1000 })
    const work = async (): Promise<number> => {
      let count = 0
      for await (const { name } of guarded.list('', user.signal)) {
        await guarded.read(name, 'current', user.signal)
        count += 1
      }
      return count
    }
    expect(await timers.finish(work())).toBe(4)
  })

  it('count as one call at the rate of the store, however long', async () => {
    const { timers, guarded, user } = await scene([], { concurrent: 1, perSecond: 1 })
    await timers.finish(collect(guarded.list('', user.signal)))
    expect(timers.time).toBeLessThanOrEqual(1000)
  })

  it('are stopped at the store when the consumer has seen enough', async () => {
    const { timers, guarded, calls, user } = await scene()
    const first = async (): Promise<string> => {
      for await (const { name } of guarded.list('', user.signal)) return name
      return ''
    }
    expect(await timers.finish(first())).toBe('A')
    expect([calls[0]?.signal.aborted, timers.pending]).toEqual([true, 0])
  })
})

it('errors of deadlines are retryable, and say where to look', async () => {
  const { timers, guarded, user } = await scene(['hangs'])
  const error = await rejection(
    timers.finish(guarded.write('A', value, at, user.signal)),
    'provider.unavailable',
  )
  expect([isSecretsError(error), error.isRetryable, error.hints.length > 0]).toEqual([true, true, true])
})
