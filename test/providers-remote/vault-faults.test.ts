import { createServer } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Goal } from '../../src/core/rotation/plan.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { expectNoValue, hour, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { mark } from '../contract/rotation/scene.ts'
import { harness, startVault, type VaultSession } from '../providers/vault.harness.ts'
import { grace, name, runEngine } from './engine-run.ts'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'

/** What an operator does, from which state, and what is true in the end, whatever happened on the way. */
interface Story {
  readonly goal: Goal
  readonly at: number
  prepare(provider: Provider): Promise<void>
  expectEnd(session: VaultSession, provider: Provider): Promise<void>
}

const firstValue = 'new-value-of-the-first-run'

const wordOf = async (provider: Provider): Promise<string> =>
  stateOf(await provider.rotation!.observe(name, never)).word

const stories: Readonly<Record<string, Story>> = {
  rotate: {
    goal: { do: 'rotate' },
    at: noon,
    prepare: () => Promise.resolve(),
    async expectEnd(session, provider) {
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([firstValue, 'new-value-of-the-second-run']).toContain(view?.current)
      expect(await wordOf(provider)).toBe('grace')
    },
  },
  retire: {
    goal: { do: 'retire' },
    at: noon + grace + hour,
    async prepare(provider) {
      await runEngine(provider, { do: 'rotate' }, noon, firstValue)
    },
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: firstValue, previous: firstValue })
      expect(await wordOf(provider)).toBe('steady')
    },
  },
  rollback: {
    goal: { do: 'rollback', keepNew: false },
    at: noon + hour,
    async prepare(provider) {
      await runEngine(provider, { do: 'rotate' }, noon, firstValue)
    },
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: oldValue, previous: oldValue })
      expect(await wordOf(provider)).toBe('steady')
    },
  },
  abort: {
    goal: { do: 'abort' },
    at: noon,
    async prepare(provider) {
      const { current } = await provider.rotation!.observe(name, never)
      await provider.rotation!.stage(name, current!.version, new Secret(firstValue), mark, never)
    },
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: oldValue })
      expect(await wordOf(provider)).toBe('steady')
    },
  },
}

const faults: Readonly<Record<string, Fault>> = {
  'dropped before': { do: 'drop', when: 'before' },
  'dropped after the effect': { do: 'drop', when: 'after' },
  'no answer after the effect': { do: 'silence', when: 'after' },
  'a truncated answer': { do: 'truncate' },
  'sent twice on the way': { do: 'duplicate' },
  'too many requests, soon': {
    do: 'answer',
    when: 'before',
    status: 429,
    headers: { 'Retry-After': 'soon' },
  },
  'too many requests, -5': { do: 'answer', when: 'before', status: 429, headers: { 'Retry-After': '-5' } },
  'a standby': { do: 'answer', when: 'before', status: 503, headers: { 'Retry-After': '1e9' }, body: '{}' },
  'a gateway that gives up': { do: 'answer', when: 'after', status: 504, body: '<html>' },
  'a page instead': {
    do: 'answer',
    when: 'after',
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<html>sign in</html>',
  },
  'JSON of somebody else, no effect': { do: 'answer', when: 'before', status: 200, body: '{"ok":true}' },
  'no content, no effect': { do: 'answer', when: 'before', status: 204 },
  'JSON of somebody else': { do: 'answer', when: 'after', status: 200, body: '[1,2,3]' },
  'a redirect': { do: 'answer', when: 'before', status: 307, headers: { Location: 'https://127.0.0.1:1/' } },
  'a late effect': { do: 'hold' },
}

const expected = new Set([
  'provider.unavailable',
  'provider.limited',
  'provider.invalid_reply',
  // The effect took place, and what follows finds the goal reached or the base moved.
  'provider.conflict',
])

