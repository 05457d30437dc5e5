import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { emptyJsonObject, type JsonObject, readJsonObject } from '../../src/core/json-object.ts'
import { Secret } from '../../src/core/secret.ts'

function read(text: string): JsonObject {
  const object = readJsonObject(new Secret(text))
  if ('flaw' in object) throw new Error(object.flaw)
  return object
}

function edited(text: string, changes: Readonly<Record<string, string | null>>): string {
  const secrets = Object.entries(changes).map(([key, value]) => [
    key,
    value === null ? null : new Secret(value),
  ])
  return read(text)
    .with(Object.fromEntries(secrets) as Record<string, Secret | null>)
    .toSecret()
    .reveal()
}

describe('a JSON object, edited byte by byte', () => {
  it('set changes the bytes of that value and no other', () => {
    const text =
      '\n{ "a" : 1.0e+2,\t"key":"old" , "n":{"key":"x}\\""}, "l":[ {"key":1}, "]" ], "e":"\\u00e9" }\r\n'
    expect(edited(text, { key: 'new "quoted" \\ ☂' })).toBe(
      text.replace('"old"', '"new \\"quoted\\" \\\\ ☂"'),
    )
    expect(edited(text, { e: 'é' })).toBe(text)
    expect(edited('{"a":1}', { a: 'x' })).toBe('{"a":"x"}')
  })

  it('add takes over the white space of the last member', () => {
    expect(edited('{}', { a: '1' })).toBe('{"a":"1"}')
    expect(edited(' { }\n', { a: '1' })).toBe(' {"a":"1" }\n')
    expect(edited('{"a":1}', { b: '2' })).toBe('{"a":1,"b":"2"}')
    expect(edited('{ "a": 1, "b": true }', { c: '2' })).toBe('{ "a": 1, "b": true, "c": "2" }')
    expect(edited('{\n  "a": [1, 2]\n}', { b: '2' })).toBe('{\n  "a": [1, 2],\n  "b": "2"\n}')
    expect(edited('{}', { ['__proto__']: 'x', b: 'y' })).toBe('{"__proto__":"x","b":"y"}')
  })

  it('remove takes one comma along', () => {
    const text = '{ "a": 1, "b": 2, "c": 3 }'
    expect(edited(text, { a: null })).toBe('{ "b": 2, "c": 3 }')
    expect(edited(text, { b: null })).toBe('{ "a": 1, "c": 3 }')
    expect(edited(text, { c: null })).toBe('{ "a": 1, "b": 2 }')
    expect(edited(text, { d: null })).toBe(text)
    expect(edited('{"a":1}', { a: null })).toBe('{}')
    expect(edited(text, { a: null, b: null, c: null, d: 'x' })).toBe('{"d":"x"  }')
  })

  it('reads texts, and says what is none', () => {
    const object = read('{"a":"x\\n","b":null,"c":{"a":"y"},"":"z"}')
    expect(object.keys()).toEqual(['a', 'b', 'c', ''])
    expect((object.text('a') as Secret).reveal()).toBe('x\n')
    expect((object.text('') as Secret).reveal()).toBe('z')
    expect([object.text('b'), object.text('c'), object.text('d'), object.text('toString')]).toEqual([
      'not_text',
      'not_text',
      undefined,
      undefined,
    ])
    expect(emptyJsonObject.keys()).toEqual([])
    expect(emptyJsonObject.toSecret().reveal()).toBe('{}')
  })

  it('what cannot be edited is a flaw, and nothing of it is shown', () => {
    const flawOf = (text: string): unknown => readJsonObject(new Secret(text))
    for (const text of ['', 'plain', '{"a":1,}', "{'a':1}", '\u{feff}{}', '{"a":1} x']) {
      expect(flawOf(text)).toEqual({ flaw: 'no_json' })
    }
    for (const text of ['[]', '"{}"', '1', 'null', '[{"a":1}]']) {
      expect(flawOf(text)).toEqual({ flaw: 'no_object' })
    }
    expect(flawOf('{"a":1,"b":2,"\\u0061":3}')).toEqual({ flaw: 'repeated_key' })
    const shown = inspect(read('{"a":"hidden-value"}'), { depth: 9, showHidden: true })
    expect(shown).not.toContain('hidden-value')
    expect(JSON.stringify(read('{"a":"hidden-value"}'))).not.toContain('hidden-value')
  })
})

