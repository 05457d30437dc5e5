import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, isOn, variableRule } from '../variable-rule.ts'

export const csrf: Rule = variableRule({
  id: 'csrf',
  title: 'forged requests from other sites are refused',
  severity: deployed('error'),
  rationale: 'without it any page can act in the name of a visitor who is signed in',
  fix: 'turn the protection on',
  source: {
    title: 'OWASP Cross-Site Request Forgery Prevention Cheat Sheet',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html',
  },
  names: [
    'CSRF_ENABLED',
    'CSRF_PROTECTION',
    'CSRF_PROTECTION_ENABLED',
    'ENABLE_CSRF',
    'ENABLE_CSRF_PROTECTION',
    'CSRF_CHECK',
    'USE_CSRF',
    'DISABLE_CSRF',
    'CSRF_DISABLED',
    'SKIP_CSRF',
  ],
  examples: {
    bad: inProduction(
      'ENABLE_CSRF_PROTECTION=false\n',
      'WTF_CSRF_ENABLED=False\n',
      'CSRF_PROTECTION=off\n',
      'DISABLE_CSRF=true\n',
      'USE_CSRF=0\n',
    ),
    good: [
      ...inProduction(
        'ENABLE_CSRF_PROTECTION=true\n',
        'WTF_CSRF_ENABLED=True\n',
        'DISABLE_CSRF=false\n',
        'CSRF_COOKIE_NAME=csrf\n',
      ),
      { file: 'CSRF_ENABLED=false\n', environment: 'test' },
    ],
  },
  problem({ name, value }) {
    const isNegated = /DISABLE|SKIP/i.test(name)
    return (isNegated ? isOn(value) : isOff(value)) ? { problem: 'turns the protection off' } : undefined
  },
})