/** One fault at one request of the story, then the story once more on a good connection; how many requests the first took. */
async function play(story: Story, at: number, fault: Fault | undefined): Promise<number> {
  const session = await startVault()
  const proxy = await startFaultProxy(session.bao, number => (number === at ? fault : undefined))
  try {
    const direct = await session.connect()
    await put(direct, name, oldValue)
    await story.prepare(direct)
    const before = await session.readersView?.(name)
    const broken = await session.connectWith({
      settings: { address: proxy.address },
      env: { VAULT_CLIENT_TIMEOUT: '300ms' },
    })
    const failure: unknown = await runEngine(broken, story.goal, story.at, firstValue).then(
      () => undefined,
      (error: unknown) => error,
    )
    expectNoValue(failure, [oldValue, firstValue, session.token])
    if (failure !== undefined) expect(isSecretsError(failure) ? failure.code : failure).toSatisfy(isExpected)
    await expectWhole(session, before)
    // No failure means that the goal was reached: nothing in between may make us believe a write.
    if (failure === undefined) await story.expectEnd(session, direct)
    // As the next run: it goes on, or finds that nothing is left to do.
    await runEngine(direct, story.goal, story.at)
    await story.expectEnd(session, direct)
    await proxy.release()
    await story.expectEnd(session, direct)
    await expectNothingStaged(session)
    await Promise.all([direct.close(), broken.close()])
    return proxy.count
  } finally {
    await proxy.stop()
    await session.stop()
  }
}

function isExpected(code: unknown): boolean {
  return typeof code === 'string' && expected.has(code)
}

/** What readers find is the state before or a whole one after: never a new value without the old one beside it. */
async function expectWhole(session: VaultSession, before: object | undefined): Promise<void> {
  const view = await session.readersView?.(name)
  const whole = [
    before,
    { current: firstValue, previous: oldValue },
    { current: firstValue, previous: firstValue },
    { current: oldValue, previous: oldValue },
  ]
  expect(whole).toContainEqual(view)
}

async function expectNothingStaged(session: VaultSession): Promise<void> {
  const staging = await session.data('.secrets/KEY')
  expect(Object.keys(staging ?? {})).not.toContain('value')
}

describe.skipIf(harness.unavailable !== undefined)('vault, behind a connection that fails', () => {
  for (const [storyName, story] of Object.entries(stories)) {
    describe(storyName, () => {
      it.each(Object.entries(faults))(
        '%s, at each request in turn: a typed error, nothing half-changed, and the next run settles it',
        async (_, fault) => {
          const count = await play(story, 0, undefined)
          expect(count).toBeGreaterThan(5)
          for (let at = 1; at <= count; at += 1) await play(story, at, fault)
        },
        120_000,
      )
    })
  }

  it('a port where nobody listens: unavailable, and nothing was sent', async () => {
    const session = await startVault()
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    const port = typeof address === 'object' ? address?.port : 0
    const provider = await session.connectWith({ settings: { address: `https://127.0.0.1:${String(port)}` } })
    const error = await rejection(valueOf(provider, name), 'provider.unavailable', [session.token])
    expect(error.isUnsent).toBe(true)
    await session.stop()
  })

  it('an abort that was killed after its mark: the next rotation moves the base itself', async () => {
    const session = await startVault()
    const direct = await session.connect()
    const base = await put(direct, name, oldValue)
    const pending = await direct.rotation!.stage(name, base, new Secret(firstValue), mark, never)
    // staging, path | mark | staging, path | base
    const proxy = await startFaultProxy(session.bao, number => (number === 6 ? { do: 'hold' } : undefined))
    const broken = await session.connectWith({ settings: { address: proxy.address } })
    const facts = { ...pending, announced: false } as const
    await rejection(broken.rotation!.abort(name, facts, never), 'provider.unavailable', [firstValue])
    expect((await direct.rotation!.observe(name, never)).current?.version).toBe(base)
    await rejection(
      direct.rotation!.stage(name, base, new Secret('value-on-the-old-base'), mark, never),
      'provider.conflict',
    )
    expect((await direct.rotation!.observe(name, never)).current?.version).not.toBe(base)
    await runEngine(direct, { do: 'rotate' }, noon)
    await proxy.release()
    expect(await session.readersView?.(name)).toEqual({
      current: 'new-value-of-the-second-run',
      previous: oldValue,
    })
    await proxy.stop()
    await session.stop()
  })
})
