import { plainPassword } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { itemsIn, variableRule } from '../variable-rule.ts'

const usual = /^(?:admin|administrator|root|superuser|superadmin|sysadmin|user|test|demo|guest|sa)$/i

export const adminAccount: Rule = variableRule({
  id: 'admin-account',
  title: 'the first administrator has a name of its own',
  severity: deployed('warning'),
  rationale: 'the usual names are tried first, and one that everybody shares tells nobody who acted',
  fix: 'name the account of a person, and turn the shared one off after the first sign-in',
  source: {
    title: 'CWE-1392: Use of Default Credentials; OWASP Web Security Testing Guide 4.4.2',
    url: 'https://cwe.mitre.org/data/definitions/1392.html',
  },
  names: [
    'ADMIN_USER',
    'ADMIN_USERNAME',
    'ADMIN_LOGIN',
    'ADMIN_EMAIL',
    'SUPERUSER_USERNAME',
    'SUPERUSER_EMAIL',
    '=FIRST_SUPERUSER',
    'DEFAULT_USER',
    'DEFAULT_USERNAME',
  ],
  examples: {
    bad: inProduction(
      'ADMIN_USER=admin\n',
      'ADMIN_USERNAME=root\n',
      `ADMIN_EMAIL=admin@example.com\nADMIN_PASSWORD=${plainPassword}\n`,
      'DJANGO_SUPERUSER_USERNAME=Administrator\n',
      'FIRST_SUPERUSER=admin@example.com\n',
    ),
    good: [
      ...inProduction(
        'ADMIN_USER=m.sanders\n',
        'ADMIN_EMAIL=ops@acme.test.org\n',
        'ADMIN_USERNAME=\n',
        'DB_USER=root\n',
      ),
      { file: 'ADMIN_USER=admin\n' },
    ],
  },
  problem: ({ value }) =>
    itemsIn(value).some(item => usual.test(item) || /^[^@\s]+@example\.(?:com|org|net)$/i.test(item))
      ? { problem: 'is the usual name of an administrator' }
      : undefined,
})
