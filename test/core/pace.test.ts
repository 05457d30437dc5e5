import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeTurn } from '../../src/core/pace.ts'

describe('takeTurn', () => {
  it('property: starts are far enough apart, and nobody waits who need not', () => {
    const arrivals = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 60 })
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 1000 }), (gaps, perSecond) => {
        let [now, earliest] = [0, Number.NEGATIVE_INFINITY]
        const starts: number[] = []
        for (const gap of gaps) {
          now += gap
          const turn = takeTurn(earliest, now, perSecond)
          expect(turn.wait).toBe(Math.max(0, earliest - now))
          starts.push(now + turn.wait)
          earliest = turn.next
        }
        for (const [index, start] of starts.entries()) {
          const before = starts[index - 1]
          if (before !== undefined) expect(start - before).toBeGreaterThanOrEqual(1000 / perSecond - 1e-6)
        }
      }),
    )
  })
})
