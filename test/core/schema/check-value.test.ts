import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkValue,
  valueTypeDefinitions,
  valueTypes,
  type ValueSpec,
} from '../../../src/core/schema/index.ts'

const accepted: [ValueSpec, string[]][] = [
  [{}, ['', 'anything', ' ']],
  [{ type: 'integer' }, ['0', '-1', '+7', '007', '123456789012345']],
  [{ type: 'number' }, ['0', '-1.5', '.5', '1.', '1e3', '2E-7']],
  [{ type: 'boolean' }, ['true', 'False', 'TRUE', '1', '0', 'yes', 'no', 'on', 'off']],
  [{ type: 'port' }, ['0', '80', '65535']],
  [
    { type: 'url' },
    [
      'https://a',
      'postgres://u:p@a,b:5432/x?y',
      'sqlite:///db.sqlite',
      'redis://cache:6379/1',
      'mongodb+srv://x.y/z',
    ],
  ],
  [{ type: 'url', protocols: ['sqlite', 'https'] }, ['sqlite::memory:', 'https://a', 'HTTPS://A']],
  [{ type: 'email' }, ['a@b', 'first.last+tag@example.com']],
  [{ type: 'json' }, ['{}', '[1]', '"a"', 'null', '1']],
  [{ type: 'list' }, ['', 'a', 'a, b', '["a", "b"]', '[]']],
  [{ type: 'list', items: 'url' }, ['https://a,http://b:1', '["https://a"]']],
  [{ type: 'list', items: 'port', separator: ';' }, ['80; 443']],
  [{ type: 'integer', min: 1, max: 3 }, ['1', '3']],
  [{ min: 2, max: 3 }, ['ab', 'äöü']],
  [{ length: 3 }, ['abc']],
  [{ type: 'list', min: 2 }, ['a,b']],
  [{ values: ['a', 'b'] }, ['a', 'b', '']],
]

const refused: [ValueSpec, string[]][] = [
  [{ type: 'integer' }, ['1.5', '1e3', '10s', 'x', '1 ', '1234567890123456']],
  [{ type: 'number' }, ['.', 'NaN', 'Infinity', '0x10', '1,5']],
  [{ type: 'boolean' }, ['maybe', '2', 'null', 'enabled']],
  [{ type: 'port' }, ['65536', '-1', '80/tcp', '8080:80']],
  [{ type: 'url' }, ['localhost:3000', 'example.com', '//host', 'https://', 'http://a b', 'https://a:99999']],
  [{ type: 'url', protocols: ['https'] }, ['http://a', 'https:a b']],
  [{ type: 'email' }, ['a', 'a@', '@b', 'A <a@b>', 'a b@c']],
  [{ type: 'json' }, ['{', "{'a': 1}", 'undefined']],
  [{ type: 'list', items: 'integer' }, ['1,x', '1,,2', '[1', '[{}]']],
  [{ type: 'integer', min: 1, max: 3 }, ['0', '4']],
  [{ min: 2, max: 3 }, ['a', 'abcd']],
  [{ length: 3 }, ['ab', 'abcd']],
  [{ type: 'list', max: 1 }, ['a,b']],
  [{ values: ['a', 'b'] }, ['c', 'A']],
]

describe('checkValue', () => {
  it.each(
    accepted.flatMap(([spec, values]) => values.map(value => [JSON.stringify(spec), value, spec] as const)),
  )('%s accepts %j', (_, value, spec) => {
    expect(checkValue(spec, value)).toBeUndefined()
  })

  it.each(
    refused.flatMap(([spec, values]) => values.map(value => [JSON.stringify(spec), value, spec] as const)),
  )('%s refuses %j', (_, value, spec) => {
    const found = checkValue(spec, value)
    expect(found?.problem).toMatch(/^must /)
    expect(found?.fix).not.toBe('')
  })

  it.each(['${PORT}', 'prefix-${PORT:-80}', '$PORT'])('passes %s, which is not expanded yet', value => {
    for (const type of valueTypes) expect(checkValue({ type, values: ['a'] }, value)).toBeUndefined()
  })

  it('never repeats the value, and never throws', () => {
    const specs: ValueSpec[] = [
      ...valueTypes.map(type => ({ type })),
      { type: 'list', items: 'url' },
      { type: 'url', protocols: ['https'] },
      { values: ['only-this'] },
      { length: 1 },
    ]
    const value = fc.oneof(fc.string({ minLength: 6 }), fc.webUrl(), fc.json()).map(text => `canary ${text}`)
    fc.assert(
      fc.property(value, fc.constantFrom(...specs), (text, spec) => {
        const found = checkValue(spec, text)
        expect(JSON.stringify(found ?? {})).not.toContain('canary')
      }),
    )
  })
})

it('every type has its line in the registry', () => {
  for (const type of valueTypes) expect(valueTypeDefinitions[type].id).toBe(type)
})
