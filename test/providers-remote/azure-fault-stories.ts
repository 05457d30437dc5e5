import { expect } from 'vitest'
import type { Timers } from '../../src/context.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Goal } from '../../src/core/rotation/plan.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import { expectNoValue, hour, never, noon, put } from '../contract/harness.ts'
import { mark } from '../contract/rotation/scene.ts'
import { type AzureSession, startAzure } from '../providers/azure.harness.ts'
import { expectUntouched, shared, startFields } from '../providers/azure-fields.ts'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.ts'
import { grace, name, runEngine } from './engine-run.ts'

const oldValue = 'old-value-0123456789abcdef'
const firstValue = 'new-value-of-the-first-run'
const secondValue = 'new-value-of-the-second-run'

/** What an operator does, from which state, and what is true in the end, whatever happened on the way. */
export interface Story {
  readonly goal: Goal
  readonly at: number
  prepare(provider: Provider): Promise<void>
  expectEnd(session: AzureSession, provider: Provider): Promise<void>
}

const wordOf = async (provider: Provider): Promise<string> =>
  stateOf(await provider.rotation!.observe(name, never)).word

export const stories: Readonly<Record<string, Story>> = {
  rotate: {
    goal: { do: 'rotate' },
    at: noon,
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
  'rollback that keeps the new value accepted': {
    goal: { do: 'rollback', keepNew: true },
    at: noon + hour,
    async prepare(provider) {
      await runEngine(provider, { do: 'rotate' }, noon, firstValue)
    },
    async expectEnd(session, provider) {
      expect(await session.readersView?.(name)).toEqual({ current: oldValue, previous: firstValue })
      expect(await wordOf(provider)).toBe('grace')
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

export const faults: Readonly<Record<string, Fault>> = {
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
  'a service that is busy': {
    do: 'answer',
    when: 'before',
    status: 503,
    headers: { 'Retry-After': '1e9' },
    body: '{}',
  },
  'a gateway that gives up': { do: 'answer', when: 'after', status: 504, body: '<html>' },
  'an error inside': { do: 'answer', when: 'after', status: 500, body: '{"error":{"code":"InternalError"}}' },
  'a page instead': {
    do: 'answer',
    when: 'after',
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<html>sign in</html>',
  },
  'JSON of somebody else, no effect': { do: 'answer', when: 'before', status: 200, body: '{"ok":true}' },
  'no content, no effect': { do: 'answer', when: 'before', status: 204 },
  'an absence that is not the vault’s': { do: 'answer', when: 'before', status: 404, body: '{}' },
  'parallel work': {
    do: 'answer',
    when: 'before',
    status: 409,
    body: '{"error":{"code":"Conflict","message":"x"}}',
  },
  'a redirect': { do: 'answer', when: 'before', status: 307, headers: { Location: 'https://127.0.0.1:1/' } },
  'a late effect': { do: 'hold' },
}

/**
 * What the vault is left in differs only between these; with the others another way to say "not done" or "done, but
 * not heard" is read, which the longest story shows. SECRETS_ALL_FAULTS=1 plays the whole product.
 */
const leaving = ['dropped before', 'dropped after the effect', 'sent twice on the way', 'a late effect']

export const isPlayed = (story: string, fault: string): boolean =>
  process.env['SECRETS_ALL_FAULTS'] === '1' || story === 'rotate' || leaving.includes(fault)

const expected = new Set([
  'provider.unavailable',
  'provider.limited',
  'provider.invalid_reply',
  // The effect took place, and what follows finds the goal reached or the base moved.
  'provider.conflict',
])

/** Pauses a tenth as long: the vault of the tests shows a write to everybody at once. */
const quickTimers: Timers = {
  now: () => systemTimers.now(),
  after: (milliseconds, work) => systemTimers.after(milliseconds / 10, work),
}

/** Where the secret stands: a secret of its own, or a field of a JSON value beside the fields of others. */
export type Where = 'whole' | 'field'

/** One fault at one request of the story, then the story once more on a good connection; how many requests the first took. */
async function play(story: Story, at: number, fault: Fault | undefined, where: Where): Promise<number> {
  const session = await (where === 'whole' ? startAzure({ lag: 0 }) : startFields({ lag: 0 }))
  const proxy = await startFaultProxy({ ...session.vault.certificate, port: session.vault.port }, number =>
    number === at ? fault : undefined,
  )
  try {
    const direct = await session.connectWith({ timers: quickTimers })
    await put(direct, name, oldValue)
    await story.prepare(direct)
    const before = await session.readersView?.(name)
    const broken = await session.connectWith({
      settings: { vault: proxy.address, timeout: '400ms' },
      timers: quickTimers,
    })
    const failure: unknown = await runEngine(broken, story.goal, story.at, firstValue).then(
      () => undefined,
      (error: unknown) => error,
    )
    expectNoValue(failure, [oldValue, firstValue, session.env['AZURE_CLIENT_SECRET']!])
    if (failure !== undefined) expect(isSecretsError(failure) ? failure.code : failure).toSatisfy(isExpected)
    await expectWhole(session, before)
    // No failure means that the goal was reached: nothing in between may make us believe a write.
    if (failure === undefined) await story.expectEnd(session, direct)
    // As the next run: it goes on, or finds that nothing is left to do. A rollback that was done would swap again.
    const isBack = story.goal.do === 'rollback' && (await session.readersView?.(name))?.current === oldValue
    await runEngine(direct, isBack ? { do: 'settle' } : story.goal, story.at)
    await story.expectEnd(session, direct)
    await proxy.release()
    await story.expectEnd(session, direct)
    await (where === 'whole' ? expectNothingLost(session) : expectFieldsKept(session))
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

/** What readers find is a state before, between or after: never a new value without the old one beside it. */
async function expectWhole(session: AzureSession, before: object | undefined): Promise<void> {
  const view = await session.readersView?.(name)
  const whole = [
    before,
    { current: oldValue, previous: oldValue },
    { current: firstValue, previous: oldValue },
    { current: firstValue, previous: firstValue },
    { current: oldValue, previous: firstValue },
  ]
  expect(whole).toContainEqual(view)
}

/** The old value can be read as a version, unless its retirement disabled that: then it is still there, disabled. */
async function expectNothingLost({ plain }: AzureSession): Promise<void> {
  const found: (string | undefined)[] = []
  for await (const { version, enabled } of plain.listPropertiesOfSecretVersions(name)) {
    if (enabled === true) found.push((await plain.getSecret(name, { version: version! })).value)
    else found.push(oldValue)
  }
  expect(found).toContain(oldValue)
}

/** The field never had more than the two values, and nobody else's byte was changed. */
async function expectFieldsKept(session: AzureSession): Promise<void> {
  await expectUntouched(session)
  const values = new Set<string>()
  for await (const { version } of session.plain.listPropertiesOfSecretVersions(shared)) {
    const { value = '{}' } = await session.plain.getSecret(shared, { version: version! })
    const found = (JSON.parse(value) as Record<string, string>)['key']
    if (found !== undefined) values.add(found)
  }
  expect([...values].every(value => [oldValue, firstValue, secondValue].includes(value))).toBe(true)
  expect(values.has(oldValue)).toBe(true)
  expect(values.size).toBeLessThanOrEqual(2)
}

/** The fault at every request of the story. */
export async function playAll(story: Story, fault: Fault, where: Where): Promise<void> {
  const count = await play(story, 0, undefined, where)
  expect(count).toBeGreaterThan(3)
  await inParallel(
    Array.from({ length: count }, (_unused, index) => () => play(story, index + 1, fault, where)),
  )
}

/** Most of their time is waiting. */
async function inParallel(works: (() => Promise<unknown>)[]): Promise<void> {
  const rest = [...works]
  const worker = async (): Promise<void> => {
    for (let work = rest.shift(); work !== undefined; work = rest.shift()) await work()
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}
