import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../src/core/json-schema/compile.ts'

function check(schema: unknown, value: unknown): string | undefined {
  const compiled = compileJsonSchema(schema)
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems))
  return compiled.check(value)
}

const tree = {
  $defs: {
    node: {
      type: 'object',
      required: ['name'],
      properties: { children: { items: { $ref: '#/$defs/node' } } },
    },
  },
  $ref: '#/$defs/node',
}

// Schema, values that fit, values that do not. The meanings are those of JSON Schema 2020-12.
const table: readonly (readonly [unknown, readonly unknown[], readonly unknown[]])[] = [
  [{ type: 'integer' }, [1, 1.0, -3], [1.5, '1', null, true, []]],
  [{ type: ['string', 'null'] }, ['', null], [0, {}]],
  [{ type: 'object' }, [{}], [[], null]],
  [{ type: 'number' }, [1.5, 2], ['2']],
  [{ enum: [1, { a: [1], b: 2 }] }, [1, { b: 2, a: [1] }], [2, '1', { a: [1] }]],
  [{ const: null }, [null], [0, false]],
  [{ minimum: 1, exclusiveMaximum: 3, multipleOf: 0.1 }, [1, 2.3, 'text'], [0, 3, 1.05]],
  [{ minLength: 2, maxLength: 3, pattern: '^a' }, ['ab', 'a😀b', 5], ['a', 'abcd', 'bb']],
  [{ items: { type: 'string' }, minItems: 1, uniqueItems: true }, [['a', 'b'], 'x'], [[], [1], ['a', 'a']]],
  [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, [['a', 1], []], [[1], ['a', 'b']]],
  [{ contains: { const: 1 } }, [[0, 1]], [[0], []]],
  [{ required: ['a'], properties: { a: { type: 'string' } } }, [{ a: '' }, 5], [{}, { a: 1 }]],
  [{ properties: { a: true }, additionalProperties: false }, [{ a: 1 }, {}], [{ b: 1 }]],
  [
    { patternProperties: { '^x-': { type: 'number' } }, additionalProperties: false },
    [{ 'x-a': 1 }],
    [{ 'x-a': '' }, { y: 1 }],
  ],
  [
    { propertyNames: { maxLength: 2 }, minProperties: 1, maxProperties: 2 },
    [{ ab: 1 }],
    [{ abc: 1 }, {}, { a: 1, b: 1, c: 1 }],
  ],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1], [0, 3]],
  [{ anyOf: [{ type: 'string' }, { minimum: 5 }] }, ['a', 5, null], [4]],
  [{ oneOf: [{ type: 'number' }, { minimum: 5 }] }, [4, 'text'], [5]],
  [{ not: { type: 'string' } }, [1], ['a']],
  [
    { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } },
    [{ a: 1, b: 1 }, { c: 1 }],
    [{ a: 1 }, {}],
  ],
  [tree, [{ name: 1, children: [{ name: 2 }] }], [{ name: 1, children: [{}] }, 'x']],
  [true, [1, null], []],
  [false, [], [1, null]],
  [
    { required: ['__proto__'], properties: { toString: { type: 'number' } } },
    [JSON.parse('{"__proto__":1}')],
    [{}],
  ],
]

describe('a JSON Schema', () => {
  it.each(table)('%j', (schema, good, bad) => {
    for (const value of good) expect(check(schema, value), JSON.stringify(value)).toBe(undefined)
    for (const value of bad) expect(check(schema, value), JSON.stringify(value)).toBeTypeOf('string')
  })

  it('says where by the names of the schema, and never what', () => {
    const schema = {
      properties: { db: { additionalProperties: { items: { properties: { port: { type: 'integer' } } } } } },
    }
    expect(check(schema, { db: { hidden: [{}, { port: 'hidden' }] } })).toBe(
      '(at db.*[2].port) must be of type integer',
    )
    expect(check({ additionalProperties: false }, { hidden: 1 })).not.toContain('hidden')
  })

  it.each([
    ['a reference to elsewhere', { $ref: 'https://schemas.test/a.json' }],
    ['a file', { $ref: './other.json#/a' }],
    ['an anchor', { $ref: '#name' }],
    ['nothing', { $ref: '#/$defs/nowhere' }],
    ['an unknown keyword', { minimun: 1 }],
    ['one that is not obeyed', { unevaluatedProperties: false }],
    ['one that loads', { $dynamicRef: '#a' }],
    ['another base', { $id: 'https://schemas.test/' }],
    ['a look-behind', { pattern: '(?<=a)b' }],
    ['a back-reference', { patternProperties: { '(a)\\1': true } }],
    ['a wrong type', { type: 'strnig' }],
    ['a wrong bound', { minLength: -1 }],
    ['a list', []],
    ['a text', { properties: { a: 'string' } }],
    ['without end', Array.from({ length: 100 }).reduce<object>(inner => ({ not: inner }), {})],
  ])('is refused for %s', (_what, schema) => {
    expect(compileJsonSchema(schema)).toHaveProperty('problems')
  })

  it('ends for references in a circle, for what multiplies, and for a slow pattern', () => {
    const begin = performance.now()
    expect(check({ $ref: '#' }, 1)).toContain('too deep')
    expect(
      check({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, 1),
    ).toContain('too deep')
    const double = { anyOf: [{ $ref: '#' }, { $ref: '#' }] }
    expect(check(double, 1)).toContain('too deep')
    const deep = JSON.parse(`${'['.repeat(1000)}1${']'.repeat(1000)}`) as unknown
    expect(check({ items: { $ref: '#' } }, deep)).toContain('too deep')
    expect(check({ pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toBe('must match its pattern')
    expect(performance.now() - begin).toBeLessThan(3000)
  })
})
