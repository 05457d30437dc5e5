import { afterAll, describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Goal } from '../../src/core/rotation/plan.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { expectNoValue, hour, never, noon, put } from '../contract/harness.ts'
import { mark } from '../contract/rotation/scene.ts'
import { type GcpSession, harness, startGcp } from '../providers/gcp.harness.ts'
import { type Fault, type FaultProxy, startFaultProxy } from '../servers/fault-proxy.ts'
import { grace, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'
const earlierValue = 'value-of-an-earlier-rotation'
const firstValue = 'new-value-of-the-first-run'
const secondValue = 'new-value-of-the-second-run'

/** What an operator does, from which state, and what is true in the end, whatever happened on the way. */
interface Story {
  readonly goal: Goal
  readonly at: number
  prepare(provider: Provider, name: string): Promise<unknown>
  readonly ends: readonly object[]
  readonly word: string
}

const stories: Readonly<Record<string, Story>> = {
  rotate: {
    goal: { do: 'rotate' },
    at: noon,
    prepare: () => Promise.resolve(),
    ends: [
      { current: firstValue, previous: oldValue },
      { current: secondValue, previous: oldValue },
    ],
    word: 'grace',
  },
  'rotate once more': {
    goal: { do: 'rotate' },
    at: noon + 2 * grace,
    async prepare(provider, name) {
      await runEngine(provider, { do: 'rotate' }, noon, earlierValue, name)
      await runEngine(provider, { do: 'retire' }, noon + grace + hour, undefined, name)
    },
    ends: [
      { current: firstValue, previous: earlierValue },
      { current: secondValue, previous: earlierValue },
    ],
    word: 'grace',
  },
  retire: {
    goal: { do: 'retire' },
    at: noon + grace + hour,
    prepare: (provider, name) => runEngine(provider, { do: 'rotate' }, noon, firstValue, name),
    ends: [{ current: firstValue, previous: firstValue }],
    word: 'steady',
  },
  rollback: {
    goal: { do: 'rollback', keepNew: false },
    at: noon + hour,
    prepare: (provider, name) => runEngine(provider, { do: 'rotate' }, noon, firstValue, name),
    ends: [{ current: oldValue, previous: oldValue }],
    word: 'steady',
  },
  abort: {
    goal: { do: 'abort' },
    at: noon,
    async prepare(provider, name) {
      const { current } = await provider.rotation!.observe(name, never)
      await provider.rotation!.stage(name, current!.version, new Secret(firstValue), mark, never)
    },
    ends: [{ current: oldValue }],
    word: 'steady',
  },
}

const json = (code: number, status: string): string =>
  JSON.stringify({ error: { code, message: 'x', status } })
const faults: Readonly<Record<string, Fault>> = {
  'dropped before': { do: 'drop', when: 'before' },
  'dropped after the effect': { do: 'drop', when: 'after' },
  'a truncated answer': { do: 'truncate' },
  'sent twice on the way': { do: 'duplicate' },
  'out of quota, soon': {
    do: 'answer',
    when: 'before',
    status: 429,
    headers: { 'Retry-After': 'soon' },
    body: json(429, 'RESOURCE_EXHAUSTED'),
  },
  'unavailable for ages': {
    do: 'answer',
    when: 'before',
    status: 503,
    headers: { 'Retry-After': '1e9' },
    body: json(503, 'UNAVAILABLE'),
  },
  'an internal error after the effect': {
    do: 'answer',
    when: 'after',
    status: 500,
    body: json(500, 'INTERNAL'),
  },
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
  'not found, by somebody else': { do: 'answer', when: 'before', status: 404, body: '{"errors":[]}' },
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

/** One store with a good and a bad way to it; each play takes a secret of its own. */
interface Stage {
  readonly session: GcpSession
  readonly direct: Provider
  readonly broken: Provider
  readonly proxy: FaultProxy
  /** The fault at that request from now on. */
  arm(at: number, fault: Fault): void
}

async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const session = await startGcp()
  let armed: { readonly at: number; readonly fault: Fault } | undefined
  const proxy = await startFaultProxy(session.server, number =>
    number === armed?.at ? armed.fault : undefined,
  )
  const direct = await session.connect()
  const broken = await session.connectWith({ settings: { endpoint: proxy.address } })
  try {
    const arm = (at: number, fault: Fault): void => {
      armed = { at: proxy.count + at, fault }
    }
    await work({ session, direct, broken, proxy, arm })
  } finally {
    await Promise.all([direct.close(), broken.close()])
    await proxy.stop()
    await session.stop()
  }
}

/** Who goes on: the runner that was hit, another one, or both at once. */
const resumptions = ['other', 'same', 'both'] as const

/** One fault at one request of the story, then the story once more; how many requests the first took. */
async function play(
  stage: Stage,
  story: Story,
  at: number,
  fault: Fault,
  by: (typeof resumptions)[number],
): Promise<number> {
  const { session, direct, broken, proxy, arm } = stage
  const name = `KEY_${String(proxy.count)}`
  await put(direct, name, oldValue)
  await story.prepare(direct, name)
  const before = await session.readersView?.(name)
  const start = proxy.count
  arm(at, fault)
  const failure: unknown = await runEngine(broken, story.goal, story.at, firstValue, name).then(
    () => undefined,
    (error: unknown) => error,
  )
  const count = proxy.count - start
  expectNoValue(failure, [oldValue, firstValue])
  if (isSecretsError(failure)) expect([...expected]).toContain(failure.code)
  else expect(failure).toBeUndefined()
  // A new value never without the old one beside it.
  const whole = [before, ...story.ends, { current: oldValue, previous: oldValue }]
  expect(whole).toContainEqual(await session.readersView?.(name))
  // No failure means that the goal was reached: nothing in between may make us believe a write.
  if (failure === undefined) await expectEnd(stage, story, name)
  // As the next run: it goes on, or finds that nothing is left to do.
  const next = by === 'same' ? [broken] : by === 'other' ? [direct] : [broken, direct]
  const runs = next.map(one => runEngine(one, story.goal, story.at, secondValue, name))
  for (const result of await Promise.allSettled(runs)) {
    // Of two at once one may lose.
    const isLost =
      next.length > 1 && result.status === 'rejected' && isSecretsError(result.reason, 'provider.conflict')
    if (!isLost) expect(result.status).toBe('fulfilled')
  }
  await expectEnd(stage, story, name)
  // What the network held back may add the elected value once more, which readers cannot tell.
  await proxy.release()
  await expectEnd(stage, story, name)
  return count
}

async function expectEnd({ session, direct }: Stage, { ends, word }: Story, name: string): Promise<void> {
  // NAME_OLD is written before the rotation is: a value that was given up leaves the current one there.
  const given = ends.some(end => !('previous' in end)) ? [{ current: oldValue, previous: oldValue }] : []
  expect([...ends, ...given]).toContainEqual(await session.readersView?.(name))
  expect(stateOf(await direct.rotation!.observe(name, never)).word).toBe(word)
  expect(await direct.rotation!.pending(name, never)).toBeUndefined()
}

describe('gcp, behind a connection that fails', () => {
  for (const [storyName, story] of Object.entries(stories)) {
    describe(storyName, () => {
      it.each(Object.entries(faults))(
        '%s, at each request in turn: a typed error, nothing half-changed, and the next run settles it',
        async (_, fault) => {
          await onStage(async stage => {
            const count = await play(stage, story, 0, fault, 'other')
            expect(count).toBeGreaterThan(5)
            for (let at = 1; at <= count; at += 1) {
              await play(stage, story, at, fault, resumptions[at % 3]!)
            }
          })
        },
        300_000,
      )
    })
  }
})
