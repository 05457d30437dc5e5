import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  defaultReaders,
  encodeValue,
  plainValuePattern,
  readerIds,
  readValue,
  safeValuePattern,
  type Quote,
  type ReaderId,
} from '../../../src/core/env-file/index.ts'
import { isAvailable, realReaderIds, realReaders } from './real-readers.ts'
import { anyText, anyValue, nastyValues, plainValue } from './values.ts'
import { amount, some } from '../../support/thorough.ts'

const seven: readonly ReaderId[] = readerIds.filter(id => id !== 'sops')

const readerSets: readonly (readonly ReaderId[])[] = [
  defaultReaders,
  [...defaultReaders, 'bash'],
  seven,
  readerIds,
  ['node', 'bash', 'systemd'],
  ['docker', 'compose'],
  ...readerIds.map(id => [id]),
]

const quotes: readonly (Quote | undefined)[] = [undefined, 'none', 'single', 'double', 'backtick']

function sample(count: number): string[] {
  return [...nastyValues, ...fc.sample(anyValue, { seed: 7, numRuns: count }), ...fc.sample(plainValue, 50)]
}

function encoded(value: string, readers?: readonly ReaderId[], preferred?: Quote): string | undefined {
  const result = encodeValue(value, readers, preferred)
  return 'text' in result ? result.text : undefined
}

describe('encodeValue', () => {
  it('leaves plain values as they are, for every reader', () => {
    fc.assert(
      fc.property(plainValue, value => {
        expect(encodeValue(value, readerIds)).toEqual({ text: value, quote: 'none' })
      }),
      { numRuns: 1000 },
    )
    expect(safeValuePattern.test('aZ09-_')).toBe(true)
    for (const text of ['', 'a b', 'a=b', 'a\n', 'é']) expect(safeValuePattern.test(text)).toBe(false)
    for (const text of ['a b', 'a\n', 'a#', 'a$', 'a~']) expect(plainValuePattern.test(text)).toBe(false)
  })

  it('writes only what every model reads back', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyValue, fc.constantFrom(...nastyValues)),
        fc.subarray([...readerIds]),
        fc.constantFrom(...quotes),
        (value, readers, preferred) => {
          const text = encoded(value, readers, preferred)
          if (text === undefined) return
          for (const reader of readers) expect(readValue(reader, text)).toEqual({ kind: 'value', value })
        },
      ),
      { numRuns: amount(5000, 1000) },
    )
  })

  const cases: [value: string, readers: readonly ReaderId[], text: string | undefined][] = [
    ['a b', defaultReaders, "'a b'"],
    ["it's", defaultReaders, `"it's"`],
    ['a\nb', defaultReaders, "'a\nb'"],
    ['pa$$word', defaultReaders, "'pa$$word'"],
    ['$A', [...defaultReaders, 'bash'], "'$A'"],
    ['a#b', defaultReaders, "'a#b'"],
    ['a b', seven, undefined],
    ['a b', ['docker'], 'a b'],
    ['a b', ['docker', 'dotenv'], 'a b'],
    ['${A}', ['python-dotenv'], undefined],
    ['${A}', ['dotenv', 'node', 'compose'], "'${A}'"],
    ['C:\\new', defaultReaders, "'C:\\new'"],
    ['a\\', defaultReaders, 'a\\'],
    ['#\'"`', defaultReaders, undefined],
    ['a\nb', ['sops'], 'a\\nb'],
    ['a\nb', ['docker'], undefined],
    [`' " \``, ['bash'], `"' \\" \\\`"`],
    ['a\rb', ['dotenv'], '"a\\rb"'],
  ]

  it.each(cases)('writes %j for %j as %j', (value, readers, text) => {
    expect(encoded(value, readers)).toBe(text)
  })

  it('prefers the quotes that are there', () => {
    expect(encoded('abc', defaultReaders, 'double')).toBe('"abc"')
    expect(encoded('', defaultReaders, 'single')).toBe("''")
    expect(encoded('a\nb', defaultReaders, 'double')).toBe('"a\\nb"')
    expect(encoded('a"b', defaultReaders, 'double')).toBe(`'a"b'`)
    expect(encoded('abc', seven, 'double')).toBe('abc')
  })

  it('names the readers that stand in the way, and nothing of the value', () => {
    const result = encodeValue('hunter two', seven)
    expect(result).toMatchObject({ refusedBy: expect.arrayContaining(['docker']) as unknown })
    expect(JSON.stringify(result)).not.toContain('hunter')
    expect(encodeValue('${A}', defaultReaders)).toMatchObject({ refusedBy: ['python-dotenv'] })
    expect(encodeValue('a\0', ['bash'])).toMatchObject({ refusedBy: ['bash'] })
    expect(encodeValue('\ud800', ['bash'])).toMatchObject({ refusedBy: ['bash'] })
  })

  it('takes values of some MB', () => {
    const value = 'x y\n'.repeat(amount(2_500_000, 500_000))
    expect(encodeValue(value)).toMatchObject({ quote: 'single' })
    expect(encodeValue('x'.repeat(amount(10_000_000, 2_000_000)), readerIds)).toMatchObject({
      refusedBy: ['docker'],
    })
  })
})

describe.each(realReaderIds)('%s itself', id => {
  const read = realReaders[id]

  describe.skipIf(!isAvailable(id))(`(needs ${id} on this machine)`, () => {
    it('reads back what was written for it', () => {
      for (const readers of some(
        readerSets.filter(set => set.includes(id)),
        3,
      )) {
        for (const preferred of some(quotes, 2)) {
          const values = sample(amount(400, 100)).filter(
            value => encoded(value, readers, preferred) !== undefined,
          )
          const texts = values.map(value => encoded(value, readers, preferred)!)
          expect(values.length).toBeGreaterThan(50)
          expect(read(texts)).toEqual(values)
        }
      }
    })

    it('reads what its model says, written by anyone', () => {
      const known = fc.sample(anyText, { seed: 11, numRuns: amount(3000, 1000) }).flatMap(text => {
        const reading = readValue(id, text)
        return reading.kind === 'value' ? [{ text, value: reading.value }] : []
      })
      expect(known.length).toBeGreaterThan(100)
      expect(read(known.map(each => each.text))).toEqual(known.map(each => each.value))
    })
  })
})
