import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../src/core/redact.ts'
import { Secret } from '../../src/core/secret.ts'

function redact(text: string, ...values: string[]): string {
  return createRedactor(values.map(value => new Secret(value)))(text)
}

describe('createRedactor', () => {
  const value = 'p@ss/w0rd+"ü"\n x'
  it.each([
    ['as it is', value],
    ['base64', Buffer.from(value).toString('base64')],
    ['base64url', Buffer.from(value).toString('base64url')],
    ['hex', Buffer.from(value).toString('hex')],
    ['upper-case hex', Buffer.from(value).toString('hex').toUpperCase()],
    ['percent-encoded', encodeURIComponent(value)],
    ['form-encoded', encodeURIComponent(value).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
  ])('finds a value %s', (_, spelled) => {
    expect(redact(`before ${spelled} after`, value)).toBe('before [redacted] after')
  })

  it.each(['a', 'ab', 'abc', 'abcd'])('finds it in base64 of something longer (%s:)', user => {
    const header = Buffer.from(`${user}:hunter2hunter2:tail`).toString('base64')
    const shown = redact(`Authorization: Basic ${header}`, 'hunter2hunter2')
    expect(shown).toContain('[redacted]')
    expect(Buffer.from(shown.slice('Authorization: Basic '.length), 'base64').toString()).not.toContain(
      'unter2hunte',
    )
  })

  it('replaces the longest first, so that no rest is left', () => {
    expect(redact('x=abcdefgh y=abcd', 'abcd', 'abcdefgh')).toBe('x=[redacted] y=[redacted]')
  })

  it('leaves short and absent values alone', () => {
    expect(redact('yes 123 no', '123', '', 'absent')).toBe('yes 123 no')
    expect(redact('text')).toBe('text')
  })

  it('takes values literally', () => {
    expect(redact('a.c+ abc+ [x-y]{2}|', 'a.c+', '[x-y]{2}|')).toBe('[redacted] abc+ [redacted]')
  })

  it('no value is left anywhere, whatever it is and whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 4, maxLength: 20, unit: 'binary' }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 6 }),
        (values, around) => {
          const text = around.map((piece, at) => piece + (values[at % values.length] ?? '')).join('')
          const shown = redact(text, ...values)
          for (const value of values) expect(shown.replaceAll('[redacted]', '\0').includes(value)).toBe(false)
        },
      ),
    )
  })
})
