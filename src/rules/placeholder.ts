import { findPlaceholder } from '../core/placeholder.ts'
import { isPasswordName } from '../core/schema/index.ts'
import {
  atMost,
  environmentKind,
  findingAt,
  severityIn,
  type Finding,
  type Rule,
  type Severity,
  type SeverityTable,
} from './rule.ts'
import { countedVariables, isUnset, type KnownVariable } from './source.ts'

const severity: SeverityTable = {
  development: 'error',
  test: 'info',
  staging: 'error',
  production: 'error',
}

export const placeholder: Rule = {
  id: 'placeholder',
  title: 'no placeholder is left in',
  severity,
  rationale: 'a placeholder passes for a value until it is used, and everybody knows it from the template',
  fix: 'supply the value, or leave it empty where the feature is off',
  source: {
    title: 'CWE-547: Use of Hard-coded, Security-relevant Constants',
    url: 'https://cwe.mitre.org/data/definitions/547.html',
  },
  examples: {
    bad: [
      { template: 'SESSION_SECRET=change-me\n', file: 'SESSION_SECRET=change-me\n' },
      { template: 'STRIPE_SECRET_KEY=<your key>\n', file: 'STRIPE_SECRET_KEY=<your key>\n' },
      { template: 'BUCKET=your-bucket\n', file: 'BUCKET=your-bucket\n' },
      { file: 'API_TOKEN=xxxxxxxx\n', environment: 'production' },
      { template: '# secrets: ask\nMAIL_KEY=\n', file: 'MAIL_KEY=TODO\n' },
    ],
    good: [
      {
        template: 'DB_HOST=localhost\nMAIL_FROM=noreply@example.com\n',
        file: 'DB_HOST=localhost\nMAIL_FROM=noreply@example.com\n',
      },
      { template: 'COOKIE_NAME=session_token\n', file: 'COOKIE_NAME=session_token\n' },
      { file: 'MAIL_SUBJECT="Confirm your address"\n', environment: 'production' },
      { template: 'REDIS_PASSWORD=null\n', file: 'REDIS_PASSWORD=null\n' },
      { file: 'APP_NAME="My Example"\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source =>
      countedVariables(source).flatMap(variable => checkVariable(variable, source.environment)),
    ),
}

function checkVariable(variable: KnownVariable, environment: string): readonly Finding[] {
  const { name, value, at, entry, isSecret } = variable
  const found = isUnset(value) ? undefined : findPlaceholder(value)
  if (found?.kind !== 'placeholder') return []
  const isWanted = isSecret || entry?.isAsked === true || entry?.requiredBy === 'declared'
  const weight = isWanted
    ? weightOfWanted(variable, environment, found.reason)
    : weightOfOther(value, found.reason, environment)
  if (weight === undefined) return []
  return [
    findingAt(at, {
      rule: 'placeholder',
      severity: weight,
      name,
      message: `"${name}" still has a placeholder: ${found.reason}`,
      fix:
        entry?.form === undefined
          ? 'supply the value, or leave it empty where the feature is off'
          : `write a new value: secrets generate ${entry.form}`,
    }),
  ]
}

/** Secrets, and what a person was asked for. */
function weightOfWanted(
  { name, entry, isSecret }: KnownVariable,
  environment: string,
  reason: string,
): Severity {
  const weight = severityIn(severity, environment)
  const kind = environmentKind(environment)
  if (kind === 'production' || kind === 'staging')
    return entry?.required === true || isSecret ? weight : 'warning'
  // `database_password` works for a service on one's own machine: lazy, but meant.
  const isLocalPassword = isPasswordName(name) && reason.includes('everyday words')
  return entry?.required === true && !isLocalPassword ? weight : atMost(weight, 'warning')
}

/** Words and example addresses are ordinary in other values; only what cannot be meant is told. */
function weightOfOther(value: string, reason: string, environment: string): Severity | undefined {
  const isBlank = reason.startsWith('a blank')
  // `Confirm your address` is a subject line; an identifier with "your" is nobody's.
  const isRequest = /^a text that (?:says "your"|asks to be)/.test(reason) && !/\s/.test(value.trim())
  const isAddress = reason.includes('example address') && environmentKind(environment) === 'production'
  // In other environments, and with everyday words, it is weak, and told there.
  const isPassword =
    /^an address whose password is a /.test(reason) && environmentKind(environment) === 'development'
  return isBlank || isRequest || isAddress || isPassword
    ? atMost(severityIn(severity, environment), 'warning')
    : undefined
}
