import { expect } from 'vitest'
import { createGuard } from '../../src/connect/guard.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Goal } from '../../src/core/rotation/plan.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import { expectNoValue, hour, never, noon, put } from '../contract/harness.ts'
import { mark } from '../contract/rotation/scene.ts'
import { type AwsSession, runner, stagesOf, startAws } from '../providers/aws.harness.ts'
import { expectUntouched, shared, startFields } from '../providers/aws-fields.ts'
import type { Fault } from '../servers/aws/server.ts'
import { grace, name, runEngine } from './engine-run.ts'

const oldValue = 'old-value-0123456789abcdef'
const firstValue = 'new-value-of-the-first-run'
const secondValue = 'new-value-of-the-second-run'

/** What an operator does, from which state, and what is true in the end, whatever happened on the way. */
export interface Story {
  readonly goal: Goal
  readonly at: number
  /** How much later the next run is. */
  readonly later: number
  prepare(provider: Provider): Promise<void>
  expectEnd(session: AwsSession, provider: Provider): Promise<void>
}

const wordOf = async (provider: Provider): Promise<string> =>
  stateOf(await provider.rotation!.observe(name, never)).word

const rotated = async (provider: Provider): Promise<void> => {
  await runEngine(provider, { do: 'rotate' }, noon, firstValue)
}

export const stories: Readonly<Record<string, Story>> = {
  rotate: {
    goal: { do: 'rotate' },
    at: noon,
    later: 0,
    prepare: () => Promise.resolve(),
    async expectEnd(session, provider) {
      const view = await session.readersView?.(name)
      expect(view?.previous).toBe(oldValue)
      expect([firstValue, secondValue]).toContain(view?.current)
      expect(await wordOf(provider)).toBe('grace')
    },
  },
  retire: {
    goal: { do: 'retire' },
    at: noon + grace + hour,
    later: grace + hour,
    prepare: rotated,
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: firstValue, previous: firstValue })
      expect(await wordOf(provider)).toBe('steady')
    },
  },
  rollback: {
    goal: { do: 'rollback', keepNew: false },
    at: noon + hour,
    later: 0,
    prepare: rotated,
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: oldValue, previous: oldValue })
      expect(await wordOf(provider)).toBe('steady')
    },
  },
  'rollback that keeps the new value': {
    goal: { do: 'rollback', keepNew: true },
    at: noon + hour,
    later: 0,
    prepare: rotated,
    async expectEnd(session, provider) {
      const view = await session.readersView?.(name)
      expect([oldValue, firstValue]).toContain(view?.current)
      expect([oldValue, firstValue]).toContain(view?.previous)
      expect(view?.previous).not.toBe(view?.current)
      expect(await wordOf(provider)).toBe('grace')
    },
  },
  abort: {
    goal: { do: 'abort' },
    at: noon,
    later: 0,
    async prepare(provider) {
      const { current } = await provider.rotation!.observe(name, never)
      await provider.rotation!.stage(name, current!.version, new Secret(firstValue), mark, never)
    },
    async expectEnd(session, provider) {
      expect((await session.readersView?.(name))?.current).toBe(oldValue)
      expect([undefined, oldValue]).toContain((await session.readersView?.(name))?.previous)
      expect(await wordOf(provider)).toBe('steady')
    },
  },
}

const page = { 'Content-Type': 'text/html' }

export const faults: Readonly<Record<string, Fault>> = {
  'dropped before': { do: 'drop', when: 'before' },
  'dropped after the effect': { do: 'drop', when: 'after' },
  'no answer after the effect': { do: 'silence', when: 'after' },
  'a truncated answer': { do: 'truncate' },
  'sent twice on the way': { do: 'duplicate' },
  'an older state': { do: 'stale' },
  'too many requests, soon': answer(429, '{}', { 'Retry-After': 'soon' }),
  'a throttle': answer(400, '{"__type":"ThrottlingException","message":"Rate exceeded"}', {
    'Retry-After': '-5',
  }),
  'a service that is ill': answer(503, '{"__type":"InternalServiceError"}', { 'Retry-After': '1e9' }),
  'a gateway that gives up': { ...answer(504, '<html>', page), when: 'after' },
  'a page instead': { ...answer(200, '<html>sign in</html>', page), when: 'after' },
  'JSON of somebody else, no effect': answer(200, '{"ok":true}'),
  'no content, no effect': answer(204),
  'JSON of somebody else': { ...answer(200, '[1,2,3]'), when: 'after' },
  'a redirect': answer(307, '', { Location: 'http://127.0.0.1:1/' }),
  'a late effect': { do: 'hold' },
}

