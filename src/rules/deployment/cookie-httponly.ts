import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, variableRule } from '../variable-rule.ts'
import { sessionCookies } from './web-sources.ts'

export const cookieHttpOnly: Rule = variableRule({
  id: 'cookie-httponly',
  title: 'scripts cannot read the session cookie',
  severity: deployed('error'),
  rationale: 'one script that gets into a page could send the session of every visitor away',
  fix: 'set it to true',
  source: sessionCookies,
  // The cookie of a CSRF token is often meant to be read by scripts.
  names: [
    'SESSION_COOKIE_HTTPONLY',
    'SESSION_COOKIE_HTTP_ONLY',
    'SESSION_HTTP_ONLY',
    'SESSION_HTTPONLY',
    'AUTH_COOKIE_HTTPONLY',
    'AUTH_COOKIE_HTTP_ONLY',
    '=COOKIE_HTTPONLY',
    '=COOKIE_HTTP_ONLY',
    'COOKIES_HTTP_ONLY',
    'REFRESH_TOKEN_COOKIE_HTTP_ONLY',
  ],
  examples: {
    bad: inProduction(
      'SESSION_COOKIE_HTTPONLY=False\n',
      'COOKIE_HTTPONLY=false\n',
      'SESSION_HTTP_ONLY=0\n',
      'AUTH_COOKIE_HTTP_ONLY=no\n',
      'APP_SESSION_COOKIE_HTTP_ONLY=off\n',
    ),
    good: [
      ...inProduction(
        'SESSION_COOKIE_HTTPONLY=True\n',
        'COOKIE_HTTP_ONLY=true\n',
        'CSRF_COOKIE_HTTPONLY=False\n',
        'SESSION_HTTP_ONLY=\n',
      ),
      { file: 'COOKIE_HTTPONLY=false\n' },
    ],
  },
  problem: ({ value }) => (isOff(value) ? { problem: 'lets scripts read the cookie' } : undefined),
})
