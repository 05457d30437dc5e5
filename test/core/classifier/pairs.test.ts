import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { encodePrivateKey, encodePublicKey } from '../../../src/core/key-encoding.ts'
import { systemKeyPairs } from '../../../src/effects/key-pairs.ts'

/** Name → form of what is generated, else the decision. */
function outline(text: string): Record<string, string> {
  const decisions = classify(EnvDocument.fromText(text, '.env.example'))
  return Object.fromEntries(decisions.map(({ name, form, decision }) => [name, form ?? decision]))
}

describe('a pair of keys', () => {
  it('is generated together, whichever half stands first', () => {
    expect(outline('JWT_PUBLIC_KEY=<public>\nJWT_PRIVATE_KEY=<private>\n')).toEqual({
      JWT_PRIVATE_KEY: 'rsa:3072',
      JWT_PUBLIC_KEY: 'public-of:JWT_PRIVATE_KEY',
    })
  })

  it('is generated where one comment asks for both', () => {
    const text = '# npx web-push generate-vapid-keys\nNEXT_PUBLIC_VAPID_PUBLIC_KEY=\nVAPID_PRIVATE_KEY=\n'
    expect(outline(text)).toEqual({
      NEXT_PUBLIC_VAPID_PUBLIC_KEY: 'public-of:VAPID_PRIVATE_KEY',
      VAPID_PRIVATE_KEY: 'vapid',
    })
  })

  it.each([
    ['a pem of several lines', 'pem', 'rsa:3072', 'public-of:A_JWT_PRIVATE_KEY'],
    ['one line', 'escaped', 'rsa:3072:escaped', 'public-of:A_JWT_PRIVATE_KEY'],
    ['base64', 'base64', 'rsa:3072:base64', 'public-of:A_JWT_PRIVATE_KEY'],
    ['a JWK', 'jwk', 'rsa:3072:jwk', 'public-of:A_JWT_PRIVATE_KEY'],
    ['a JWK in base64', 'jwk-base64', 'rsa:3072:jwk-base64', 'public-of:A_JWT_PRIVATE_KEY'],
  ] as const)(
    'that was committed is replaced in its own encoding: %s',
    async (_what, encoding, form, half) => {
      const key = await systemKeyPairs.generate({ type: 'rsa', bits: 2048 })
      const quote = (text: string): string => (encoding === 'base64' ? text : `'${text}'`)
      const text = `A_JWT_PRIVATE_KEY=${quote(encodePrivateKey(key, encoding))}\nA_JWT_PUBLIC_KEY=${quote(encodePublicKey(key, encoding))}\n`
      expect(outline(text)).toEqual({ A_JWT_PRIVATE_KEY: form, A_JWT_PUBLIC_KEY: half })
    },
  )

  it('may be written differently in its two halves', () => {
    expect(outline('JWT_PRIVATE_KEY=change-me\nJWT_PUBLIC_JWKS=\n# RSA key\n')).toMatchObject({
      JWT_PRIVATE_KEY: 'ask',
    })
    expect(outline('OIDC_PRIVATE_JWK=change-me\nOIDC_PUBLIC_JWK=change-me\n')).toEqual({
      OIDC_PRIVATE_JWK: 'rsa:3072:jwk',
      OIDC_PUBLIC_JWK: 'public-of:OIDC_PRIVATE_JWK',
    })
  })

  it('that a directive asks for takes its public half along', () => {
    expect(outline('# secrets: generate ed25519:jwk\nSHOP_PRIVATE_KEY=\nSHOP_PUBLIC_KEY=\n')).toEqual({
      SHOP_PRIVATE_KEY: 'ed25519:jwk',
      SHOP_PUBLIC_KEY: 'public-of:SHOP_PRIVATE_KEY',
    })
  })

  it.each([
    'RECAPTCHA_PUBLIC_KEY=your-key\nRECAPTCHA_PRIVATE_KEY=your-key\n',
    'BRAINTREE_PUBLIC_KEY=your-key\nBRAINTREE_PRIVATE_KEY=your-key\n',
    'IMAGEKIT_PUBLIC_KEY=your-key\nIMAGEKIT_PRIVATE_KEY=your-key\n',
    'OPENPAY_PUBLIC_KEY=pk_change_me\nOPENPAY_PRIVATE_KEY=sk_change_me\n',
    'GITHUB_APP_PUBLIC_KEY=change-me\nGITHUB_APP_PRIVATE_KEY=change-me\n',
    'AUTH_APPLE_PUBLIC_KEY=change-me\nAUTH_APPLE_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\nchange\\n-----END PRIVATE KEY-----"\n',
    'WALLET_PUBLIC_KEY=change-me\nWALLET_PRIVATE_KEY=change-me\n',
    'SSH_PUBLIC_KEY=change-me\nSSH_PRIVATE_KEY=change-me\n',
    'PUBLIC_KEY=change-me\nPRIVATE_KEY=change-me\n',
    'VAPID_PUBLIC_KEY=\nVAPID_PRIVATE_KEY=\n',
    'JWT_PUBLIC_KEY=./public.pem\nJWT_PRIVATE_KEY=./private.pem\n',
    'JWT_PUBLIC_KEY=${A}\nJWT_PRIVATE_KEY=change-me\n',
    'JWT_PUBLIC_KEY=./public.pem\nJWT_PRIVATE_KEY=change-me\n',
    '# from your dashboard\nSIGNING_PRIVATE_KEY=change-me\nSIGNING_PUBLIC_KEY=change-me\n',
  ])('of somebody else, or of which nothing is said, is left alone: %j', text => {
    expect(Object.values(outline(text)).filter(each => /rsa|ec|ed25519|vapid|public-of/.test(each))).toEqual(
      [],
    )
  })
})
