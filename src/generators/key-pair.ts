import type { KeyPairSpec } from '../context.ts'
import type { Form } from '../core/form.ts'
import { encodePrivateKey, encodePublicKey, encodingAlphabet, readPrivateKey } from '../core/key-encoding.ts'
import type { SetGenerator } from './generator.ts'

interface KeyFacts {
  readonly summary: string
  readonly source: string
  readonly floorBits: number
  strength(form: Form): number
  spec(form: Form): KeyPairSpec
}

/** A pair of keys in two variables: the private one in the form's encoding, the public one in the same. */
export function keyPair({ summary, source, floorBits, strength, spec }: KeyFacts): SetGenerator {
  return {
    summary,
    source,
    floorBits,
    alphabet: encodingAlphabet,
    entropyBits: strength,
    matches: (value, { encoding = 'pem' }) => readPrivateKey(value)?.encoding === encoding,
    publicHalf(value, encoding) {
      const found = readPrivateKey(value)
      return found && encodePublicKey(found.key, encoding ?? found.encoding)
    },
    set: {
      names: ['PRIVATE_KEY', 'PUBLIC_KEY'],
      async generate(form, { keyPairs }) {
        const key = await keyPairs.generate(spec(form))
        const encoding = form.encoding ?? 'pem'
        return [
          { name: 'PRIVATE_KEY', value: encodePrivateKey(key, encoding), form },
          {
            name: 'PUBLIC_KEY',
            value: encodePublicKey(key, encoding),
            form: { kind: 'public-of', of: 'PRIVATE_KEY' },
          },
        ]
      },
    },
  }
}
