import { keyPair } from './key-pair.ts'

/** For EdDSA; short, and the same on every machine. */
export const ed25519 = keyPair({
  summary: 'Ed25519 key pair, as PEM or JWK',
  source: 'RFC 8032, RFC 8410, RFC 8037; openssl genpkey -algorithm ed25519',
  floorBits: 128,
  strength: () => 128,
  spec: () => ({ type: 'ed25519' }),
})
