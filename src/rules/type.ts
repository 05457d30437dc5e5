import { findPlaceholder } from '../core/placeholder.ts'
import { checkValue } from '../core/schema/index.ts'
import { findingAt, severityIn, type Finding, type Rule, type SeverityTable } from './rule.ts'
import { countedVariables, isUnset, type KnownVariable } from './source.ts'

const severity: SeverityTable = {
  development: 'error',
  test: 'error',
  staging: 'error',
  production: 'error',
}

export const type: Rule = {
  id: 'type',
  title: 'a value is of the declared type',
  severity,
  rationale: 'a value of another type fails when it is used, or is silently read as something else',
  fix: 'correct the value, or the type in the manifest',
  source: {
    title: 'The Twelve-Factor App: Config',
    url: 'https://12factor.net/config',
  },
  examples: {
    bad: [
      { template: 'PORT=3000\n', file: 'PORT=localhost\n' },
      { template: 'DEBUG=false\n', file: 'DEBUG=maybe\n' },
      { template: 'API_URL=https://localhost\n', file: 'API_URL=localhost:3000\n' },
      { manifest: 'variables: { LEVEL: { values: [info, debug] } }', file: 'LEVEL=inof\n' },
      { manifest: 'variables: { RETRIES: { type: integer, max: 5 } }', file: 'RETRIES=9\n' },
    ],
    good: [
      { template: 'PORT=3000\nDEBUG=false\n', file: 'PORT=8080\nDEBUG=1\n' },
      { template: 'API_URL=https://localhost\n', file: 'API_URL=${BASE_URL}/api\n' },
      { template: 'PORT=3000\n', file: 'PORT=\n' },
      { manifest: 'variables: { LEVEL: { values: [info, debug] } }', file: 'LEVEL=debug\n' },
      { file: 'PORT=anything\n' },
    ],
  },
  check: ({ sources, now }) =>
    sources.flatMap(source =>
      countedVariables(source).flatMap(variable => checkVariable(variable, source.environment, now)),
    ),
}

function checkVariable(
  { name, value, at, entry }: KnownVariable,
  environment: string,
  now: number | undefined,
): readonly Finding[] {
  if (entry === undefined || (isUnset(value) && !entry.isTypeDeclared)) return []
  const found = checkValue(entry, value, now)
  if (found === undefined) return []
  // What is still to come has no type yet; the rule for placeholders tells.
  if (findPlaceholder(value)?.kind === 'placeholder') return []
  return [
    findingAt(at, {
      rule: 'type',
      severity: entry.isTypeDeclared ? severityIn(severity, environment) : 'warning',
      name,
      message: entry.isTypeDeclared
        ? `"${name}" ${found.problem}`
        : `"${name}" ${found.problem}, as in the template`,
      fix: found.fix,
    }),
  ]
}
