import { deployed, inProduction, type Rule } from '../rule.ts'
import { variablesNamed } from '../source.ts'
import { isOff, variableRule } from '../variable-rule.ts'
import { cookieSecureNames, sameSiteNames } from './cookies.ts'

export const cookieSameSite: Rule = variableRule({
  id: 'cookie-samesite',
  title: 'a cookie for other sites travels over TLS only',
  severity: deployed('error', 'error'),
  rationale: 'browsers drop a cookie with SameSite=None that is not Secure, so nobody stays signed in',
  fix: 'set the secure flag to true, or SameSite to lax',
  source: {
    title: 'draft-ietf-httpbis-rfc6265bis: the SameSite attribute',
    url: 'https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/',
  },
  names: sameSiteNames,
  examples: {
    bad: [
      ...inProduction(
        'COOKIE_SAMESITE=none\n',
        'COOKIE_SAME_SITE=None\nCOOKIE_DOMAIN=example.org\n',
        'SESSION_SAME_SITE="none"\n',
        'SESSION_COOKIE_SAMESITE=NONE\nSESSION_COOKIE_SECURE=False\n',
      ),
      { file: 'SESSION_COOKIE_SAMESITE=None\nSESSION_COOKIE_SECURE=false\n', environment: 'staging' },
    ],
    good: [
      ...inProduction(
        'COOKIE_SAMESITE=none\nCOOKIE_SECURE=true\n',
        'COOKIE_SAMESITE=lax\n',
        'SESSION_SAME_SITE=strict\n',
        'COOKIE_SAME_SITE=\n',
      ),
      { file: 'COOKIE_SAMESITE=none\nCOOKIE_SECURE=false\n' },
    ],
  },
  problem({ value }, source) {
    if (value.trim().toLowerCase() !== 'none') return undefined
    const flags = variablesNamed(source, cookieSecureNames).filter(flag => flag.value.trim() !== '')
    const isWithout = flags.length === 0
    if (!isWithout && !flags.some(flag => isOff(flag.value))) return undefined
    return {
      problem: `is None while ${isWithout ? 'nothing says that cookies are Secure' : 'cookies are not Secure'}`,
      // Without a variable for it, the code may set the flag.
      ...(isWithout ? { atMost: 'warning' } : {}),
    }
  },
})
