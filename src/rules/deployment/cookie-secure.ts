import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, variableRule } from '../variable-rule.ts'
import { cookieSecureNames } from './cookies.ts'
import { sessionCookies } from './web-sources.ts'

export const cookieSecure: Rule = variableRule({
  id: 'cookie-secure',
  title: 'cookies travel over TLS only',
  severity: deployed('error'),
  rationale: 'a single request without TLS gives the session to everybody on the way',
  fix: 'set it to true',
  source: sessionCookies,
  names: cookieSecureNames,
  examples: {
    bad: inProduction(
      'SESSION_COOKIE_SECURE=False\n',
      'COOKIE_SECURE=false\n',
      'SESSION_SECURE_COOKIE=0\n',
      'CSRF_COOKIE_SECURE=no\n',
      'SECURE_COOKIES=off\n',
    ),
    good: [
      ...inProduction(
        'SESSION_COOKIE_SECURE=True\n',
        'COOKIE_SECURE=auto\n',
        'SESSION_SECURE_COOKIE=\n',
        'SMTP_SECURE=false\n',
      ),
      { file: 'COOKIE_SECURE=false\n' },
    ],
  },
  problem: ({ value }) => (isOff(value) ? { problem: 'sends the cookie without TLS' } : undefined),
})
