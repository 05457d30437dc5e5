import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecretsError } from '../../src/core/errors.ts'
import {
  characterClasses,
  type Form,
  formatForm,
  type FormKind,
  formKinds,
  isFormKind,
  parseClasses,
  parseForm,
} from '../../src/core/form.ts'

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return isSecretsError(error) ? error.code : 'other'
  }
}

describe('parseForm', () => {
  it.each<[string, Form]>([
    ['hex', { kind: 'hex', size: 32 }],
    ['hex:16', { kind: 'hex', size: 16 }],
    ['base64url:64', { kind: 'base64url', size: 64 }],
    ['uuid', { kind: 'uuid' }],
    ['laravel-key', { kind: 'laravel-key' }],
    ['passphrase', { kind: 'passphrase', size: 10 }],
    ['password', { kind: 'password', size: 24, classes: ['lower', 'upper', 'digit'] }],
    ['password:30:special-lower', { kind: 'password', size: 30, classes: ['lower', 'special'] }],
  ])('%s', (text, form) => {
    expect(parseForm(text)).toEqual(form)
  })

  it.each(['', 'hexx', 'HEX', ' hex', '__proto__', 'toString', 'a:b'])('knows no kind %j', text => {
    expect(codeOf(() => parseForm(text))).toBe('usage.unknown_kind')
  })

  it.each([
    'hex:',
    'hex:0',
    'hex:-1',
    'hex:1.5',
    'hex:4097',
    'hex:99999999999999999999',
    'hex:32:lower',
    'uuid:4',
    'password:24:',
    'password:24:lower-upperr',
    'password:24:lower:upper',
  ])('refuses %j', text => {
    expect(codeOf(() => parseForm(text))).toBe('usage.invalid_argument')
  })

  it('does not show a value that stands in the wrong place', () => {
    const value = 'kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E'
    try {
      parseForm(value)
    } catch (error) {
      expect(isSecretsError(error) && [error.message, ...error.hints].join(' ')).not.toContain(value)
    }
  })

  it('suggests what was probably meant', () => {
    try {
      parseForm('pasword:24')
    } catch (error) {
      expect(isSecretsError(error) && error.hints[0]).toContain('password')
    }
  })
})

describe('formatForm', () => {
  it('gives what parseForm reads as the same form', () => {
    const kinds = Object.keys(formKinds) as FormKind[]
    const classes = fc.uniqueArray(fc.constantFrom(...characterClasses), { minLength: 1 })
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 4096 }),
        classes,
        (kind, size, some) => {
          const parts: string[] = [kind]
          if (formKinds[kind].unit !== 'none') parts.push(String(size))
          if (kind === 'password') parts.push(some.join('-'))
          const form = parseForm(parts.join(':'))
          expect(parseForm(formatForm(form))).toEqual(form)
        },
      ),
    )
  })

  it.each(['hex:32', 'uuid', 'password:24', 'password:24:lower-upper-digit-special', 'pin:6'])('%s', text => {
    expect(formatForm(parseForm(text))).toBe(text)
  })
})

it('kinds are own properties only', () => {
  expect(isFormKind('hex')).toBe(true)
  expect(isFormKind('constructor')).toBe(false)
})

it('classes come in one order, with either separator', () => {
  expect(parseClasses('digit,lower')).toEqual(['lower', 'digit'])
  expect(parseClasses('special-digit-upper-lower')).toEqual(characterClasses)
})
