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
  keyEncodings,
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
    ['jwt-secret', { kind: 'jwt-secret', size: 256 }],
    ['rsa', { kind: 'rsa', size: 3072 }],
    ['rsa:2048:pem', { kind: 'rsa', size: 2048 }],
    ['rsa:jwk', { kind: 'rsa', size: 3072, encoding: 'jwk' }],
    ['ec:521:jwks', { kind: 'ec', size: 521, encoding: 'jwks' }],
    ['ed25519:escaped', { kind: 'ed25519', encoding: 'escaped' }],
    ['public-of:JWT_KEY', { kind: 'public-of', of: 'JWT_KEY' }],
    ['public-of:JWT_KEY:pem', { kind: 'public-of', of: 'JWT_KEY', encoding: 'pem' }],
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
    'jwt-secret:128',
    'rsa:1024',
    'rsa:2048:der',
    'rsa:2048:pem:x',
    'ec:192',
    'ed25519:256',
    'vapid:pem',
    'public-of',
    'public-of:',
    'public-of:9A',
    'public-of:A B',
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
    const encoding = fc.option(fc.constantFrom(...keyEncodings))
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.nat({ max: 4095 }),
        classes,
        encoding,
        (kind, number, some, encoded) => {
          const facts: { unit: string; sizes?: readonly number[]; hasEncoding?: true } = formKinds[kind]
          const parts: string[] = [kind]
          if (kind === 'public-of') parts.push('SOME_KEY')
          const size = facts.sizes?.[number % facts.sizes.length] ?? number + 1
          if (facts.unit !== 'none') parts.push(String(size))
          if (kind === 'password') parts.push(some.join('-'))
          if (facts.hasEncoding && encoded !== null) parts.push(encoded)
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
