import { minute, tooLong } from '../lifetime.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { tokenPractice } from './web-sources.ts'

export const accessTokenLifetime: Rule = variableRule({
  id: 'access-token-lifetime',
  title: 'an access token lasts an hour at most, better 15 minutes',
  severity: deployed('error'),
  rationale: 'an access token cannot be called back: whoever has it is the user until it expires',
  fix: 'at most 15 minutes, with a refresh token for longer sessions',
  source: tokenPractice,
  names: [
    'ACCESS_TOKEN_EXPIRE_MINUTES',
    'ACCESS_TOKEN_EXPIRE',
    'ACCESS_TOKEN_EXPIRES_IN',
    'ACCESS_TOKEN_EXPIRES',
    'ACCESS_TOKEN_EXPIRY',
    'ACCESS_TOKEN_EXPIRATION',
    'ACCESS_TOKEN_LIFETIME',
    'ACCESS_TOKEN_LIFETIME_MINUTES',
    'ACCESS_TOKEN_TTL',
    'ACCESS_TOKEN_MAX_AGE',
    'ACCESS_EXPIRATION_MINUTES',
    'ACCESS_EXPIRES_IN',
    'JWT_EXPIRES_IN',
    'JWT_EXPIRY',
    'JWT_EXPIRATION',
    'JWT_EXPIRATION_MINUTES',
    'JWT_EXP',
    'JWT_EXPIRE',
    'JWT_TTL',
    'JWT_LIFETIME',
    'JWT_TOKEN_EXPIRES_IN',
  ],
  examples: {
    bad: inProduction(
      'ACCESS_TOKEN_EXPIRE_MINUTES=1440\n',
      'JWT_EXPIRES_IN=7d\n',
      'JWT_ACCESS_EXPIRATION_MINUTES=30\n',
      'ACCESS_TOKEN_TTL=86400\n',
      'JWT_EXPIRATION=86400000\n',
      'JWT_EXPIRES_IN="2 hours"\n',
    ),
    good: [
      ...inProduction(
        'ACCESS_TOKEN_EXPIRE_MINUTES=15\n',
        'JWT_EXPIRES_IN=10m\n',
        'ACCESS_TOKEN_TTL=900\n',
        'JWT_EXPIRATION=900000\n',
        'JWT_REFRESH_EXPIRATION_DAYS=7\n',
        'JWT_EXPIRES_IN=never-mind\n',
      ),
      { file: 'ACCESS_TOKEN_EXPIRE_MINUTES=10080\n' },
    ],
  },
  problem: variable => tooLong(variable, { most: 60 * minute, advised: 15 * minute }),
})
