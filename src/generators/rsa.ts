import { keyPair } from './key-pair.ts'

/** Symmetric bits of the same strength: NIST SP 800-57 part 1, table 2; for 4096 the formula of FIPS 140 IG D.B. */
const strengths: ReadonlyMap<number, number> = new Map([
  [2048, 112],
  [3072, 128],
  [4096, 149],
])

/** For RS256 and PS256; 2048 bits are what many consumers still ask for, 3072 the fewest that reach 128. */
export const rsa = keyPair({
  summary: 'RSA key pair of 2048, 3072 or 4096 bits, as PEM or JWK',
  source: 'RFC 8017, PKCS#8 (RFC 5958) and SPKI (RFC 5280); openssl genpkey',
  floorBits: 112,
  strength: ({ size = 0 }) => strengths.get(size) ?? 0,
  spec: ({ size = 0 }) => ({ type: 'rsa', bits: size }),
})
