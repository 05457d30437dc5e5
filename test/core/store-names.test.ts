import { describe, expect, it } from 'vitest'
import { createPlaces, type NamingRule } from '../../src/core/store-names.ts'

const prefix = 'app/'
const rule: NamingRule = {
  placeOf: name => ({ object: `${prefix}${name}` }),
  nameAt: ({ object, field }) =>
    field === undefined && object.startsWith(prefix) ? object.slice(prefix.length) : undefined,
  previousOf: ({ object, field }) =>
    field === undefined ? { object: `${object}_OLD` } : { object, field: `${field}_OLD` },
}
const invalid = expect.objectContaining({ code: 'manifest.invalid' }) as unknown

describe('places in a store', () => {
  it('follow the rule of the store, there and back, where the manifest is silent', () => {
    const places = createPlaces(undefined, rule)
    expect(places.placeOf('A')).toEqual({ object: 'app/A' })
    expect(places.previousOf('A')).toEqual({ object: 'app/A_OLD' })
    expect(places.nameAt({ object: 'app/A' })).toBe('A')
    expect(places.nameAt({ object: 'other/A' })).toBeUndefined()
  })

  it('are what ref and field say, and nothing of the variable stands at its usual place', () => {
    const places = createPlaces({ JWT: { ref: 'shop/keys', field: 'jwt' }, DB: { ref: 'shop/db' } }, rule)
    expect(places.placeOf('JWT')).toEqual({ object: 'shop/keys', field: 'jwt' })
    expect(places.previousOf('JWT')).toEqual({ object: 'shop/keys', field: 'jwt_OLD' })
    expect(places.placeOf('DB')).toEqual({ object: 'shop/db' })
    expect(places.nameAt({ object: 'shop/keys', field: 'jwt' })).toBe('JWT')
    expect(places.nameAt({ object: 'shop/keys', field: 'jwt_OLD' })).toBeUndefined()
    expect(places.nameAt({ object: 'app/JWT' })).toBeUndefined()
    expect([...places.declared.keys()]).toEqual(['JWT', 'DB'])
  })

  it('a store whose objects have fields keeps the variable for the field', () => {
    const fields: NamingRule = { ...rule, placeOf: name => ({ object: 'app', field: name }) }
    const places = createPlaces({ A: { ref: 'elsewhere' }, B: { field: 'b' } }, fields)
    expect(places.placeOf('A')).toEqual({ object: 'elsewhere', field: 'A' })
    expect(places.placeOf('B')).toEqual({ object: 'app', field: 'b' })
  })

  it.each([
    ['two variables in one place', { A: { ref: 'x' }, B: { ref: 'x' } }],
    ['two variables in one field', { A: { ref: 'x', field: 'f' }, B: { ref: 'x', field: 'f' } }],
    ['a variable where the previous value of another belongs', { A: { ref: 'x' }, B: { ref: 'x_OLD' } }],
  ])('are refused: %s', (_what, names) => {
    expect(() => createPlaces(names, rule)).toThrow(invalid)
  })

  it('are refused where a variable that the manifest does not place would meet one that it does', () => {
    const places = createPlaces({ A: { ref: 'app/B' }, C: { ref: 'app/D_OLD' } }, rule)
    expect(() => places.placeOf('B')).toThrow(invalid)
    expect(() => places.placeOf('D')).toThrow(invalid)
  })
})