/** Any object, spelled with white space of any kind and with escapes where JSON allows them. */
const spelled = fc
  .record({
    value: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 6 }),
    spaces: fc.infiniteStream(fc.constantFrom('', '', ' ', '\n\t', '\r\n')),
    escapes: fc.infiniteStream(fc.boolean()),
  })
  .map(({ value, spaces, escapes }) => {
    const space = (): string => spaces.next().value as string
    const string = (text: string): string =>
      JSON.stringify(text).replace(/[a-z ]/g, (sign, at: number, all: string) =>
        all[at - 1] !== '\\' && !/\\u[0-9a-f]{0,3}$/.test(all.slice(0, at)) && escapes.next().value === true
          ? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
          : sign,
      )
    const spell = (one: unknown): string => {
      if (typeof one === 'string') return string(one)
      if (Array.isArray(one)) return `[${space()}${one.map(spell).join(`${space()},${space()}`)}${space()}]`
      if (typeof one !== 'object' || one === null) return JSON.stringify(one)
      const members = Object.entries(one).map(
        ([key, inner]) => `${space()}${string(key)}${space()}:${space()}${spell(inner)}${space()}`,
      )
      return `{${space()}${members.join(',')}}`
    }
    return `${space()}${spell(value)}${space()}`
  })
const anyText = fc.string({ unit: 'grapheme' })

describe('for every JSON object', () => {
  it('a change changes what JSON.parse finds there, and nothing else', () => {
    fc.assert(
      fc.property(spelled, anyText, fc.option(anyText), (text, key, value) => {
        const before = new Map(Object.entries(JSON.parse(text) as object))
        const known = [...before.keys()]
        const at = known.length > 0 && key.length % 2 === 0 ? known[key.length % known.length]! : key
        const after = edited(text, { [at]: value })
        if (value === null) before.delete(at)
        else before.set(at, value)
        expect(new Map(Object.entries(JSON.parse(after) as object))).toEqual(before)
      }),
    )
  })

  it('to remove what was added gives the first text again', () => {
    fc.assert(
      fc.property(spelled, anyText, anyText, (text, key, value) => {
        fc.pre(!Object.hasOwn(JSON.parse(text) as object, key))
        expect(edited(edited(text, { [key]: value }), { [key]: null })).toBe(text)
      }),
    )
  })

  it('to set a value and then the one before gives the first text again, however that was spelled last', () => {
    fc.assert(
      fc.property(spelled, anyText, anyText, anyText, (text, key, one, other) => {
        const first = edited(text, { [key]: one })
        const plain = edited(edited(first, { [key]: null }), { [key]: one })
        expect(edited(edited(plain, { [key]: other }), { [key]: one })).toBe(plain)
      }),
    )
  })

  it('every other member keeps its bytes', () => {
    fc.assert(
      fc.property(spelled, anyText, anyText, (text, key, value) => {
        const pieces = (source: string): Map<string, string> => {
          const keys = Object.keys(JSON.parse(source) as object)
          // Each member alone, as it is spelled.
          return new Map(
            keys.map(one => [
              one,
              edited(source, Object.fromEntries(keys.filter(k => k !== one).map(k => [k, null]))).trim(),
            ]),
          )
        }
        const [before, after] = [pieces(text), pieces(edited(text, { [key]: value }))]
        before.delete(key)
        after.delete(key)
        const bare = (found: Map<string, string>): [string, string][] =>
          [...found].map(([one, piece]) => [one, piece.replace(/^\{\s*|\s*\}$/g, '')])
        expect(bare(after)).toEqual(bare(before))
      }),
    )
  })
})
