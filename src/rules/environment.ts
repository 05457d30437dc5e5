import { canonicalName, environmentOfFileName, environmentVariables } from '../core/environment.ts'
import type { Place } from '../core/errors.ts'
import {
  environmentKind,
  findingAt,
  severityIn,
  type Finding,
  type Rule,
  type SeverityTable,
} from './rule.ts'
import { countedVariables, type ValueSource } from './source.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'warning',
  staging: 'warning',
  production: 'error',
}

export const environment: Rule = {
  id: 'environment',
  title: 'everything that names the environment agrees',
  severity,
  rationale:
    'an application that takes itself for another environment turns on its debugging, or writes to its data',
  fix: 'correct the variable, or the name of the file',
  source: {
    title: 'The Twelve-Factor App: Dev/prod parity',
    url: 'https://12factor.net/dev-prod-parity',
  },
  examples: {
    bad: [
      { path: '.env.production', file: 'APP_ENV=development\n', environment: 'production' },
      { path: '.env', file: 'APP_ENV=production\nNODE_ENV=development\n', environment: 'production' },
      { path: '.env.production', file: 'NODE_ENV=test\n', environment: 'production' },
      { path: '.env.staging', file: 'APP_ENV=production\n', environment: 'staging' },
      { path: '.env.test', file: 'NODE_ENV=production\n', environment: 'test' },
    ],
    good: [
      { path: '.env.production', file: 'APP_ENV=prod\nNODE_ENV=production\n', environment: 'production' },
      { path: '.env.staging', file: 'NODE_ENV=production\n', environment: 'staging' },
      { path: '.env', file: 'APP_ENV=local\n' },
      { path: '.env.production', file: 'PORT=80\n', environment: 'production' },
      { path: '.env.test', file: 'NODE_ENV=test\n', environment: 'test' },
    ],
  },
  check: ({ sources }) => sources.flatMap(checkSource),
}

interface Claim {
  readonly environment: string
  readonly source: string
  readonly name?: string
  readonly at: Place
}

function checkSource(source: ValueSource): readonly Finding[] {
  const expected = canonicalName(source.environment)
  return claimsOf(source)
    .filter(claim => claim.environment !== expected && !isOrdinary(claim, expected))
    .map(({ name, at, source: what }) =>
      findingAt(at, {
        rule: 'environment',
        severity: severityIn(severity, source.environment),
        ...(name === undefined ? {} : { name }),
        message: `${what} names another environment than ${source.environment} (${source.environmentSource})`,
        fix: `correct it, or say which one is meant: --env ${source.environment}`,
      }),
    )
}

function claimsOf(source: ValueSource): readonly Claim[] {
  const fileName = source.path.split(/[\\/]/).at(-1) ?? ''
  const named = source.kind === 'file' ? environmentOfFileName(fileName) : undefined
  const variables = countedVariables(source).filter(({ name }) =>
    (environmentVariables as readonly string[]).includes(name),
  )
  const claims = variables.flatMap(({ name, value, at }) => {
    const claimed = canonicalName(value.trim())
    // Only the usual names are compared: `local` or `docker` may be a word of the framework.
    return isUsual(claimed) ? [{ environment: claimed, source: `"${name}"`, name, at }] : []
  })
  if (named === undefined) return claims
  return [{ environment: named, source: "the file's name", at: { path: source.path } }, ...claims]
}

function isUsual(name: string): boolean {
  return environmentKind(name) !== 'production' || name === 'production'
}

/** Frameworks know no staging: there they run as in production. */
function isOrdinary({ environment: claimed, name }: Claim, expected: string): boolean {
  const isFramework = name === 'NODE_ENV' || name === 'RAILS_ENV' || name === 'FLASK_ENV'
  return isFramework && claimed === 'production' && !['development', 'test'].includes(expected)
}
