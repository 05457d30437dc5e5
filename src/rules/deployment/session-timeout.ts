import { hour, minute, tooLong } from '../lifetime.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { sessionExpiry } from './web-sources.ts'

export const sessionTimeout: Rule = variableRule({
  id: 'session-timeout',
  title: 'a session ends after a day at most',
  severity: deployed('warning'),
  rationale:
    'the longer a session lasts, the longer a stolen cookie or a forgotten computer is somebody else',
  fix: 'at most 24 hours; ask again for what is sensitive',
  source: sessionExpiry,
  names: [
    'SESSION_TIMEOUT',
    'SESSION_TIMEOUT_MINUTES',
    'SESSION_TIMEOUT_HOURS',
    'SESSION_LIFETIME',
    'SESSION_LIFETIME_MINUTES',
    'SESSION_LIFETIME_HOURS',
    'SESSION_MAX_AGE',
    'SESSION_TTL',
    'SESSION_EXPIRY',
    'SESSION_EXPIRATION',
    'SESSION_EXPIRES_IN',
    'SESSION_EXPIRE_TIME_SECONDS',
    'SESSION_EXPIRE_MINUTES',
    'SESSION_COOKIE_AGE',
    'SESSION_COOKIE_MAX_AGE',
  ],
  examples: {
    bad: inProduction(
      'SESSION_TIMEOUT_HOURS=48\n',
      'SESSION_MAX_AGE=30d\n',
      'SESSION_COOKIE_AGE=1209600\n',
      'SESSION_LIFETIME=10080\n',
      'AUTH_SESSION_MAX_AGE=2592000000\n',
    ),
    good: [
      ...inProduction(
        'SESSION_LIFETIME_MINUTES=60\n',
        'SESSION_LIFETIME=120\n',
        'SESSION_MAX_AGE=86400\n',
        'SESSION_TIMEOUT=8h\n',
        'PERMANENT_SESSION_LIFETIME=43200\n',
      ),
      { file: 'SESSION_LIFETIME=525600\n' },
    ],
  },
  // Laravel counts SESSION_LIFETIME in minutes; Flask's PERMANENT_SESSION_LIFETIME is seconds.
  problem: variable =>
    tooLong(variable, { most: 24 * hour, ...(variable.name === 'SESSION_LIFETIME' ? { unit: minute } : {}) }),
})
