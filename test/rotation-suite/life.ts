import { describe, expect, it } from 'vitest'
import { ahead, entriesOf, type JsonResult, type Place, type Runner, suiteName } from './place.ts'

const hour = 3_600_000
/** Past the grace of an hour. */
const later = ahead(2 * hour)
const past = 2 * hour
const limit = { timeout: 120_000 }

/** `[exit code, error code]` of a refusal. */
export function refusal({ code, report }: JsonResult): readonly [number, string | undefined] {
  return [code, report.error?.code]
}

/** After a retirement: nobody finds the old value, and the store says so in the way that its status names. */
export async function expectRetired(
  place: Place,
  runner: Runner,
  name: string,
  { current, old, offset }: { readonly current: string; readonly old: string; readonly offset: number },
): Promise<void> {
  const view = await place.view(name)
  expect(view.current).toBe(current)
  expect(view.previous).not.toBe(old)
  const { state, previous, deadline } = await runner.statusOf(name, offset)
  expect([state, deadline]).toEqual(['steady', undefined])
  expect(['none', 'mirrored', 'disabled', 'destroyed']).toContain(previous)
  expect(view.previous).toBe(previous === 'mirrored' ? current : undefined)
}

/** Set, then rotated with a grace of an hour; the values as readers find them. */
async function rotated(
  place: Place,
  runner: Runner,
  name: string,
): Promise<{ readonly old: string; readonly current: string }> {
  const old = `old-value-of-${name}`
  await runner.set(name, old)
  const { code, report } = await runner.json(['rotate', name, '--yes'])
  expect([code, report.error]).toEqual([0, undefined])
  const view = await place.view(name)
  expect(view.previous).toBe(old)
  expect(view.current).toMatch(/^[0-9a-f]{64}$/)
  return { old, current: view.current ?? '' }
}

