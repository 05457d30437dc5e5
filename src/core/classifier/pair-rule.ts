import { isEmpty } from './outcome.ts'
import { formOfPair, isKeyText, isOpen, isOwnPair, pairScopes, readHalf } from './pairs.ts'
import type { DecisionRule } from './rule.ts'
import { readValue } from './value.ts'

/** Decides about the private half; the public one follows it (`relatePairs`). */
export const ownPair: DecisionRule = {
  id: 'own-pair',
  summary: 'the private half of a key pair of the application itself, with its public half beside it',
  decide(variable) {
    const { name, value, family } = variable
    const half = readHalf(name.name)
    if (half?.half !== 'private' || !isOwnPair(name) || !isOpen(variable)) return undefined
    const partner = family.valueOfPartner(name.name)
    if (partner === undefined || !isOpen({ text: partner, value: readValue(partner) })) return undefined
    if (variable.hint(pairScopes, 'fetch', 'account') !== undefined) return undefined
    // An empty pair may belong to a feature that is off: only words about it tell that it is wanted.
    const isAsked = variable.hint(pairScopes, 'pair', 'random', 'required') !== undefined
    if (isEmpty(variable) && !isAsked) return undefined
    const state =
      value.kind === 'key-material' || isKeyText(variable.text) ? 'the one here is published' : undefined
    const reason = ['a key pair of the application itself', state]
      .filter(part => part !== undefined)
      .join('; ')
    return { decision: 'generate', form: formOfPair(variable), reason, confidence: 0.85 }
  },
  examples: {
    good: [
      {
        template: 'JWT_PRIVATE_KEY=change-me\nJWT_PUBLIC_KEY=change-me\n',
        name: 'JWT_PRIVATE_KEY',
        decision: 'generate',
        form: 'rsa:3072',
      },
      {
        template: '# npx web-push generate-vapid-keys\nVAPID_PUBLIC_KEY=\nVAPID_PRIVATE_KEY=\n',
        name: 'VAPID_PRIVATE_KEY',
        decision: 'generate',
        form: 'vapid',
      },
      {
        template: 'JWT_ALGORITHM=ES256\nJWT_PRIVATE_KEY=<key>\nJWT_PUBLIC_KEY=<key>\n',
        name: 'JWT_PRIVATE_KEY',
        decision: 'generate',
        form: 'ec:256',
      },
      {
        template: '# openssl genrsa 4096 | base64\nOIDC_PRIVATE_KEY=\nOIDC_PUBLIC_KEY=\n',
        name: 'OIDC_PRIVATE_KEY',
        decision: 'generate',
        form: 'rsa:4096:base64',
      },
    ],
    bad: [
      { template: 'JWT_PRIVATE_KEY=change-me\n', name: 'JWT_PRIVATE_KEY' },
      { template: 'JWT_PRIVATE_KEY=\nJWT_PUBLIC_KEY=\n', name: 'JWT_PRIVATE_KEY' },
      {
        template: 'GALLERY_PRIVATE_KEY=change-me\nGALLERY_PUBLIC_KEY=change-me\n',
        name: 'GALLERY_PRIVATE_KEY',
      },
      { template: 'JWT_PRIVATE_KEY=./jwt.pem\nJWT_PUBLIC_KEY=./jwt.pub\n', name: 'JWT_PRIVATE_KEY' },
      { template: 'JWT_PRIVATE_KEY=change-me\nJWT_PUBLIC_KEY=./jwt.pub\n', name: 'JWT_PRIVATE_KEY' },
      {
        template: '# get both at https://example.com\nAUTH_PRIVATE_KEY=x-key\nAUTH_PUBLIC_KEY=x-key\n',
        name: 'AUTH_PRIVATE_KEY',
      },
      {
        template: 'WALLET_TOKEN_PRIVATE_KEY=<k>\nWALLET_TOKEN_PUBLIC_KEY=<k>\n',
        name: 'WALLET_TOKEN_PRIVATE_KEY',
      },
    ],
  },
}
