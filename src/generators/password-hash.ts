import type { Form } from '../core/form.ts'
import { commonFloor, type Part, type SetGenerator } from './generator.ts'
import { password } from './password.ts'

interface HashFacts {
  readonly kind: 'bcrypt' | 'argon2'
  readonly summary: string
  readonly source: string
  /** The characters of a hash, as the inside of a bracket expression. */
  readonly alphabet: string
  readonly pattern: RegExp
  hash(password: string, salt: Uint8Array): string | Promise<string>
}

/** What a salt of either kind has: 128 bits. */
const saltBytes = 16

/** A new password with the hash of it: one for the person or client, the other for the server's configuration. */
export function passwordHash({ kind, summary, source, alphabet, pattern, hash }: HashFacts): SetGenerator {
  return {
    summary,
    source,
    alphabet,
    floorBits: commonFloor,
    entropyBits: (form, options) => password.entropyBits(passwordForm(form), options),
    matches: value => pattern.test(value),
    set: {
      names: ['PASSWORD', 'PASSWORD_HASH'],
      async generate(form, { random }, options): Promise<readonly Part[]> {
        const own = passwordForm(form)
        const value = await password.generate(own, random, options)
        return [
          { name: 'PASSWORD', value, form: own },
          {
            name: 'PASSWORD_HASH',
            value: await hash(value, random.bytes(saltBytes)),
            form: { ...form, kind },
          },
        ]
      },
    },
  }
}

function passwordForm({ size = 0 }: Form): Form {
  return { kind: 'password', size, classes: ['lower', 'upper', 'digit'] }
}
