import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

const least = 12

export const passwordLength: Rule = variableRule({
  id: 'password-length',
  title: 'users choose passwords of 12 characters at least',
  severity: deployed('error'),
  rationale: 'shorter ones are found by trying, from a stolen table within hours',
  fix: 'at least 12; 15 where the password is all that is asked for',
  source: {
    title: 'NIST SP 800-63B-4: passwords; OWASP Authentication Cheat Sheet',
    url: 'https://pages.nist.gov/800-63-4/sp800-63b.html',
  },
  names: [
    'PASSWORD_MIN_LENGTH',
    'MIN_PASSWORD_LENGTH',
    'PASSWORD_MINIMUM_LENGTH',
    'PASSWORD_LENGTH_MIN',
    'MINIMUM_PASSWORD_LENGTH',
    'PASSWORD_MIN',
  ],
  examples: {
    bad: inProduction(
      'PASSWORD_MIN_LENGTH=8\n',
      'MIN_PASSWORD_LENGTH=6\n',
      'AUTH_PASSWORD_MIN_LENGTH=10\n',
      'PASSWORD_MINIMUM_LENGTH=0\n',
      'app_passwordMinLength=11\n',
    ),
    good: [
      ...inProduction(
        'PASSWORD_MIN_LENGTH=12\n',
        'MIN_PASSWORD_LENGTH=15\n',
        'PASSWORD_MIN_LENGTH=\n',
        'PASSWORD_MIN_LENGTH=long\n',
      ),
      { file: 'PASSWORD_MIN_LENGTH=4\n' },
    ],
  },
  problem: ({ value }) =>
    /^\d{1,6}$/.test(value.trim()) && Number(value) < least
      ? { problem: `is below ${String(least)}` }
      : undefined,
})