/** The life of one secret, step by step, and the ways back. */
export function lifeTests(place: () => Place): void {
  describe('the life of a rotation', () => {
    it(
      'new current, old accepted until the deadline, then retired; the status at each step',
      limit,
      async () => {
        const name = suiteName(0)
        const runner = await place().runner()
        await runner.set(name, 'the-very-first-value')
        expect(await place().view(name)).toEqual({ current: 'the-very-first-value' })
        expect(await runner.statusOf(name)).toMatchObject({
          ...{ name, environment: 'production', state: 'steady', previous: 'none' },
          current: { version: expect.any(String) as string },
        })
        const before = await runner.statusOf(name)

        const { code, report } = await runner.json(['rotate', name, '--yes'])
        expect(code).toBe(0)
        const [entry] = entriesOf(report, 'rotations')
        expect(entry).toMatchObject({ name, action: 'rotate', state: 'grace', previous: 'accepted' })
        expect(entry?.current?.version).not.toBe(before.current?.version)
        expect(report.data).toMatchObject({ skipped: [], failed: [] })
        const grace = Date.parse(entry?.deadline ?? '') - Date.now()
        expect(Math.abs(grace - hour)).toBeLessThan(60_000)

        const view = await place().view(name)
        expect(view).toEqual({
          current: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          previous: 'the-very-first-value',
        })
        const { action: _, ...status } = entry!
        expect(await runner.statusOf(name)).toMatchObject(status)

        expect(refusal(await runner.json(['rotate', name, '--yes']))).toEqual([1, 'rotation.grace_open'])
        expect(refusal(await runner.json(['retire', name]))).toEqual([1, 'rotation.too_early'])
        expect(await place().view(name)).toEqual(view)
        expect((await runner.json(['status', '--due'])).code).toBe(0)

        expect((await runner.statusOf(name, past)).state).toBe('overdue')
        expect((await runner.json(['status', '--due'], later)).code).toBe(1)
        const retired = await runner.json(['retire', name], later)
        expect(retired.code).toBe(0)
        expect(entriesOf(retired.report, 'rotations')).toMatchObject([
          { name, action: 'retire', state: 'steady' },
        ])
        const values = { current: view.current!, old: 'the-very-first-value', offset: past }
        await expectRetired(place(), runner, name, values)
        expect((await runner.json(['status', '--due'], later)).code).toBe(0)
        expect(refusal(await runner.json(['retire', name], later))).toEqual([1, 'rotation.nothing_to_retire'])
      },
    )

    it('a second rotation, begun by another runner, follows the first', limit, async () => {
      const name = suiteName(1)
      const [first, second] = [await place().runner(), await place().runner()]
      const { current } = await rotated(place(), first, name)
      expect((await second.json(['rotate', '--due'], later)).code).toBe(0)
      await expectRetired(place(), second, name, { current, old: `old-value-of-${name}`, offset: past })
      expect((await second.json(['rotate', name, '--yes'], later)).code).toBe(0)
      const view = await place().view(name)
      expect(view.previous).toBe(current)
      expect(view.current).not.toBe(current)
    })

    it('rollback: the old value is current again, the new one is gone', limit, async () => {
      const name = suiteName(2)
      const runner = await place().runner()
      const { old, current } = await rotated(place(), runner, name)
      const { code, report } = await runner.json(['rollback', name])
      expect(code).toBe(0)
      expect(entriesOf(report, 'rotations')).toMatchObject([{ name, action: 'rollback', state: 'steady' }])
      await expectRetired(place(), runner, name, { current: old, old: current, offset: 0 })
      expect(refusal(await runner.json(['rollback', name]))).toEqual([1, 'rotation.nothing_to_roll_back'])
      expect((await runner.json(['rotate', name, '--yes'])).code).toBe(0)
      const view = await place().view(name)
      expect(view.previous).toBe(old)
      expect(view.current).not.toBe(current)
    })

    it('rollback --keep-new: the new value stays accepted until its deadline', limit, async () => {
      const name = suiteName(3)
      const runner = await place().runner()
      const { old, current } = await rotated(place(), runner, name)
      expect((await runner.json(['rollback', name, '--keep-new', '--grace', '1h'])).code).toBe(0)
      expect(await place().view(name)).toEqual({ current: old, previous: current })
      expect((await runner.statusOf(name)).state).toBe('grace')
      expect((await runner.json(['retire', name], later)).code).toBe(0)
      await expectRetired(place(), runner, name, { current: old, old: current, offset: past })
    })

    it('a dry run changes nothing; nothing is open that could be aborted or retired', limit, async () => {
      const name = suiteName(4)
      const runner = await place().runner()
      await runner.set(name, 'untouched')
      const { code, report } = await runner.json(['rotate', name, '--dry-run'])
      expect([code, report.data?.['dryRun']]).toEqual([0, true])
      expect(refusal(await runner.json(['rotate', name, '--abort']))).toEqual([1, 'rotation.nothing_staged'])
      expect(refusal(await runner.json(['retire', name]))).toEqual([1, 'rotation.nothing_to_retire'])
      expect(refusal(await runner.json(['rollback', name]))).toEqual([1, 'rotation.nothing_to_roll_back'])
      expect(await place().view(name)).toEqual({ current: 'untouched' })
    })

    it('two runners at once: one new value, the old one kept', limit, async () => {
      for (let round = 0; round < 5; round += 1) {
        const name = suiteName(5 + round)
        const runners = [await place().runner(), await place().runner()]
        await runners[0]!.set(name, 'before-the-race')
        const results = await Promise.all(runners.map(runner => runner.json(['rotate', name, '--yes'])))
        const view = await place().view(name)
        expect(view.previous).toBe('before-the-race')
        const status = await runners[0]!.statusOf(name)
        expect(status.state).toBe('grace')
        expectOneWinner(results, status.current?.version)
      }
    })
  })
}

/** Whoever says "rotated" names the version that is current; whoever does not, refuses because another did. */
export function expectOneWinner(results: readonly JsonResult[], current: string | undefined): void {
  const done = results.filter(({ code }) => code === 0)
  expect(done.length).toBeGreaterThan(0)
  for (const { report } of done) {
    expect(entriesOf(report, 'rotations').map(({ current: one }) => one?.version)).toEqual([current])
  }
  for (const one of results.filter(({ code }) => code !== 0)) {
    expect(refusal(one)[0], JSON.stringify(one.report.error)).toBe(1)
    expect(['rotation.grace_open', 'rotation.busy']).toContain(refusal(one)[1])
  }
}
