import { describe, expect, it } from 'vitest'
import type { ReadersView } from '../contract/harness.ts'
import { expectOneWinner, refusal } from './life.ts'
import { ahead, type Place, type Runner, suiteName } from './place.ts'

export interface CycleSize {
  readonly runners: number
  readonly cycles: number
}

/**
 * All runners rotate at once, then all retire at once, again and again. Between the two the store is looked at, so
 * that every value of the chain is accounted for: one new value for each base, and none lost. All the while an
 * application reads.
 */
export function cycleTests(place: () => Place, { runners: count, cycles }: CycleSize): void {
  describe('many runners', () => {
    const title = `${String(count)} runners, ${String(cycles)} cycles of rotate and retire`
    it(title, { timeout: 60_000 + count * cycles * 5_000 }, async () => {
      const name = suiteName(30)
      const runners = await Promise.all(Array.from({ length: count }, () => place().runner()))
      await runners[0]!.set(name, 'value-number-0')
      const chain = ['value-number-0']
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        const base = chain.at(-1)!
        // The clocks of the runs go forward, or each would stand before the rotation of the cycle before.
        const now = ahead(cycle * 4_000_000)
        const rotations = await watched(place(), name, [base, undefined], async () =>
          Promise.all(runners.map(runner => runner.json(['rotate', name, '--yes'], now))),
        )
        const view = await place().view(name)
        expect(view.previous).toBe(base)
        expect(chain).not.toContain(view.current)
        chain.push(view.current!)
        expectOneWinner(rotations, (await runners[0]!.statusOf(name, cycle * 4_000_000)).current?.version)
        await retireAll(place(), runners, { name, offset: (cycle + 1) * 4_000_000, view })
      }
      expect(new Set(chain).size).toBe(cycles + 1)
    })
  })
}

async function retireAll(
  place: Place,
  runners: readonly Runner[],
  { name, offset, view }: { readonly name: string; readonly offset: number; readonly view: ReadersView },
): Promise<void> {
  const results = await watched(place, name, [view.previous, view.current], async () =>
    Promise.all(runners.map(runner => runner.json(['retire', name], ahead(offset)))),
  )
  expect(results.some(({ code }) => code === 0)).toBe(true)
  for (const one of results.filter(({ code }) => code !== 0)) {
    expect(['rotation.nothing_to_retire', 'rotation.busy']).toContain(refusal(one)[1])
  }
  const after = await place.view(name)
  expect(after.current).toBe(view.current)
  expect([undefined, view.current]).toContain(after.previous)
}

/**
 * Reads as an application does while `work` goes on: it finds the base, or one new value with the base beside it;
 * never a second new value. `known`: the new value where it is already there.
 */
async function watched<T>(
  place: Place,
  name: string,
  [base, known]: readonly [string | undefined, string | undefined],
  work: () => Promise<T>,
): Promise<T> {
  let isOver = false
  const seen = new Set(known === undefined ? [] : [known])
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const { current, previous } = await place.view(name)
      if (known === undefined) {
        if (current !== base) {
          expect(previous).toBe(base)
          seen.add(current!)
        }
      } else expect(current).toBe(known)
      expect(seen.size).toBeLessThan(2)
      // The readers share the machine with the runners.
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const watching = watch()
  // Looked at below: until then it is not unhandled.
  watching.catch(() => undefined)
  try {
    return await work()
  } finally {
    isOver = true
    await watching
  }
}
