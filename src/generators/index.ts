import type { Random } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { type Form, type FormKind, formKinds, type KeyEncoding } from '../core/form.ts'
import { Secret } from '../core/secret.ts'
import { alnum } from './alnum.ts'
import { argon2 } from './argon2.ts'
import { authSecret } from './auth-secret.ts'
import { base64 } from './base64.ts'
import { base64url } from './base64url.ts'
import { bcrypt } from './bcrypt.ts'
import { chars } from './chars.ts'
import { djangoKey } from './django-key.ts'
import { ec } from './ec.ts'
import { ed25519 } from './ed25519.ts'
import { fernet } from './fernet.ts'
import { flask } from './flask.ts'
import type { GenerateOptions, Generator, GeneratorFacts, SetGenerator, Sources } from './generator.ts'
import { hex } from './hex.ts'
import { ironSession } from './iron-session.ts'
import { jwtSecret } from './jwt-secret.ts'
import { laravelKey } from './laravel-key.ts'
import { passphrase } from './passphrase.ts'
import { password } from './password.ts'
import { phoenixKey } from './phoenix-key.ts'
import { pin } from './pin.ts'
import { publicOf } from './public-of.ts'
import { railsEncryption } from './rails-encryption.ts'
import { railsKey } from './rails-key.ts'
import { rsa } from './rsa.ts'
import { strapiKeys } from './strapi-keys.ts'
import { symfony } from './symfony.ts'
import { uuid } from './uuid.ts'
import { vapid } from './vapid.ts'
import { whsec } from './whsec.ts'
import { wpSalt } from './wp-salt.ts'
import { wpSalts } from './wp-salts.ts'

export type { GenerateOptions, Sources } from './generator.ts'

type AnyGenerator = GeneratorFacts & Partial<Generator> & Partial<SetGenerator>

/** The registry: one file and one line for each kind of `core/form.ts`, in the order in which they are listed. */
export const generators = {
  hex,
  base64,
  base64url,
  alnum,
  chars,
  password,
  passphrase,
  uuid,
  pin,
  'laravel-key': laravelKey,
  'wp-salt': wpSalt,
  'django-key': djangoKey,
  'rails-key': railsKey,
  fernet,
  'phoenix-key': phoenixKey,
  symfony,
  'auth-secret': authSecret,
  flask,
  'iron-session': ironSession,
  'strapi-keys': strapiKeys,
  'jwt-secret': jwtSecret,
  whsec,
  'wp-salts': wpSalts,
  'rails-encryption': railsEncryption,
  bcrypt,
  argon2,
  rsa,
  ec,
  ed25519,
  vapid,
  'public-of': publicOf,
} as const satisfies Readonly<Record<FormKind, AnyGenerator>>

function generatorOf({ kind }: Form): AnyGenerator {
  return generators[kind]
}

/** Bits of entropy of one value of this form. */
export function entropyOf(form: Form, options: GenerateOptions = {}): number {
  return generatorOf(form).entropyBits(form, options)
}

/**
 * A new value. Throws `usage.too_weak` for a form under the floor of its kind, before anything random is drawn, and
 * `usage.invalid_argument` for a kind that is several values at once.
 */
export async function generateValue(
  form: Form,
  random: Random,
  options: GenerateOptions = {},
): Promise<Secret> {
  const generator = generatorOf(form)
  if (generator.generate === undefined) throw notAlone(form)
  requireStrength(form, options)
  return new Secret(await generator.generate(form, random, options))
}

/** The same for one variable of a file, which may be the private half of a pair: the public one follows from it. */
export async function generateFor(form: Form, sources: Sources): Promise<Secret> {
  const { set, publicHalf: hasPublicHalf } = generatorOf(form)
  if (set === undefined) return await generateValue(form, sources.random)
  if (hasPublicHalf === undefined) throw notAlone(form)
  const [part] = await generateParts(form, sources)
  if (part === undefined) throw notAlone(form)
  return part.value
}

function notAlone({ kind }: Form): SecretsError {
  const whole = kind === 'public-of' ? 'ed25519' : kind
  return new SecretsError('usage.invalid_argument', `a value of kind "${kind}" is not made alone`, {
    hints: [`make it with what belongs to it: secrets generate ${whole}`, 'see: secrets generate --list'],
  })
}

/** One value of a form; `name` is the usual one of a variable, where several belong together. */
export interface GeneratedPart {
  readonly name?: string
  readonly value: Secret
  readonly form: Form
}

/** The same for every kind: one part, or all that belong together, the most secret one first. */
export async function generateParts(
  form: Form,
  sources: Sources,
  options: GenerateOptions = {},
): Promise<readonly GeneratedPart[]> {
  const { set } = generatorOf(form)
  if (set === undefined) return [{ value: await generateValue(form, sources.random, options), form }]
  requireStrength(form, options)
  const parts = await set.generate(form, sources, options)
  return parts.map(part => ({ ...part, value: new Secret(part.value) }))
}

/** The usual names of what belongs together; empty for a single value. */
export function partNames(form: Form): readonly string[] {
  return generatorOf(form).set?.names ?? []
}

/**
 * The public half that belongs to a private value, in the encoding asked for, else in that of the private one;
 * `undefined` for a value that is no private key.
 */
export function publicHalf(privateValue: Secret, encoding?: KeyEncoding): Secret | undefined {
  const text = privateValue.reveal()
  // Every other pair is read by the same function: the text tells which it is.
  const value = vapid.publicHalf?.(text) ?? rsa.publicHalf?.(text, encoding)
  return value === undefined ? undefined : new Secret(value)
}

function requireStrength(form: Form, options: GenerateOptions): void {
  const bits = entropyOf(form, options)
  const { floorBits } = generatorOf(form)
  if (bits >= floorBits) return
  const { unit } = formKinds[form.kind]
  throw new SecretsError(
    'usage.too_weak',
    `a value of that form has ${String(Math.floor(bits))} bits; "${form.kind}" needs ${String(floorBits)}`,
    { hints: [`ask for more ${unit === 'none' ? 'characters' : unit}`] },
  )
}
