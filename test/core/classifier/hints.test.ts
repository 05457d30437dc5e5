import { describe, expect, it } from 'vitest'
import { hintRules, readHint, readHints } from '../../../src/core/classifier/hints.ts'

describe.each(hintRules.map(rule => [rule.id, rule] as const))('hint %s', (_id, rule) => {
  it.each(rule.examples.good.map(([text, form]) => ({ text, form })))(
    'is found in: $text',
    ({ text, form }) => {
      const hint = readHint(rule, text)
      expect(hint).toBeDefined()
      expect(hint?.form).toBe(form)
    },
  )

  it.each(rule.examples.bad)('is not found in: %s', text => {
    const hint = readHint(rule, text)
    // A length that nobody means has no form.
    expect(rule.kind === 'length' ? hint?.form : hint).toBeUndefined()
  })
})

it('names of rules are unique', () => {
  expect(new Set(hintRules.map(({ id }) => id)).size).toBe(hintRules.length)
})

it('of several lengths the most exact counts', () => {
  const lengths = readHints('64 characters in hex format, at least 32 characters').filter(
    ({ kind }) => kind === 'length',
  )
  expect(lengths.map(({ form }) => form)).toEqual(['hex:32'])
})

it('reads hostile text in linear time', () => {
  for (const piece of [
    'openssl rand ',
    'generate a ',
    '/dev/urandom | ',
    'random ',
    '32 ',
    'upper lower ',
    'https://',
  ]) {
    const started = performance.now()
    readHints(piece.repeat(4000 / piece.length))
    expect(performance.now() - started).toBeLessThan(500)
  }
})
