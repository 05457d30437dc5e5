import { day, tooLong } from '../lifetime.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { tokenPractice } from './web-sources.ts'

export const refreshTokenLifetime: Rule = variableRule({
  id: 'refresh-token-lifetime',
  title: 'a refresh token lasts 30 days at most, better 7',
  severity: deployed('error'),
  rationale: 'a stolen refresh token makes new sessions for as long as it lasts',
  fix: 'at most 7 days, with a new token at every use',
  source: tokenPractice,
  names: [
    'REFRESH_TOKEN_EXPIRE_DAYS',
    'REFRESH_TOKEN_EXPIRE_MINUTES',
    'REFRESH_TOKEN_EXPIRE',
    'REFRESH_TOKEN_EXPIRES_IN',
    'REFRESH_TOKEN_EXPIRES',
    'REFRESH_TOKEN_EXPIRY',
    'REFRESH_TOKEN_EXPIRATION',
    'REFRESH_TOKEN_LIFETIME',
    'REFRESH_TOKEN_LIFETIME_DAYS',
    'REFRESH_TOKEN_TTL',
    'REFRESH_TOKEN_MAX_AGE',
    'REFRESH_EXPIRATION_DAYS',
    'REFRESH_EXPIRES_IN',
    'JWT_REFRESH_TTL',
    'REFRESH_KEY_EXPIRE_HOURS_COUNT',
  ],
  examples: {
    bad: inProduction(
      'REFRESH_TOKEN_EXPIRE_DAYS=90\n',
      'REFRESH_TOKEN_EXPIRES_IN=365d\n',
      'JWT_REFRESH_EXPIRATION_DAYS=14\n',
      'JWT_REFRESH_EXPIRES_IN="10 weeks"\n',
      'REFRESH_TOKEN_TTL=7776000\n',
    ),
    good: [
      ...inProduction(
        'REFRESH_TOKEN_EXPIRE_DAYS=7\n',
        'REFRESH_TOKEN_EXPIRES_IN=24h\n',
        'REFRESH_TOKEN_TTL=604800\n',
        'REFRESH_TOKEN_REUSE_INTERVAL=10\n',
      ),
      { file: 'REFRESH_TOKEN_EXPIRE_DAYS=365\n' },
    ],
  },
  problem: variable => tooLong(variable, { most: 30 * day, advised: 7 * day }),
})
