import { describe, expect, it } from 'vitest'
import { some } from '../support/thorough.ts'
import { ahead, entriesOf, type Place, type Runner, type RunOptions, signedName } from './place.ts'
import { expectRetired, refusal } from './life.ts'

const minute = 60_000
const limit = { timeout: 120_000 }

/** What a program gets under `run`: the current, the announced and the previous value. */
async function seen(
  runner: Runner,
  name: string,
  options: RunOptions = {},
): Promise<readonly (string | null)[]> {
  const shown = [name, `${name}_NEXT`, `${name}_OLD`].map(one => `process.env.${one} ?? null`).join(', ')
  const script = `console.log(JSON.stringify([${shown}]))`
  const words = ['run', '--no-redact', '--only', name, '--', process.execPath, '-e', script]
  const { code, stdout, stderr } = await runner.run(words, options)
  expect([code, stderr]).toEqual([0, expect.any(String)])
  return JSON.parse(stdout) as (string | null)[]
}

/** The life of a value that a fleet signs with: accepted by all before it is current, and after. */
export function signingTests(place: () => Place): void {
  describe('the kind signing', () => {
    it(
      'announced by one of two, current by the other, retired; readers find what they need',
      limit,
      async () => {
        const name = signedName(0)
        const [first, second] = [await place().runner(), await place().runner()]
        await first.set(name, 'signed-with-the-first-value')
        const results = await Promise.all([first, second].map(one => one.json(['rotate', name, '--yes'])))
        for (const one of results.filter(({ code }) => code !== 0))
          expect(refusal(one)).toEqual([1, 'rotation.announced'])
        expect(results.map(({ code }) => code)).toContain(0)

        const announced = await second.statusOf(name)
        expect(announced).toMatchObject({ state: 'announced', previous: 'none' })
        const wait = Date.parse(announced.deadline ?? '') - Date.now()
        expect(Math.abs(wait - 10 * minute)).toBeLessThan(minute)
        expect((await place().view(name)).current).toBe('signed-with-the-first-value')
        const [current, next, old] = await seen(second, name)
        expect([current, old]).toEqual(['signed-with-the-first-value', null])
        expect(next).toMatch(/^[0-9a-f]{64}$/)

        expect(
          entriesOf((await second.json(['rotate', '--due'], ahead(8 * minute))).report, 'rotations'),
        ).toEqual([])
        const due = await second.json(['rotate', '--due'], ahead(11 * minute))
        expect(entriesOf(due.report, 'rotations')).toMatchObject([{ name, state: 'grace' }])
        expect(await place().view(name)).toEqual({ current: next, previous: current })
        expect(await seen(first, name, ahead(12 * minute))).toEqual([next, null, current])
        const offset = 75 * minute
        // By name: --due answers for what other tests have left in the store as well.
        expect((await first.json(['retire', name], ahead(offset))).code).toBe(0)
        await expectRetired(place(), first, name, { current: next!, old: current!, offset })
      },
    )

    // The contract suite gives a value up on every store.
    const once = some(
      ['given up while it is announced: nobody finds it any more, and the next one is another'],
      2,
      1,
    )
    it.each(once)('%s', limit, async () => {
      const name = signedName(1)
      const runner = await place().runner()
      await runner.set(name, 'signed-with-the-first-value')
      expect((await runner.json(['rotate', name, '--yes'])).code).toBe(0)
      const [, given] = await seen(runner, name)
      expect((await runner.json(['rotate', name, '--abort'])).code).toBe(0)
      expect(await seen(runner, name)).toEqual(['signed-with-the-first-value', null, null])
      expect((await runner.json(['rotate', name, '--yes'])).code).toBe(0)
      const [, next] = await seen(runner, name)
      expect([given, null]).not.toContain(next)
      const urgent = await runner.json(['rotate', name, '--emergency', '--yes'])
      expect([urgent.code, urgent.report.error]).toEqual([0, undefined])
      expect((await place().view(name)).current).toBe(next)
      expect(await runner.statusOf(name)).toMatchObject({ state: 'steady' })
    })
  })
}