function answer(
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Extract<Fault, { do: 'answer' }> {
  return { do: 'answer', when: 'before', status, body, headers }
}

const expected = new Set([
  'provider.unavailable',
  'provider.limited',
  'provider.invalid_reply',
  // The effect took place, and what follows finds the goal reached or the base moved.
  'provider.conflict',
])

/** The adapter under the deadline of one call, and without repetitions: each fault is met as it comes. */
async function guarded(session: AwsSession, address: string, call: number): Promise<Provider> {
  const retry = { retries: 0, base: 1, cap: 1, retryAfterCap: 1 }
  const policy = { call, command: 60_000, perAnswer: 0, retry }
  const guard = createGuard({ policy, timers: systemTimers, random: systemRandom })
  return await guard.connect({ id: 'aws', limits: { concurrent: 8, perSecond: 10_000 } }, never, () =>
    session.connectWith({ env: { AWS_ENDPOINT_URL: address } }),
  )
}

/** Where the secret stands: a secret of its own, or a field of a JSON value beside the fields of others. */
export type Where = 'whole' | 'field'

async function start(where: Where): Promise<AwsSession> {
  return await (where === 'whole' ? startAws() : startFields())
}

/** One fault at one request of the story, then the story once more; how many requests the first took. */
export async function play(
  story: Story,
  at: number,
  fault: Fault | undefined,
  who: 'same' | 'other' = 'other',
  where: Where = 'whole',
): Promise<number> {
  const session = await start(where)
  const proxy = await session.through(number => (number === at ? fault : undefined))
  try {
    const direct = await session.connect()
    await put(direct, name, oldValue)
    await story.prepare(direct)
    const before = await session.readersView?.(name)
    const broken = await guarded(session, proxy.address, fault?.do === 'silence' ? 400 : 10_000)
    const reached: boolean[] = []
    const failure: unknown = await runEngine(broken, story.goal, story.at, firstValue).then(
      ({ end }) => {
        reached.push(end.do === 'none')
      },
      (error: unknown) => error,
    )
    const count = proxy.count
    expectNoValue(failure, [oldValue, firstValue, runner.key])
    if (failure !== undefined) expect(isSecretsError(failure) ? failure.code : failure).toSatisfy(isExpected)
    await expectWhole(session, before)
    // The goal was reached: nothing in between may make us believe a write.
    if (reached.includes(true)) await story.expectEnd(session, direct)
    // As the next run: it goes on, or finds that nothing is left to do.
    // Later, because a deadline that a lagging read did not show counts from the moment of that read.
    else await runEngine(who === 'same' ? broken : direct, story.goal, story.at + story.later)
    await story.expectEnd(session, direct)
    proxy.release()
    await story.expectEnd(session, direct)
    expect(await direct.rotation!.pending(name, never)).toBeUndefined()
    await (where === 'whole' ? expectNothingLost(session) : expectFieldsKept(session))
    await Promise.all([direct.close(), broken.close()])
    return count
  } finally {
    await session.stop()
  }
}

function isExpected(code: unknown): boolean {
  return typeof code === 'string' && expected.has(code)
}

/** What readers find is the state before or a whole one after: never a new value without the old one beside it. */
async function expectWhole(session: AwsSession, before: object | undefined): Promise<void> {
  const whole = [
    before,
    { current: firstValue, previous: oldValue },
    { current: firstValue, previous: firstValue },
    { current: oldValue, previous: firstValue },
    { current: oldValue, previous: oldValue },
  ]
  expect(whole).toContainEqual(await session.readersView?.(name))
}

/** Every version is still there, and no more than the two values ever were. */
async function expectNothingLost(session: AwsSession): Promise<void> {
  const versions = Object.keys(await stagesOf(session, name))
  const stored = session.server.service.secret(session.prefix + name)!.versions
  expect(versions.length).toBe(stored.size)
  const values = new Set([...stored.values()].map(({ string }) => string))
  expect([...values].every(value => [oldValue, firstValue, secondValue].includes(value!))).toBe(true)
  expect(values.has(oldValue)).toBe(true)
  expect(values.size).toBe(2)
}

/** The field never had more than the two values, and nobody else's byte was changed. */
async function expectFieldsKept(session: AwsSession): Promise<void> {
  await expectUntouched(session)
  const texts = [...session.server.service.secret(shared)!.versions.values()].map(one => one.string ?? '{}')
  const fields = texts.map(text => (JSON.parse(text) as Record<string, string>)['key'])
  const values = new Set(fields.filter(value => value !== undefined))
  expect([...values].every(value => [oldValue, firstValue, secondValue].includes(value))).toBe(true)
  expect(values.has(oldValue)).toBe(true)
  expect(values.size).toBeLessThanOrEqual(2)
}

/** Every fault at every request of the story, each with the same runner and with another one afterwards. */
export async function playAll(story: Story, fault: Fault, where: Where): Promise<void> {
  const count = await play(story, 0, undefined, 'other', where)
  expect(count).toBeGreaterThan(4)
  for (let at = 1; at <= count; at += 1) {
    // After a silence the same runner would wait out its short deadline again.
    for (const who of fault.do === 'silence' ? (['other'] as const) : (['same', 'other'] as const))
      await play(story, at, fault, who, where)
  }
}
