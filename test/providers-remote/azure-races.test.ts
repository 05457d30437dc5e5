import { afterAll, describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { facts } from '../contract/rotation/scene.ts'
import { never, noon, put } from '../contract/harness.ts'
import { type AzureSession, harness, startAzure } from '../providers/azure.harness.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'
import { name, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'
const slowValue = 'value-of-the-slow-runner'
const quickValue = 'value-of-the-quick-runner'
const handValue = 'value-written-by-hand'

interface Meeting {
  readonly session: AzureSession
  readonly quick: Provider
  /** What the quick runner gave up. */
  aborted?: string
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

const wordOf = async (provider: Provider): Promise<string> =>
  stateOf(await provider.rotation!.observe(name, never)).word

async function everyValue({ plain }: AzureSession): Promise<readonly (string | undefined)[]> {
  const values: (string | undefined)[] = []
  for await (const { version } of plain.listPropertiesOfSecretVersions(name)) {
    values.push((await plain.getSecret(name, { version: version! })).value)
  }
  return values
}

const interruptions: Readonly<Record<string, Interruption>> = {
  'rotates the same secret': {
    act: ({ quick }) => orConflict(runEngine(quick, { do: 'rotate' }, noon, quickValue)),
    async expectEnd({ session, quick }) {
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([slowValue, quickValue]).toContain(view?.current)
      expect(await wordOf(quick)).toBe('grace')
      // One heir: nobody was ever served the value of the other.
      expect(new Set(await everyValue(session)).size).toBe(2)
    },
  },
  'gives up what it finds staged': {
    async act(meeting) {
      const { rotation } = meeting.quick
      const pending = await rotation!.pending(name, never)
      if (pending === undefined) return
      const given = rotation!.abort(name, facts(pending), never)
      await orConflict(given.then(() => (meeting.aborted = pending.value.reveal())))
    },
    async expectEnd({ session, quick, aborted }) {
      const view = await session.readersView?.(name)
      // No fence: a commit whose last request was on its way may still take effect, as a whole.
      const whole = { current: slowValue, previous: oldValue }
      if (aborted === undefined) expect(view).toEqual(whole)
      else
        expect([whole, { current: oldValue }, { current: oldValue, previous: oldValue }]).toContainEqual(view)
      expect(['grace', 'steady']).toContain(await wordOf(quick))
    },
  },
  'writes the value by hand': {
    act: async ({ quick }) => {
      await put(quick, name, handValue)
    },
    async expectEnd({ session }) {
      const values = await everyValue(session)
      expect(values).toContain(handValue)
      expect(values).toContain(oldValue)
    },
  },
  'removes the secret': {
    act: ({ quick }) => quick.remove(name, never),
    async expectEnd({ session, quick }) {
      expect((await session.readersView?.(name))?.current).toBeUndefined()
      await put(quick, name, oldValue)
      expect(await quick.rotation!.pending(name, never)).toBeUndefined()
      expect(await wordOf(quick)).toBe('steady')
    },
  },
}

/** The slow runner rotates; before its request of that number arrives, the quick one does all of its work. */
async function meet(at: number, { act, expectEnd }: Interruption): Promise<number> {
  const session = await startAzure({ lag: 0 })
  const quick = await session.connect()
  const meeting: Meeting = { session, quick }
  const { certificate, port } = session.vault
  const proxy = await startFaultProxy({ ...certificate, port }, number =>
    number === at ? { do: 'wait', until: () => act(meeting) } : undefined,
  )
  try {
    await put(quick, name, oldValue)
    const slow = await session.connectWith({ settings: { vault: proxy.address, timeout: '30s' } })
    await orConflict(runEngine(slow, { do: 'rotate' }, noon, slowValue))
    if (at > 0 && at <= proxy.count) await expectEnd(meeting)
    await Promise.all([slow.close(), quick.close()])
    return proxy.count
  } finally {
    await proxy.stop()
    await session.stop()
  }
}

describe('azure, two runners', () => {
  it.each(Object.entries(interruptions))(
    'while one rotates, before each of its requests in turn, another %s',
    async (_, interruption) => {
      const count = await meet(0, interruption)
      expect(count).toBeGreaterThan(10)
      for (let at = 1; at <= count; at += 1) await meet(at, interruption)
    },
    300_000,
  )
})
