import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../../src/core/manifest/index.ts'
import { buildSchema, checkRelations, standingOf } from '../../../src/core/schema/index.ts'
import { providers } from '../manifest/example.ts'

type Values = Readonly<Record<string, string>>

function problems(
  variables: string,
  values: Values,
  { groups = '[]', environment = 'development' } = {},
): readonly string[] {
  const text = `{ version: 1, variables: ${variables}, groups: ${groups} }`
  const { manifest, problems: wrong } = parseManifest(text, 'secrets.yaml', providers)
  expect(wrong).toEqual([])
  const schema = buildSchema({ manifest: manifest!, environment })
  return checkRelations(schema, name => standingOf(values[name], values[`${name}_FILE`] !== undefined)).map(
    ({ relation, name, problem, fix }) => {
      // Names are ours, values are not.
      for (const value of Object.values(values))
        if (value.length > 3) expect(`${problem} ${fix}`).not.toContain(value)
      return `${relation} ${name}`
    },
  )
}

describe('requiredWhen', () => {
  const when =
    '{ A: { requiredWhen: { MODE: [file, disk], ON: true } }, MODE: { default: disk }, ON: { type: boolean } }'
  it.each<[Values, readonly string[]]>([
    [{ MODE: 'file', ON: 'true' }, ['requirement A']],
    [{ MODE: 'file', ON: 'YES' }, ['requirement A']],
    [{ ON: '1' }, ['requirement A']],
    [{ MODE: 'file', ON: 'true', A: '' }, ['requirement A']],
    [{ MODE: 'file', ON: 'true', A: '  ' }, ['requirement A']],
    [{ MODE: 'file', ON: 'false' }, []],
    [{ MODE: 'memory', ON: 'true' }, []],
    [{ MODE: 'file' }, []],
    [{ MODE: '${M}', ON: 'true' }, []],
    [{ MODE_FILE: '/run/mode', ON: 'true' }, []],
    [{ MODE: 'file', ON: 'true', A: 'x' }, []],
    [{ MODE: 'file', ON: 'true', A_FILE: '/run/a' }, []],
    [{ MODE: 'file', ON: 'true', A: '$B' }, []],
  ])('%j: %j', (values, found) => {
    expect(problems(when, values)).toEqual(found)
  })
})

it('requiredWith asks where one of the others is set', () => {
  const variables = '{ A: { requiredWith: [B, C] }, B: {}, C: {} }'
  expect(problems(variables, {})).toEqual([])
  expect(problems(variables, { C: '1' })).toEqual(['requirement A'])
  expect(problems(variables, { C_FILE: '1' })).toEqual(['requirement A'])
  expect(problems(variables, { B: '' })).toEqual([])
})

describe('groups', () => {
  const three = '{ A: {}, B: {}, C: {} }'
  it.each<[string, Values, readonly string[]]>([
    ['exactlyOne', {}, ['requirement A']],
    ['exactlyOne', { B: '1' }, []],
    ['exactlyOne', { A: '', B: '${X}' }, []],
    ['exactlyOne', { A: '1', C: '1' }, ['requirement C']],
    ['exactlyOne', { A: '1', B: '1', C: '1' }, ['requirement B', 'requirement C']],
    ['allOrNone', {}, []],
    ['allOrNone', { A: '1', B: '1', C_FILE: 'x' }, []],
    ['allOrNone', { B: '1' }, ['requirement A', 'requirement C']],
    ['notBoth', {}, []],
    ['notBoth', { C: '1' }, []],
    ['notBoth', { A: '1', B: '1' }, ['requirement B']],
  ])('%s with %j', (kind, values, found) => {
    expect(problems(three, values, { groups: `[{ ${kind}: [A, B, C] }]` })).toEqual(found)
  })
})

describe('comparisons', () => {
  it.each<[string, Values, boolean]>([
    ['{ A: { lessThan: B }, B: {} }', { A: '9', B: '10' }, true],
    ['{ A: { lessThan: B }, B: {} }', { A: '10', B: '10' }, false],
    ['{ A: { lessThan: B }, B: {} }', { A: '90s', B: '2m' }, true],
    ['{ A: { lessThan: B }, B: {} }', { A: '1h', B: '59m' }, false],
    ['{ A: { lessThan: B }, B: {} }', { A: 'x', B: '1' }, true],
    ['{ A: { lessThan: B, type: bytes }, B: { type: bytes } }', { A: '1MiB', B: '1MB' }, false],
    ['{ A: { lessThan: B, type: duration }, B: { type: duration } }', { A: 'PT1H', B: '2h' }, true],
    ['{ A: { lessThan: B }, B: {} }', { A: '${N}', B: '1' }, true],
    ['{ A: { lessThan: B }, B: {} }', { A: '5' }, true],
    ['{ A: { equals: B }, B: {} }', { A: 'x', B: 'x' }, true],
    ['{ A: { equals: B }, B: {} }', { A: 'x', B: 'X' }, false],
    ['{ A: { differentFrom: B }, B: {} }', { A: 'x', B: 'x' }, false],
    ['{ A: { differentFrom: B }, B: {} }', { A: '', B: '' }, true],
    ['{ A: { startsWith: B }, B: {} }', { A: 'https://x/y', B: 'https://x' }, true],
    ['{ A: { startsWith: B }, B: {} }', { A: 'https://y', B: 'https://x' }, false],
  ])('%s with %j: %s', (variables, values, holds) => {
    expect(problems(variables, values)).toEqual(holds ? [] : ['comparison A'])
  })
})

it('deprecated tells of the old name where it is set', () => {
  const variables = '{ OLD: { deprecated: NEW }, NEW: {} }'
  expect(problems(variables, { NEW: '1', OLD: '' })).toEqual([])
  expect(problems(variables, { OLD: '1' })).toEqual(['deprecated OLD'])
})

it('an old name that is set stands for the new one', () => {
  const variables = '{ OLD: { deprecated: NEW }, NEW: {}, A: { requiredWhen: { NEW: x } } }'
  const groups = '[{ allOrNone: [NEW, A] }]'
  expect(problems(variables, { OLD: 'x', A: '1' }, { groups })).toEqual(['deprecated OLD'])
  expect(problems(variables, { OLD: 'x' })).toEqual(['deprecated OLD', 'requirement A'])
  expect(problems(variables, { OLD: 'x', NEW: 'y' })).toEqual(['deprecated OLD'])
})

it('an environment says otherwise', () => {
  const variables =
    '{ A: { requiredWith: [B], environments: { production: { requiredWith: [C] } } }, B: {}, C: {} }'
  expect(problems(variables, { B: '1' })).toEqual(['requirement A'])
  expect(problems(variables, { B: '1' }, { environment: 'production' })).toEqual([])
  expect(problems(variables, { C: '1' }, { environment: 'production' })).toEqual(['requirement A'])
})
