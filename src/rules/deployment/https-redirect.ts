import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, variableRule } from '../variable-rule.ts'

export const httpsRedirect: Rule = variableRule({
  id: 'https-redirect',
  title: 'who comes without TLS is sent to it',
  severity: deployed('error'),
  rationale: 'a page without TLS can be read and changed by everybody on the way',
  fix: 'set it to true; where a proxy in front redirects, allow it with that reason',
  source: {
    title: 'OWASP Transport Layer Security Cheat Sheet; Django: SECURE_SSL_REDIRECT',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html',
  },
  names: [
    'FORCE_HTTPS',
    'FORCE_SSL',
    'ENFORCE_HTTPS',
    'REQUIRE_HTTPS',
    'SECURE_SSL_REDIRECT',
    'HTTPS_REDIRECT',
    'ENABLE_HTTPS_REDIRECT',
    'REDIRECT_HTTP_TO_HTTPS',
    'HTTPS_ONLY',
  ],
  examples: {
    bad: inProduction(
      'FORCE_HTTPS=false\n',
      'SECURE_SSL_REDIRECT=False\n',
      'RAILS_FORCE_SSL=0\n',
      'CSP_ENFORCE_HTTPS=no\n',
      'HTTPS_REDIRECT=off\n',
    ),
    good: [
      ...inProduction('FORCE_HTTPS=true\n', 'SECURE_SSL_REDIRECT=True\n', 'FORCE_SSL=\n', 'HTTPS_PORT=443\n'),
      { file: 'FORCE_HTTPS=false\n' },
    ],
  },
  problem: ({ value }) => (isOff(value) ? { problem: 'lets people in without TLS' } : undefined),
})
