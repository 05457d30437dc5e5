import { expect, it } from 'vitest'
import { findCycles, referencedNames } from '../../src/core/references.ts'

const cyclesOf = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(findCycles(Object.entries(values).map(([name, value]) => ({ name, value }))))

it('reads the names that a value is made of, and no signs that mean themselves', () => {
  expect(referencedNames('${A}-$B:${C:-x}/${A}')).toEqual(['A', 'B', 'C'])
  expect(referencedNames('\\$A $$B $1 ${} pa$')).toEqual([])
})

it.each([
  [
    { A: '${B}', B: '${A}' },
    { A: 'ABA', B: 'BAB' },
  ],
  [
    { A: '$B', B: '$C', C: '$A', D: '$A' },
    { A: 'ABCA', B: 'BCAB', C: 'CABC' },
  ],
  // Two ways round through one name.
  [
    { A: '$B$D', B: '$C', C: '$A', D: '$C' },
    { A: 'ABCA', B: 'BCAB', C: 'CABC', D: 'DCAD' },
  ],
  [{ A: '$A', B: '$A$X', C: '' }, {}],
  [{ A: '$B', B: '$C', C: '1' }, {}],
  [
    { A: '$B', B: '$A', C: '$D', D: '$C', E: '$A$C' },
    { A: 'ABA', B: 'BAB', C: 'CDC', D: 'DCD' },
  ],
])('finds what is made of itself in %j', (values, expected) => {
  const ways = Object.entries<string>(expected).map(([name, way]) => [name, Array.from(way)] as const)
  expect(cyclesOf(values)).toEqual(Object.fromEntries(ways))
})

it('follows long chains', () => {
  const names = Array.from({ length: 20_000 }, (_, at) => `N${String(at)}`)
  const chain = names.map((name, at) => ({ name, value: `\${N${String(at + 1)}}` }))
  expect(findCycles(chain).size).toBe(0)
  expect(findCycles([...chain, { name: 'N20000', value: '$N19999' }]).size).toBe(2)
})
