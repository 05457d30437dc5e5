import { commonFloor, type Generator, safeAlphabet } from './generator.ts'
import { bitsOf, letters, safeSpecials, text } from './sampling.ts'

const alphabet = letters + safeSpecials

/** Django's SECRET_KEY: its deployment check wants 50 characters, 5 different ones, and no `django-insecure-`. */
export const djangoKey: Generator = {
  summary: 'Django SECRET_KEY: 50 characters or more',
  source: 'django.core.management.utils.get_random_secret_key; check security.W009',
  alphabet: safeAlphabet,
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => bitsOf(alphabet.length, size),
  generate({ size = 0 }, random) {
    for (;;) {
      const value = text(alphabet, size, random)
      if (this.matches(value, { kind: 'django-key', size })) return value
    }
  },
  matches: (value, { size = 0 }) =>
    value.length === size && /^[A-Za-z0-9_-]+$/.test(value) && new Set(value).size >= 5,
}
