import { afterAll, describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { hour, never, noon, put, rejection } from '../contract/harness.ts'
import { harness, startVault, type VaultSession } from '../providers/vault.harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import { name, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'
const slowValue = 'value-of-the-slow-runner'
const quickValue = 'value-of-the-quick-runner'

interface Meeting {
  readonly session: VaultSession
  readonly quick: Provider
}

/** What the quick runner does in the middle of the slow one's work, and what must be true when both have ended. */
interface Interruption {
  act(meeting: Meeting): Promise<void>
  expectEnd(meeting: Meeting): Promise<void>
}

/** A lost race is an answer; everything else is a failure of the test. */
async function orConflict(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isSecretsError(error, 'provider.conflict')) throw error
  })
}

let aborted: string | undefined

const interruptions: Readonly<Record<string, Interruption>> = {
  'rotates the same secret': {
    act: ({ quick }) => orConflict(runEngine(quick, { do: 'rotate' }, noon, quickValue)),
    async expectEnd({ session, quick }) {
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([slowValue, quickValue]).toContain(view?.current)
      expect(stateOf(await quick.rotation!.observe(name, never)).word).toBe('grace')
    },
  },
  'gives up what it finds staged': {
    async act({ quick }) {
      aborted = undefined
      const pending = await quick.rotation!.pending(name, never)
      if (pending === undefined) return
      await orConflict(
        quick.rotation!.abort(name, facts(pending), never).then(() => (aborted = pending.value.reveal())),
      )
    },
    async expectEnd({ session, quick }) {
      const view = await session.readersView?.(name)
      if (aborted === undefined) expect(view).toEqual({ current: slowValue, previous: oldValue })
      else expect(view).toEqual({ current: oldValue })
      expect(stateOf(await quick.rotation!.observe(name, never)).word).toBe(
        aborted === undefined ? 'grace' : 'steady',
      )
    },
  },
  'writes the value by hand': {
    act: async ({ quick }) => {
      await put(quick, name, 'value-written-by-hand')
    },
    async expectEnd({ session }) {
      const { current, previous } = (await session.readersView?.(name)) ?? {}
      // Never lost: it is current, or it is what the rotation keeps as the previous one.
      if (current !== 'value-written-by-hand') {
        expect({ current, previous }).toEqual({ current: slowValue, previous: 'value-written-by-hand' })
      }
    },
  },
  'removes the secret': {
    act: ({ quick }) => quick.remove(name, never),
    async expectEnd({ session, quick }) {
      expect(await session.readersView?.(name)).toEqual({})
      await put(quick, name, oldValue)
      expect(await quick.rotation!.pending(name, never)).toBeUndefined()
      expect(stateOf(await quick.rotation!.observe(name, never)).word).toBe('steady')
    },
  },
}

/** The slow runner rotates; before its request of that number arrives, the quick one does all of its work. */
async function meet(at: number, { act, expectEnd }: Interruption): Promise<number> {
  const session = await startVault()
  const quick = await session.connect()
  const meeting = { session, quick }
  const proxy = await startFaultProxy(session.bao, number =>
    number === at ? { do: 'wait', until: () => act(meeting) } : undefined,
  )
  try {
    await put(quick, name, oldValue)
    const slow = await session.connectWith({ settings: { address: proxy.address } })
    await orConflict(runEngine(slow, { do: 'rotate' }, noon, slowValue))
    if (at > 0 && at <= proxy.count) await expectEnd(meeting)
    await Promise.all([slow.close(), quick.close()])
    return proxy.count
  } finally {
    await proxy.stop()
    await session.stop()
  }
}

describe.skipIf(harness.unavailable !== undefined)('vault, two runners', () => {
  it.each(Object.entries(interruptions))(
    'while one rotates, before each of its requests in turn, another %s',
    async (_, interruption) => {
      const count = await meet(0, interruption)
      // staging, path | staged | flip, clean, staging
      expect(count).toBe(6)
      for (let at = 1; at <= count; at += 1) await meet(at, interruption)
    },
    120_000,
  )

  it('a rollback finds the staged value that a killed commit left, and leaves none behind', async () => {
    const session = await startVault()
    const direct = await session.connect()
    const store = direct.rotation!
    const base = await put(direct, name, oldValue)
    const pending = await store.stage(name, base, new Secret(slowValue), mark, never)
    // staging, path | write | clean
    const proxy = await startFaultProxy(session.bao, number =>
      number === 4 ? { do: 'drop', when: 'before' } : undefined,
    )
    const killed = await session.connectWith({ settings: { address: proxy.address } })
    await rejection(killed.rotation!.commit(name, facts(pending), times, never), 'provider.unavailable')
    expect(stateOf(await store.observe(name, never)).word).toBe('committing')
    await store.revert(name, pending.version, base, { at: noon + hour }, never)
    expect(await store.pending(name, never)).toBeUndefined()
    expect(stateOf(await store.observe(name, never)).word).toBe('steady')
    await rejection(store.commit(name, facts(pending), times, never), 'provider.conflict')
    await proxy.stop()
    await session.stop()
  })

  it('a stage finds the one that a killed commit left, and takes its place', async () => {
    const session = await startVault()
    const direct = await session.connect()
    const store = direct.rotation!
    const base = await put(direct, name, oldValue)
    const pending = await store.stage(name, base, new Secret(slowValue), mark, never)
    const proxy = await startFaultProxy(session.bao, number =>
      number === 4 ? { do: 'drop', when: 'before' } : undefined,
    )
    const killed = await session.connectWith({ settings: { address: proxy.address } })
    await rejection(killed.rotation!.commit(name, facts(pending), times, never), 'provider.unavailable')
    const next = await store.stage(name, pending.version, new Secret(quickValue), mark, never)
    expect(next.value.reveal()).toBe(quickValue)
    await proxy.stop()
    await session.stop()
  })
})
