import type { Generator } from './generator.ts'

/** A Fernet key: 32 bytes in URL-safe base64 with its padding (Fernet specification, "Key Format"). */
export const fernet: Generator = {
  summary: 'Fernet key: 32 bytes in URL-safe base64 with =',
  source: 'Fernet specification, section Key Format',
  alphabet: 'A-Za-z0-9_=-',
  floorBits: 256,
  entropyBits: () => 256,
  generate: (_form, random) => `${Buffer.from(random.bytes(32)).toString('base64url')}=`,
  matches: value => /^[A-Za-z0-9_-]{43}=$/.test(value),
}
