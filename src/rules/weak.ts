import { findPlaceholder } from '../core/placeholder.ts'
import { plainPassword, strongValue } from './example-values.ts'
import { atMost, findingAt, severityIn, type Finding, type Rule, type SeverityTable } from './rule.ts'
import { countedVariables, isUnset, type KnownVariable } from './source.ts'
import { findWeakness, isShortHex } from './weakness.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'info',
  staging: 'error',
  production: 'error',
}

export const weak: Rule = {
  id: 'weak',
  title: 'a secret is long and random',
  severity,
  rationale: 'whoever guesses the secret of an application can sign in as everybody',
  fix: 'let secrets init or secrets generate make it',
  source: {
    title: 'NIST SP 800-131A; OWASP Cryptographic Storage Cheat Sheet',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Cryptographic_Storage_Cheat_Sheet.html',
  },
  examples: {
    bad: [
      { file: 'SESSION_SECRET=hunter2\n', environment: 'production' },
      { file: 'SESSION_SECRET=tooShort123\n', environment: 'production' },
      { file: `SESSION_SECRET=${'7f3a9c04e1b8d265'.repeat(3).slice(5)}\n`, environment: 'production' },
      { file: `COOKIE_SECRET=${'ab12'.repeat(10)}\n` },
      { file: 'POSTGRES_PASSWORD=postgres\n', environment: 'production' },
      { file: 'DATABASE_URL=postgres://app:postgres@db/app\n', environment: 'production' },
      {
        template: '# secrets: generate password:12\nADMIN_PASSWORD=\n',
        file: `ADMIN_PASSWORD=${plainPassword}\n`,
      },
    ],
    good: [
      { file: `SESSION_SECRET=${strongValue}\n`, environment: 'production' },
      { file: 'STRIPE_API_KEY=short-but-issued\n', environment: 'production' },
      {
        template: '# secrets: generate uuid\nAPP_SECRET=\n',
        file: 'APP_SECRET=0b0cf8b2-6c3e-4f5c-9a53-2b1d6f2b8a10\n',
      },
      { file: 'PASSWORD_MIN_LENGTH=12\nJWT_SECRET_EXPIRES_IN=15m\n', environment: 'production' },
      { file: 'REDIS_PASSWORD=null\n', environment: 'production' },
      { file: 'DATADOG_API_KEY=7f3a9c04e1b8d26590a1b2c3d4e5f607\n', environment: 'production' },
      { file: 'DATABASE_URL=postgres://app:postgres@localhost/app\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source =>
      countedVariables(source).flatMap(variable => checkVariable(variable, source.environment)),
    ),
}

function checkVariable(variable: KnownVariable, environment: string): readonly Finding[] {
  const { name, value, at, entry, isSecret } = variable
  if (isUnset(value)) return []
  const weight = severityIn(severity, environment)
  const reason = isSecret ? findWeakness(name, value, entry) : undefined
  if (reason !== undefined) {
    return [
      findingAt(at, {
        rule: 'weak',
        severity: weight,
        name,
        message: `"${name}" is weak: it is ${reason}`,
        fix: `write a new value: secrets generate ${entry?.form ?? 'hex:32'}`,
      }),
    ]
  }
  if (isSecret && isShortHex(name, value, entry)) {
    return [
      findingAt(at, {
        rule: 'weak',
        severity: atMost(weight, 'warning'),
        name,
        message: `"${name}" is shorter than the 64 hex digits of a full key`,
        fix: 'write a new value: secrets generate hex:32',
      }),
    ]
  }
  // The default password of a service on one's own machine is ordinary, and its own variable tells of it.
  if (weight !== 'error' || !isDefaultAddress(value)) return []
  return [
    findingAt(at, {
      rule: 'weak',
      severity: weight,
      name,
      message: `"${name}" is weak: it is an address with a published default password`,
      fix: 'change the password in the service and here',
    }),
  ]
}

function isDefaultAddress(value: string): boolean {
  const found = value.includes('://') ? findPlaceholder(value) : undefined
  return found?.reason.startsWith('an address whose password is') === true
}
