import { describe, expect, it } from 'vitest'
import { interpolate } from '../../../src/core/compose/interpolate.ts'

const known: Readonly<Record<string, string>> = { A: 'one', EMPTY: '', B: '2' }
const lookup = (name: string): string | undefined => known[name]

// Each as docs.docker.com/reference/compose-file/interpolation has it.
const table: readonly (readonly [string, string])[] = [
  ['plain', 'plain'],
  ['$A-${A}', 'one-one'],
  ['${NONE}', ''],
  ['${A:-x}${NONE:-x}${EMPTY:-x}', 'onexx'],
  ['${A-x}|${NONE-x}|${EMPTY-x}', 'one|x|'],
  ['${A:+x}|${NONE:+x}|${EMPTY:+x}|${EMPTY+x}', 'x|||x'],
  ['${A:?e}|${EMPTY?e}', 'one|'],
  ['${NONE:-${EMPTY:-${B}}}', '2'],
  ['${NONE:-a}b}', 'ab}'],
  ['$$A $${A} $$$A', '$A ${A} $one'],
  ['${NONE:-$$x}', '$x'],
  ['${A:-}', 'one'],
  ['$A.b $A/c $A1', 'one.b one/c '],
]

describe('interpolate', () => {
  it.each(table)('%s', (text, value) => {
    expect(interpolate(text, lookup)).toMatchObject({ value, isInvalid: false })
  })

  it('says what was asked for, and whether it was there', () => {
    const { references } = interpolate('${A} ${NONE:-${B}} ${X:?no} ${Y+z}', lookup)
    expect(references.map(({ name, operator, isSet }) => `${name}${operator}${String(isSet)}`)).toEqual([
      'Atrue',
      'NONE-false',
      'Btrue',
      'X?false',
      'Y+false',
    ])
  })

  it.each(['$', '5$', '$1', '${', '${A', '${}', '${A/b/c}', '${1A}', 'pa$$$'])('refuses %s', text => {
    expect(interpolate(text, lookup).isInvalid).toBe(true)
  })

  it('takes a single dollar for itself where an env file is read', () => {
    expect(interpolate('5$ $A', lookup, true)).toMatchObject({ value: '5$ one', isInvalid: false })
  })

  it('ends for what is nested without end', () => {
    const text = `${'${X:-'.repeat(5000)}a${'}'.repeat(5000)}`
    expect(interpolate(text, lookup).isInvalid).toBe(true)
    expect(interpolate('${A:-'.repeat(100_000), lookup)).toMatchObject({ isInvalid: true })
  })
})
