import { strongValue } from '../example-values.ts'
import type { Rule } from '../rule.ts'
import { variablesNamed } from '../source.ts'
import { variableRule } from '../variable-rule.ts'

/** Bytes of the hash, which the key must have at least. */
const bytesOf: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

const twice = `${strongValue}${strongValue.toLowerCase()}`

export const hmacKey: Rule = variableRule({
  id: 'hmac-key',
  title: 'a signing key is as long as the hash of its algorithm',
  severity: { development: 'warning', test: 'info', staging: 'error', production: 'error' },
  rationale:
    'a shorter key is easier to search than the hash promises, and several libraries refuse to sign with it',
  fix: 'write a new value: secrets generate hex:64',
  source: { title: 'RFC 7518, section 3.2', url: 'https://www.rfc-editor.org/rfc/rfc7518#section-3.2' },
  names: ['JWT_SECRET', 'JWT_SECRET_KEY', 'JWT_KEY', 'JWT_SIGNING_KEY', 'TOKEN_SECRET', '=SECRET_KEY'],
  examples: {
    bad: [
      { file: `JWT_ALGORITHM=HS512\nJWT_SECRET=${strongValue}\n` },
      { file: `JWT_ALG=HS384\nJWT_SECRET_KEY=${strongValue}\n` },
      { file: `JWT_ALGO=HS256\nJWT_SIGNING_KEY=${strongValue.slice(5)}\n` },
      { file: `ALGORITHM=HS512\nSECRET_KEY=${strongValue}\n`, environment: 'production' },
      { file: `JWT_ALGORITHM=HS512\nACCESS_TOKEN_SECRET=${strongValue}\n`, environment: 'staging' },
    ],
    good: [
      { file: `JWT_ALGORITHM=HS512\nJWT_SECRET=${twice}\n`, environment: 'production' },
      { file: `JWT_ALGORITHM=HS256\nJWT_SECRET=${strongValue}\n` },
      { file: `JWT_SECRET=${strongValue}\n` },
      { file: 'JWT_ALGORITHM=RS256\nJWT_KEY=keys/private.pem\n' },
      { file: 'JWT_ALGORITHM=HS512\nJWT_SECRET=${SIGNING_SECRET}\n' },
    ],
  },
  problem({ value }, source) {
    const [declared] = variablesNamed(source, ['JWT_ALGORITHM', 'JWT_ALG', 'JWT_ALGO', '=ALGORITHM'])
    const algorithm = declared?.value.trim().toUpperCase() ?? ''
    const least = Object.hasOwn(bytesOf, algorithm) ? bytesOf[algorithm] : undefined
    if (declared === undefined || least === undefined || new TextEncoder().encode(value).length >= least) {
      return undefined
    }
    return { problem: `is shorter than the ${String(least)} bytes of the hash that "${declared.name}" names` }
  },
})
