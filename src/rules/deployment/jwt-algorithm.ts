import { deployed, inProduction, type Rule } from '../rule.ts'
import { itemsIn, variableRule } from '../variable-rule.ts'

const known = /^(?:(?:HS|RS|PS|ES)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448)$/

export const jwtAlgorithm: Rule = variableRule({
  id: 'jwt-algorithm',
  title: 'tokens are signed with an algorithm that is one',
  severity: deployed('error', 'error'),
  rationale: 'with none, or with what a library takes for none, everybody writes tokens of their own',
  fix: 'choose EdDSA, ES256, RS256 or HS256, as it is written in the standard',
  source: {
    title: 'RFC 8725: JSON Web Token Best Current Practices, section 3.1',
    url: 'https://www.rfc-editor.org/rfc/rfc8725#section-3.1',
  },
  names: [
    '=ALGORITHM',
    'JWT_ALGORITHM',
    'JWT_ALGORITHMS',
    'JWT_ALG',
    'JWT_ALGO',
    'JWT_SIGNING_ALGORITHM',
    'TOKEN_ALGORITHM',
    'SIGNED_RESPONSE_ALG',
  ],
  examples: {
    bad: inProduction(
      'JWT_ALGORITHM=none\n',
      'ALGORITHM=NONE\n',
      'JWT_ALG=HS1\n',
      'JWT_ALGO=MD5\n',
      'JWT_ALGORITHMS=RS256,none\n',
      'TOKEN_ALGORITHM=hs256\n',
    ),
    good: [
      ...inProduction(
        'JWT_ALGORITHM=HS256\n',
        'ALGORITHM=RS512\n',
        'JWT_ALG=EdDSA\n',
        'JWT_ALGORITHMS=RS256,ES384\n',
        'CRYPTO_ALGORITHM=aes-256-gcm\n',
        'JWT_ALGO=\n',
      ),
      { file: 'JWT_ALGORITHM=none\n' },
    ],
  },
  problem({ value }) {
    const wrong = itemsIn(value).filter(item => !known.test(item))
    if (wrong.length === 0) return undefined
    if (wrong.some(item => item.toLowerCase() === 'none'))
      return { problem: 'allows tokens without a signature' }
    const isSpelling = wrong.every(
      item => known.test(item.toUpperCase()) || /^(?:eddsa|ed25519|ed448)$/i.test(item),
    )
    return isSpelling
      ? { problem: 'names an algorithm in another spelling than the standard', atMost: 'warning' }
      : { problem: 'names no signature algorithm of the standard' }
  },
})
