import type { Random } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { type Form, type FormKind, formKinds } from '../core/form.ts'
import { Secret } from '../core/secret.ts'
import { alnum } from './alnum.ts'
import { authSecret } from './auth-secret.ts'
import { base64 } from './base64.ts'
import { base64url } from './base64url.ts'
import { chars } from './chars.ts'
import { djangoKey } from './django-key.ts'
import { fernet } from './fernet.ts'
import { flask } from './flask.ts'
import type { GenerateOptions, Generator } from './generator.ts'
import { hex } from './hex.ts'
import { laravelKey } from './laravel-key.ts'
import { passphrase } from './passphrase.ts'
import { password } from './password.ts'
import { phoenixKey } from './phoenix-key.ts'
import { pin } from './pin.ts'
import { railsKey } from './rails-key.ts'
import { symfony } from './symfony.ts'
import { uuid } from './uuid.ts'
import { wpSalt } from './wp-salt.ts'

export type { GenerateOptions, Generator } from './generator.ts'

/** The registry: one file and one line for each kind of `core/form.ts`, in the order in which they are listed. */
export const generators: Readonly<Record<FormKind, Generator>> = {
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
}

/** Bits of entropy of one value of this form. */
export function entropyOf(form: Form, options: GenerateOptions = {}): number {
  return generators[form.kind].entropyBits(form, options)
}

/** A new value. Throws `usage.too_weak` for a form under the floor of its kind, before anything random is drawn. */
export async function generateValue(
  form: Form,
  random: Random,
  options: GenerateOptions = {},
): Promise<Secret> {
  const generator = generators[form.kind]
  const bits = entropyOf(form, options)
  if (bits < generator.floorBits) {
    const { unit } = formKinds[form.kind]
    throw new SecretsError(
      'usage.too_weak',
      `a value of that form has ${String(Math.floor(bits))} bits; "${form.kind}" needs ${String(generator.floorBits)}`,
      { hints: [`ask for more ${unit === 'none' ? 'characters' : unit}`] },
    )
  }
  return new Secret(await generator.generate(form, random, options))
}
