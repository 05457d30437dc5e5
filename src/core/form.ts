import { SecretsError } from './errors.ts'
import { suggest } from './suggest.ts'

/** What a form's size counts; `none` where the consumer fixed it. */
export type FormUnit = 'bytes' | 'characters' | 'words' | 'none'

interface KindFacts {
  readonly unit: FormUnit
  /** Taken where the form names no size. Absent exactly where the unit is `none`. */
  readonly size?: number
  /** The classes taken where the form names none. Present where the form may name them. */
  readonly classes?: readonly CharacterClass[]
}

/** Every kind of value that a form may name; `src/generators` holds one generator for each. */
export const formKinds = {
  hex: { unit: 'bytes', size: 32 },
  base64: { unit: 'bytes', size: 32 },
  base64url: { unit: 'bytes', size: 32 },
  alnum: { unit: 'characters', size: 32 },
  chars: { unit: 'characters', size: 32 },
  password: { unit: 'characters', size: 24, classes: ['lower', 'upper', 'digit'] },
  passphrase: { unit: 'words', size: 10 },
  uuid: { unit: 'none' },
  pin: { unit: 'characters', size: 6 },
  'laravel-key': { unit: 'none' },
  'wp-salt': { unit: 'none' },
  'django-key': { unit: 'characters', size: 50 },
  'rails-key': { unit: 'none' },
  fernet: { unit: 'none' },
  'phoenix-key': { unit: 'none' },
  symfony: { unit: 'none' },
  'auth-secret': { unit: 'none' },
  flask: { unit: 'none' },
} as const satisfies Record<string, KindFacts>

export type FormKind = keyof typeof formKinds

/** The order in which a form names them. */
export const characterClasses = ['lower', 'upper', 'digit', 'special'] as const
export type CharacterClass = (typeof characterClasses)[number]

/** How a generated value looks. */
export interface Form {
  readonly kind: FormKind
  /** In the unit of the kind; absent where the unit is `none`. */
  readonly size?: number
  /** `password` only: each class occurs at least once. In the order of `characterClasses`. */
  readonly classes?: readonly CharacterClass[]
}

/** 256 bits in letters and digits: the form where nobody asks for another. */
export const defaultForm: Form = { kind: 'hex', size: formKinds.hex.size }

/** Longer values fit no known reader of environment variables. */
const largestSize = 4096

export function isFormKind(text: string): text is FormKind {
  return Object.hasOwn(formKinds, text)
}

/**
 * Reads `kind[:size[:classes]]`: `hex:32`, `uuid`, `password:24:lower-upper-digit-special`. The result names the
 * default size and classes where the text does not, so that two spellings of one form are equal.
 *
 * Throws `usage.unknown_kind`, and `usage.invalid_argument` for a size or classes that the kind cannot have. It does not
 * judge strength: generating does.
 */
export function parseForm(text: string): Form {
  const [kind = '', sizeText, classesText, ...rest] = text.split(':')
  if (!isFormKind(kind)) throw unknownKind(kind)
  const facts: KindFacts = formKinds[kind]
  if (rest.length > 0) throw invalid(`the form of kind "${kind}" has too many parts`)
  if (facts.size === undefined) {
    if (sizeText !== undefined) throw invalid(`the kind "${kind}" takes no size`)
    return { kind }
  }
  const size = sizeText === undefined ? facts.size : parseSize(sizeText, kind)
  if (facts.classes === undefined) {
    if (classesText !== undefined) throw invalid(`the kind "${kind}" takes no character classes`)
    return { kind, size }
  }
  const classes = classesText === undefined ? facts.classes : parseClasses(classesText)
  return { kind, size, classes }
}

/** The shortest text that `parseForm` reads as this form, with its size: `password:24`, `hex:32`, `uuid`. */
export function formatForm(form: Form): string {
  const facts: KindFacts = formKinds[form.kind]
  if (facts.size === undefined) return form.kind
  const sized = `${form.kind}:${String(form.size ?? facts.size)}`
  const classes = form.classes?.join('-')
  return classes === undefined || classes === facts.classes?.join('-') ? sized : `${sized}:${classes}`
}

function parseSize(text: string, kind: FormKind): number {
  const size = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN
  if (size <= largestSize) return size
  throw invalid(`the size of "${kind}" is not a whole number from 1 to ${String(largestSize)}`, [
    `write for example ${kind}:${String((formKinds[kind] as KindFacts).size)}`,
  ])
}

/** Throws `usage.invalid_argument`. `text` is names joined by `-` or `,`. */
export function parseClasses(text: string): readonly CharacterClass[] {
  const named = new Set(text.split(/[-,]/))
  const classes = characterClasses.filter(each => named.delete(each))
  if (named.size > 0 || classes.length === 0) {
    throw invalid('the character classes of the password are not known', [
      `name some of ${characterClasses.join('-')}`,
    ])
  }
  return classes
}

function unknownKind(kind: string): SecretsError {
  const near = suggest(kind, Object.keys(formKinds))
  // What is near a known kind is a typing error and may be shown; anything else could be a value in the wrong place.
  const message =
    near === undefined ? 'the kind of value is not known' : `unknown kind of value, near "${near}"`
  const hints = near === undefined ? [] : [`did you mean "${near}"?`]
  return new SecretsError('usage.unknown_kind', message, {
    hints: [...hints, `kinds: ${Object.keys(formKinds).join(', ')}`],
  })
}

function invalid(message: string, hints: readonly string[] = []): SecretsError {
  return new SecretsError('usage.invalid_argument', message, { hints })
}
