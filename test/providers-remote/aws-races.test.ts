import { describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Pending } from '../../src/core/rotation/port.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { hour, never, noon, put, rejection } from '../contract/harness.ts'
import { type AwsSession, stagesOf, startAws } from '../providers/aws.harness.ts'
import { grace, name, runEngine } from './engine-run.ts'

const oldValue = 'old-value-0123456789abcdef'
const slowValue = 'value-of-the-slow-runner'
const quickValue = 'value-of-the-quick-runner'

interface Meeting {
  readonly session: AwsSession
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
      else {
        // The base was moved by the same value once more: AWSPREVIOUS, where it is, holds it too.
        expect(view?.current).toBe(oldValue)
        expect([undefined, oldValue]).toContain(view?.previous)
      }
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
  const session = await startAws()
  const quick = await session.connect()
  const meeting = { session, quick }
  const proxy = await session.through(number =>
    number === at ? { do: 'wait', until: () => act(meeting) } : undefined,
  )
  try {
    await put(quick, name, oldValue)
    const slow = await session.connectWith({ env: { AWS_ENDPOINT_URL: proxy.address } })
    await orConflict(runEngine(slow, { do: 'rotate' }, noon, slowValue))
    if (at > 0 && at <= proxy.count) await expectEnd(meeting)
    await Promise.all([slow.close(), quick.close()])
    return proxy.count
  } finally {
    await session.stop()
  }
}

describe('aws, two runners', () => {
  it.each(Object.entries(interruptions))(
    'while one rotates, before each of its requests in turn, another %s',
    async (_, interruption) => {
      const count = await meet(0, interruption)
      expect(count).toBeGreaterThan(5)
      for (let at = 1; at <= count; at += 1) await meet(at, interruption)
    },
    120_000,
  )

  it('a rollback after a commit that was killed before its deadline: grace, then back', async () => {
    const { session, direct, pending, base } = await killedCommit()
    const store = direct.rotation!
    const seen = await store.observe(name, never)
    expect(seen.rotation).toMatchObject({
      version: pending.version,
      previous: { version: base, status: 'accepted' },
    })
    expect(seen.rotation?.deadline).toBeUndefined()
    await store.revert(name, pending.version, base, { at: noon + hour }, never)
    expect(await store.pending(name, never)).toBeUndefined()
    expect(stateOf(await store.observe(name, never)).word).toBe('steady')
    await rejection(store.commit(name, facts(pending), times, never), 'provider.conflict')
    expect(await session.readersView?.(name)).toEqual({ current: oldValue, previous: oldValue })
    await session.stop()
  })

  it('a missing deadline counts from now, and later than one that is there', async () => {
    const { session, direct } = await killedCommit()
    const { observed } = await runEngine(direct, { do: 'settle' }, noon + hour)
    expect(observed.rotation?.deadline).toBe(noon + hour + grace)
    await session.stop()
  })

  it('tags that somebody has removed: the rotation is still seen, its old value kept for a full period', async () => {
    const session = await startAws()
    const direct = await session.connect()
    await put(direct, name, oldValue)
    await runEngine(direct, { do: 'rotate' }, noon, slowValue)
    session.server.service.secret(session.prefix + name)!.tags!.clear()
    const { observed, end } = await runEngine(direct, { do: 'retire' }, noon + 48 * hour)
    expect(end).toMatchObject({ do: 'refuse', why: 'too_early' })
    expect(observed.rotation?.deadline).toBe(noon + 48 * hour + grace)
    expect((await session.readersView?.(name))?.previous).toBe(oldValue)
    await session.stop()
  })

  it('a service that does not mirror: the label is taken off, and the secret is steady', async () => {
    const session = await startAws()
    session.server.service.refusesMirror = true
    const direct = await session.connect()
    await put(direct, name, oldValue)
    await runEngine(direct, { do: 'rotate' }, noon, slowValue)
    const { state } = await runEngine(direct, { do: 'retire' }, noon + 48 * hour)
    expect(state).toMatchObject({ word: 'steady', previous: 'disabled' })
    expect(await session.readersView?.(name)).toEqual({ current: slowValue })
    await session.stop()
  })

  it('leaves behind after a retirement: one label, the facts of this version, no trace of the run', async () => {
    const session = await startAws()
    const direct = await session.connect()
    await put(direct, name, oldValue)
    for (let round = 0; round < 3; round += 1) {
      const at = noon + round * 100 * hour
      await runEngine(direct, { do: 'rotate' }, at, `value-of-round-${String(round)}`)
      await runEngine(direct, { do: 'retire' }, at + 50 * hour)
    }
    const labels = Object.values(await stagesOf(session, name)).flat()
    expect(labels.sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'SECRETS_PENDING'])
    const { tags } = session.server.service.secret(session.prefix + name)!
    expect([...tags!.keys()].map(key => key.split(':')[2]).sort()).toEqual(['retired', 'until'])
    await session.stop()
  })

  it('requests of one rotation, whatever else is in the store', async () => {
    const session = await startAws()
    await session.seed(1_000)
    const direct = await session.connect()
    await put(direct, name, oldValue)
    const before = session.server.count
    await runEngine(direct, { do: 'rotate' }, noon, slowValue)
    const operations = session.server.seen.slice(before).map(({ operation }) => operation)
    expect(operations).toEqual([
      'DescribeSecret',
      ...['DescribeSecret', 'PutSecretValue'],
      ...['UpdateSecretVersionStage', 'TagResource'],
      'DescribeSecret',
    ])
    await session.stop()
  })
})

async function killedCommit(): Promise<{
  session: AwsSession
  direct: Provider
  base: string
  pending: Pending
}> {
  const session = await startAws()
  const direct = await session.connect()
  const base = await put(direct, name, oldValue)
  const pending = await direct.rotation!.stage(name, base, new Secret(slowValue), mark, never)
  const proxy = await session.through((_, { operation }) =>
    operation === 'TagResource' ? { do: 'drop', when: 'before' } : undefined,
  )
  const killed = await session.connectWith({ env: { AWS_ENDPOINT_URL: proxy.address } })
  await rejection(killed.rotation!.commit(name, facts(pending), times, never), 'provider.unavailable')
  return { session, direct, base, pending }
}
