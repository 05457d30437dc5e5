import { SecretsError } from './errors.ts'
import { namePattern } from './names.ts'
import { suggest } from './suggest.ts'

/** What a form's size counts; `none` where the consumer fixed it. */
export type FormUnit = 'bytes' | 'characters' | 'words' | 'bits' | 'none'

interface KindFacts {
  readonly unit: FormUnit
  /** Taken where the form names no size. Absent exactly where the unit is `none`. */
  readonly size?: number
  /** The only sizes there are; any size where absent. */
  readonly sizes?: readonly number[]
  /** The classes taken where the form names none. Present where the form may name them. */
  readonly classes?: readonly CharacterClass[]
  /** The form may name one; `pem` where it does not. */
  readonly hasEncoding?: true
  /** The form names another variable. */
  readonly hasName?: true
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
  'iron-session': { unit: 'none' },
  'strapi-keys': { unit: 'none' },
  'jwt-secret': { unit: 'bits', size: 256, sizes: [256, 384, 512] },
  whsec: { unit: 'none' },
  'wp-salts': { unit: 'none' },
  'rails-encryption': { unit: 'none' },
  bcrypt: { unit: 'characters', size: 24 },
  argon2: { unit: 'characters', size: 24 },
  rsa: { unit: 'bits', size: 3072, sizes: [2048, 3072, 4096], hasEncoding: true },
  ec: { unit: 'bits', size: 256, sizes: [256, 384, 521], hasEncoding: true },
  ed25519: { unit: 'none', hasEncoding: true },
  vapid: { unit: 'none' },
  'public-of': { unit: 'none', hasName: true, hasEncoding: true },
} as const satisfies Record<string, KindFacts>

export type FormKind = keyof typeof formKinds

/** The order in which a form names them. */
export const characterClasses = ['lower', 'upper', 'digit', 'special'] as const
export type CharacterClass = (typeof characterClasses)[number]

/**
 * How a key stands in a variable. `pem`: PKCS#8 or SPKI with its line ends. `escaped`: the same on one line, with `\n` as two
 * characters. `base64`: the PEM text in base64. `jwk`: JSON (RFC 7517) with the thumbprint as key id. `jwks`: a set of
 * that one key. `jwk-base64`: the JSON in base64.
 */
export const keyEncodings = ['pem', 'escaped', 'base64', 'jwk', 'jwks', 'jwk-base64'] as const
export type KeyEncoding = (typeof keyEncodings)[number]

/** How a generated value looks. */
export interface Form {
  readonly kind: FormKind
  /** In the unit of the kind; absent where the unit is `none`. */
  readonly size?: number
  /** `password` only: each class occurs at least once. In the order of `characterClasses`. */
  readonly classes?: readonly CharacterClass[]
  /** Keys only; absent for `pem`. With `public-of`: absent for the encoding of the other half. */
  readonly encoding?: KeyEncoding
  /** `public-of` only: the variable with the private half. */
  readonly of?: string
}

/** 256 bits in letters and digits: the form where nobody asks for another. */
export const defaultForm: Form = { kind: 'hex', size: formKinds.hex.size }

/** Longer values fit no known reader of environment variables. */
const largestSize = 4096

export function isFormKind(text: string): text is FormKind {
  return Object.hasOwn(formKinds, text)
}

/**
 * Reads `kind[:size[:classes]]`: `hex:32`, `uuid`, `password:24:lower-upper-digit-special`; for keys `rsa:3072:jwk`,
 * `ed25519:escaped`, `public-of:NAME:jwks`. The result names the default size and classes where the text does not, so
 * that two spellings of one form are equal.
 *
 * Throws `usage.unknown_kind`, and `usage.invalid_argument` for a part that the kind cannot have. It does not
 * judge strength: generating does.
 */
export function parseForm(text: string): Form {
  const [kind = '', ...parts] = text.split(':')
  if (!isFormKind(kind)) throw unknownKind(kind)
  const facts: KindFacts = formKinds[kind]
  const of = facts.hasName === undefined ? undefined : parseName(parts.shift())
  // The size may be left out before an encoding: `rsa:jwk`.
  const namesSize = facts.size !== undefined && parts.length > 0 && !isEncoding(parts[0] ?? '', facts)
  const size = namesSize ? parseSize(parts.shift() ?? '', kind, facts) : facts.size
  const detail = parts.shift()
  if (parts.length > 0) throw invalid(`the form of kind "${kind}" has too many parts`)
  return {
    kind,
    ...(of === undefined ? {} : { of }),
    ...(size === undefined ? {} : { size }),
    ...parseDetail(detail, kind, facts),
  }
}

function parseDetail(
  text: string | undefined,
  kind: FormKind,
  facts: KindFacts,
): Pick<Form, 'classes' | 'encoding'> {
  if (facts.classes !== undefined) {
    return { classes: text === undefined ? facts.classes : parseClasses(text) }
  }
  if (text === undefined) return {}
  if (facts.hasEncoding !== undefined) return parseEncoding(text, kind)
  throw invalid(`the kind "${kind}" takes no ${facts.size === undefined ? 'size' : 'character classes'}`)
}

function isEncoding(text: string, facts: KindFacts): boolean {
  return facts.hasEncoding !== undefined && isKeyEncoding(text)
}

export function isKeyEncoding(text: string): text is KeyEncoding {
  return (keyEncodings as readonly string[]).includes(text)
}

function parseEncoding(text: string, kind: FormKind): Pick<Form, 'encoding'> {
  if (!isKeyEncoding(text)) throw invalid(`the encoding of "${kind}" is one of ${keyEncodings.join(', ')}`)
  // A public half is encoded as its private one unless the form says otherwise, so there `pem` says something.
  return text === 'pem' && kind !== 'public-of' ? {} : { encoding: text }
}

function parseName(text: string | undefined): string {
  if (text !== undefined && namePattern.test(text)) return text
  throw invalid('the form "public-of" names the variable with the private half', ['write public-of:NAME'])
}

/** The shortest text that `parseForm` reads as this form, with its size: `password:24`, `hex:32`, `uuid`. */
export function formatForm(form: Form): string {
  const facts: KindFacts = formKinds[form.kind]
  const size = form.size ?? facts.size
  const classes = form.classes?.join('-')
  const parts = [form.kind, form.of, size, form.encoding]
  if (classes !== facts.classes?.join('-')) parts.push(classes)
  return parts.filter(part => part !== undefined).join(':')
}

function parseSize(text: string, kind: FormKind, { sizes }: KindFacts): number {
  const size = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN
  if (sizes?.includes(size) ?? size <= largestSize) return size
  if (sizes !== undefined) throw invalid(`the size of "${kind}" is one of ${sizes.join(', ')} bits`)
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
