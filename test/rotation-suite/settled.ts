import { expect } from 'vitest'
import { refusal } from './life.ts'
import { ahead, entriesOf, type Place, type Runner } from './place.ts'

interface Harmed {
  readonly name: string
  readonly old: string
  /** Of the clock of the run that was harmed, and of those that come after it. */
  readonly offset?: number
  readonly where: string
}

/** States in which a stopped rotation may leave a secret. */
const states = ['steady', 'staged', 'committing', 'grace']

/** Straight after a fault: readers find the old value, or the new one with the old beside it; the status names it. */
export async function expectWhole(
  place: Place,
  runner: Runner,
  { name, old, offset = 0, where }: Harmed,
): Promise<void> {
  const view = await place.view(name)
  if (view.current !== old) expect(view.previous, where).toBe(old)
  const { state } = await runner.statusOf(name, offset)
  expect(states, where).toContain(state)
  if (view.current !== old) expect(['committing', 'grace'], where).toContain(state)
}

/**
 * The same command again ends in a grace period with one new value; what was staged or live is the value that stays.
 * After its deadline it is retired like any other.
 */
export async function expectSettled(
  place: Place,
  runner: Runner,
  { name, old, offset = 0, where }: Harmed,
): Promise<void> {
  const before = await place.view(name)
  const { state } = await runner.statusOf(name, offset)
  const again = await runner.json(['rotate', name, '--yes'], ahead(offset))
  if (state === 'grace') expect(refusal(again), where).toEqual([1, 'rotation.grace_open'])
  else expect([again.code, again.report.error], where).toEqual([0, undefined])
  const action = entriesOf(again.report, 'rotations')[0]?.action
  if (state === 'staged' || state === 'committing') expect(action, where).toBe('resume')

  const view = await place.view(name)
  expect(view.previous, where).toBe(old)
  expect(view.current, where).not.toBe(old)
  if (before.current !== old) expect(view.current, where).toBe(before.current)
  expect((await runner.statusOf(name, offset)).state, where).toBe('grace')
  expect((await runner.json(['retire', name], ahead(offset + 7_200_000))).code, where).toBe(0)
  expect((await place.view(name)).previous, where).not.toBe(old)
}
