import { rsaBits } from '../../core/rsa-size.ts'
import type { Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

const least = 2048

/** No keys, but they have the sizes of such: the outermost bits set, and nothing behind the modulus. */
function integer(bits: number): number[] {
  return sized(2, [0, ...Array.from({ length: bits / 8 }, () => 0xc5)])
}

function sized(tag: number, content: readonly number[]): number[] {
  return [tag, 0x82, content.length >> 8, content.length & 0xff, ...content]
}

const rsa = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]

function pem(label: string, content: readonly number[]): string {
  const text = btoa(String.fromCharCode(...sized(0x30, content)))
  return ['-----BEGIN', ` ${label}-----\\n${text}\\n-----END`, ` ${label}-----\\n`].join('')
}

function jwk(bits: number): string {
  return `'{"kty":"RSA","e":"AQAB","n":"${'xcXF'.repeat(Math.floor(bits / 24))}${'xcU'.slice(0, bits % 24 === 0 ? 0 : 3)}"}'`
}

const pkcs1 = (bits: number): string => pem('RSA PRIVATE KEY', [2, 1, 0, ...integer(bits)])
const pkcs8 = (bits: number): string =>
  pem('PRIVATE KEY', [2, 1, 0, ...rsa, ...sized(4, sized(0x30, [2, 1, 0, ...integer(bits)]))])
const spki = (bits: number): string =>
  pem('PUBLIC KEY', [...rsa, ...sized(3, [0, ...sized(0x30, integer(bits))])])
const base64 = (text: string): string => btoa(text.replaceAll('\\n', '\n'))

export const rsaKey: Rule = variableRule({
  id: 'rsa-key',
  title: `an RSA key has ${String(least)} bits or more`,
  severity: { development: 'warning', test: 'info', staging: 'error', production: 'error' },
  rationale: 'shorter moduli are within reach of those who factor them, and libraries begin to refuse them',
  fix: 'make a new pair: secrets generate rsa',
  source: {
    title: 'NIST SP 800-131A Rev. 2, section 3',
    url: 'https://csrc.nist.gov/pubs/sp/800/131/a/r2/final',
  },
  examples: {
    bad: [
      { file: `SIGNING_JWK=${jwk(512)}\n`, environment: 'production' },
      { file: `JWT_PRIVATE_KEY="${pkcs1(1024)}"\n` },
      { file: `JWT_PRIVATE_KEY="${pkcs8(1024)}"\n`, environment: 'production' },
      { file: `JWT_PUBLIC_KEY="${spki(1536)}"\n`, environment: 'staging' },
      { file: `JWT_PRIVATE_KEY=${base64(pkcs8(1024))}\n`, environment: 'production' },
    ],
    good: [
      { file: `SIGNING_JWK='{"kty":"EC","crv":"P-256","x":"xcXF","y":"xcXF"}'\n`, environment: 'production' },
      { file: `JWT_PRIVATE_KEY="${pkcs1(2048)}"\n`, environment: 'production' },
      { file: `JWT_PRIVATE_KEY="${pkcs8(4096)}"\n`, environment: 'production' },
      { file: `JWT_PUBLIC_KEY="${spki(3072)}"\n`, environment: 'production' },
      { file: `SIGNING_JWK=${jwk(2064)}\n`, environment: 'production' },
    ],
  },
  problem({ value }) {
    const bits = rsaBits(value)
    if (bits === undefined || bits >= least) return undefined
    return { problem: `is an RSA key with fewer than ${String(least)} bits` }
  },
})
