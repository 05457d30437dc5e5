import { minute, tooLong } from '../lifetime.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { sessionExpiry } from './web-sources.ts'

export const sessionIdle: Rule = variableRule({
  id: 'session-idle',
  title: 'a session without activity ends after 30 minutes at most',
  severity: deployed('warning'),
  rationale: 'a computer that somebody left stays signed in until the session notices',
  fix: 'at most 30 minutes',
  source: sessionExpiry,
  names: [
    'SESSION_IDLE_TIMEOUT',
    'SESSION_IDLE_TIMEOUT_MINUTES',
    'SESSION_IDLE_MINUTES',
    'SESSION_INACTIVITY_TIMEOUT',
    'SESSION_INACTIVITY_TIMEOUT_MINUTES',
    '=IDLE_TIMEOUT_MINUTES',
    '=INACTIVITY_TIMEOUT',
    '=INACTIVITY_TIMEOUT_MINUTES',
  ],
  examples: {
    bad: inProduction(
      'SESSION_IDLE_TIMEOUT=2h\n',
      'SESSION_IDLE_TIMEOUT_MINUTES=60\n',
      'SESSION_INACTIVITY_TIMEOUT=3600\n',
      'INACTIVITY_TIMEOUT_MINUTES=45\n',
      'APP_SESSION_IDLE_MINUTES=120\n',
    ),
    good: [
      ...inProduction(
        'SESSION_IDLE_TIMEOUT=15m\n',
        'SESSION_IDLE_TIMEOUT_MINUTES=30\n',
        'SESSION_INACTIVITY_TIMEOUT=1800\n',
        'DB_IDLE_TIMEOUT=10h\n',
      ),
      { file: 'SESSION_IDLE_TIMEOUT=24h\n' },
    ],
  },
  problem: variable => tooLong(variable, { most: 30 * minute }),
})
