import { afterAll, describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { facts } from '../contract/rotation/scene.ts'
import { hour, never, noon, put } from '../contract/harness.ts'
import { type GcpSession, harness, startGcp } from '../providers/gcp.harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import { name, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const firstValue = 'first-value-0123456789abcdef'
const oldValue = 'old-value-0123456789abcdef'
const slowValue = 'value-of-the-slow-runner'
const quickValue = 'value-of-the-quick-runner'
const handValue = 'value-written-by-hand'

interface Meeting {
  readonly session: GcpSession
  readonly quick: Provider
  /** When the slow runner works. */
  readonly at: number
  /** What was done by the quick one, where that is not the same at each request. */
  outcome?: 'aborted' | 'too late'
}

/** What the quick runner does in the middle of the slow one's work, and what must be true when both have ended. */
interface Interruption {
  act(meeting: Meeting): Promise<void>
  expectEnd(meeting: Meeting): Promise<void>
}

/** A lost race is an answer; everything else is a failure of the test. */
async function orConflict(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => true,
    (error: unknown) => {
      if (!isSecretsError(error, 'provider.conflict')) throw error
      return false
    },
  )
}

const wordOf = async (quick: Provider): Promise<string> =>
  stateOf(await quick.rotation!.observe(name, never)).word

const interruptions: Readonly<Record<string, Interruption>> = {
  'rotates the same secret': {
    async act({ quick, at }) {
      await orConflict(runEngine(quick, { do: 'rotate' }, at, quickValue))
    },
    async expectEnd({ session, quick }) {
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([slowValue, quickValue]).toContain(view?.current)
      expect(await wordOf(quick)).toBe('grace')
    },
  },
  'gives up what it finds staged': {
    async act(meeting) {
      const { quick } = meeting
      const pending = await quick.rotation!.pending(name, never)
      if (pending === undefined) return
      const isDone = await orConflict(quick.rotation!.abort(name, facts(pending), never))
      meeting.outcome = isDone ? 'aborted' : 'too late'
    },
    async expectEnd({ session, quick, outcome }) {
      const view = await session.readersView?.(name)
      // The value that was given up is never served; NAME_OLD may have been written by then.
      if (outcome === 'aborted') {
        expect(view?.current).toBe(oldValue)
        expect([undefined, oldValue]).toContain(view?.previous)
      } else expect(view).toEqual({ current: slowValue, previous: oldValue })
      expect(await wordOf(quick)).toBe(outcome === 'aborted' ? 'steady' : 'grace')
    },
  },
  'rotates and takes that back': {
    async act({ quick, at }) {
      await orConflict(runEngine(quick, { do: 'rotate' }, at, quickValue))
      await orConflict(runEngine(quick, { do: 'rollback', keepNew: false }, at + 1))
    },
    async expectEnd({ session, quick }) {
      // The slow one finds the old value current again, or a rotation of its own to go on with.
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([oldValue, slowValue]).toContain(view?.current)
      expect(await wordOf(quick)).toBe(view?.current === oldValue ? 'steady' : 'grace')
    },
  },
  'rotates and retires': {
    async act({ quick, at }) {
      await orConflict(runEngine(quick, { do: 'rotate' }, at, quickValue))
      await orConflict(runEngine(quick, { do: 'retire' }, at + 25 * hour))
    },
    async expectEnd({ session, quick }) {
      const view = await session.readersView?.(name)
      const word = await wordOf(quick)
      expect(['grace', 'steady']).toContain(word)
      // Each new value came after the one before it had been kept.
      expect([oldValue, quickValue, slowValue]).toContain(view?.previous)
      if (word === 'steady') expect(view?.previous).toBe(view?.current)
      else expect(view?.previous).not.toBe(view?.current)
    },
  },
  'writes the value by hand': {
    act({ session }) {
      session.addByHand(name, handValue)
      return Promise.resolve()
    },
    async expectEnd({ session }) {
      const { current, previous } = (await session.readersView?.(name)) ?? {}
      // Never lost: it is current, or it is what the rotation keeps as the previous one.
      if (current !== handValue)
        expect({ current, previous }).toEqual({ current: slowValue, previous: handValue })
    },
  },
  'removes the secret': {
    act: ({ quick }) => quick.remove(name, never),
    async expectEnd({ session, quick }) {
      const { current } = (await session.readersView?.(name)) ?? {}
      expect(current).toBeUndefined()
      await put(quick, name, oldValue)
      expect(await quick.rotation!.pending(name, never)).toBeUndefined()
      expect(stateOf(await quick.rotation!.observe(name, never)).word).toBe('steady')
    },
  },
}

/** The slow runner rotates; before its request of that number arrives, the quick one does all of its work. */
async function meet(at: number, isFirst: boolean, { act, expectEnd }: Interruption): Promise<number> {
  const session = await startGcp()
  const quick = await session.connect()
  const meeting: Meeting = { session, quick, at: noon + (isFirst ? 0 : 50 * hour) }
  const proxy = await startFaultProxy(session.server, number =>
    number === at ? { do: 'wait', until: () => act(meeting) } : undefined,
  )
  try {
    await put(quick, name, isFirst ? oldValue : firstValue)
    if (!isFirst) {
      await runEngine(quick, { do: 'rotate' }, noon, oldValue)
      await runEngine(quick, { do: 'retire' }, noon + 25 * hour)
    }
    const slow = await session.connectWith({ settings: { endpoint: proxy.address } })
    await orConflict(runEngine(slow, { do: 'rotate' }, meeting.at, slowValue))
    if (at > 0 && at <= proxy.count) await expectEnd(meeting)
    await Promise.all([slow.close(), quick.close()])
    return proxy.count
  } finally {
    await proxy.stop()
    await session.stop()
  }
}

describe('gcp, two runners', () => {
  for (const [title, isFirst, requests] of [
    ['the first rotation of a secret', true, 12],
    ['a later one', false, 8],
  ] as const) {
    it.each(Object.entries(interruptions))(
      `${title}: before each request in turn, another %s`,
      async (_, interruption) => {
        const count = await meet(0, isFirst, interruption)
        expect(count).toBe(requests)
        for (let at = 1; at <= count; at += 1) await meet(at, isFirst, interruption)
      },
      120_000,
    )
  }
})
