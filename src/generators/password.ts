import { SecretsError } from '../core/errors.ts'
import type { CharacterClass, Form } from '../core/form.ts'
import { commonFloor, type GenerateOptions, type Generator, safeAlphabet } from './generator.ts'
import { bitsOf, digits, lower, safeSpecials, text, upper } from './sampling.ts'

const classAlphabets: Readonly<Record<CharacterClass, string>> = {
  lower,
  upper,
  digit: digits,
  special: safeSpecials,
}

/**
 * Characters of the chosen classes, each class at least once. A value that lacks one is thrown away whole and drawn
 * again, so that the values that remain are all equally likely; placing one of each class first would not be uniform.
 */
export const password: Generator = {
  summary: 'letters and digits (--classes, --alphabet), each class at least once',
  source: 'letters and digits: what every consumer takes',
  alphabet: safeAlphabet,
  floorBits: commonFloor,
  entropyBits(form, options) {
    const alphabet = alphabetOf(form, options)
    const size = form.size ?? 0
    const whole = bitsOf(alphabet.length, size)
    if (options.alphabet !== undefined) return whole
    return whole + Math.log2(shareWithAllClasses(classesOf(form), alphabet.length, size))
  },
  generate(form, random, options) {
    const alphabet = alphabetOf(form, options)
    const classes = options.alphabet === undefined ? classesOf(form) : []
    const size = form.size ?? 0
    if (size < classes.length) throw tooShort()
    for (;;) {
      const value = text(alphabet, size, random)
      if (hasEvery(value, classes)) return value
    }
  },
  matches: (value, form) => value.length === form.size && hasEvery(value, classesOf(form)),
}

function classesOf({ classes = [] }: Form): readonly CharacterClass[] {
  return classes
}

function hasEvery(value: string, classes: readonly CharacterClass[]): boolean {
  return classes.every(one => Array.from(value).some(character => classAlphabets[one].includes(character)))
}

function alphabetOf(form: Form, options: GenerateOptions): string {
  if (options.alphabet === undefined)
    return classesOf(form)
      .map(one => classAlphabets[one])
      .join('')
  const unique = [...new Set(options.alphabet)]
  // Printable ASCII only: everything else is read differently somewhere.
  const isUsable = unique.length >= 2 && unique.every(character => /^[\x21-\x7e]$/.test(character))
  if (isUsable) return unique.join('')
  throw new SecretsError(
    'usage.invalid_argument',
    'the alphabet needs two or more printable ASCII characters',
    {
      hints: ['for example --alphabet abcdefghjkmnpqrstuvwxyz23456789'],
    },
  )
}

/** Inclusion and exclusion over the classes that a value could lack. */
function shareWithAllClasses(classes: readonly CharacterClass[], total: number, size: number): number {
  let share = 0
  for (let subset = 0; subset < 2 ** classes.length; subset += 1) {
    const left = classes.filter((_, index) => (subset & (1 << index)) !== 0)
    const lacking = left.reduce((sum, one) => sum + classAlphabets[one].length, 0)
    share += (left.length % 2 === 0 ? 1 : -1) * ((total - lacking) / total) ** size
  }
  return Math.max(share, Number.MIN_VALUE)
}

function tooShort(): SecretsError {
  return new SecretsError('usage.too_weak', 'the password is shorter than the number of its classes', {
    hints: ['use --length 24 or more'],
  })
}
