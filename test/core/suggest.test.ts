import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, suggest } from '../../src/core/suggest.ts'

describe('suggest', () => {
  const words = ['generate', 'validate', 'rotate', 'rollback', 'retire', 'status', 'set', 'get', 'list']
  it.each([
    ['genrate', 'generate'],
    ['rotaet', 'rotate'],
    ['statsu', 'status'],
    ['ROTATE', 'rotate'],
    ['valdate', 'validate'],
    ['gte', 'get'],
    ['rollbak', 'rollback'],
  ])('%s → %s', (word, meant) => {
    expect(suggest(word, words)).toBe(meant)
  })

  it.each(['', 'deploy', 'x', 'on', 'completely-different', 'r'.repeat(100)])('%s → nothing', word => {
    expect(suggest(word, words)).toBeUndefined()
  })

  it('takes the first of equally near ones', () => {
    expect(suggest('cat', ['car', 'bat'])).toBe('car')
  })
})

describe('editDistance', () => {
  it('is symmetric, zero for equal words, and capped', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') })
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 8 }), (a, b, bound) => {
        const distance = editDistance(a, b, bound)
        expect(distance).toBe(editDistance(b, a, bound))
        expect(distance).toBe(Math.min(referenceDistance(a, b), bound + 1))
      }),
    )
  })
})

/** The definition, without bound or rows. */
function referenceDistance(a: string, b: string): number {
  const table: number[][] = Array.from({ length: a.length + 1 }, (_, row) =>
    Array.from({ length: b.length + 1 }, (__, column) => (row === 0 ? column : column === 0 ? row : 0)),
  )
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      let best = Math.min(
        table[row - 1]![column]! + 1,
        table[row]![column - 1]! + 1,
        table[row - 1]![column - 1]! + cost,
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, table[row - 2]![column - 2]! + 1)
      }
      table[row]![column] = best
    }
  }
  return table[a.length]![b.length]!
}
