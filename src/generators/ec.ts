import { keyPair } from './key-pair.ts'

const curves = { 256: 'P-256', 384: 'P-384', 521: 'P-521' } as const

function curveOf(size: number | undefined): (typeof curves)[keyof typeof curves] {
  return size === 384 || size === 521 ? curves[size] : curves[256]
}

/** For ES256, ES384 and ES512, by the size of the curve's numbers. */
export const ec = keyPair({
  summary: 'EC key pair on P-256, P-384 or P-521, as PEM or JWK',
  source: 'FIPS 186-5, RFC 5915, RFC 7518 section 6.2; openssl genpkey -algorithm EC',
  floorBits: 128,
  strength: ({ size = 0 }) => Math.floor(size / 2),
  spec: ({ size }) => ({ type: 'ec', curve: curveOf(size) }),
})
