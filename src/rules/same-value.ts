import { findPlaceholder } from '../core/placeholder.ts'
import { classifySecret, hasReference } from '../core/schema/index.ts'
import { plainPassword, strongValue } from './example-values.ts'
import {
  atMost,
  environmentKind,
  findingAt,
  severityIn,
  type Finding,
  type Rule,
  type SeverityTable,
} from './rule.ts'
import { countedVariables, isUnset, type KnownVariable, type ValueSource } from './source.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'info',
  staging: 'warning',
  production: 'error',
}

export const sameValue: Rule = {
  id: 'same-value',
  title: 'every secret has a value of its own',
  severity,
  rationale: 'a value with two uses leaks twice as easily, and cannot be rotated for one of them alone',
  fix: 'generate a value for each; where one is meant, refer to it as ${NAME}',
  source: {
    title: 'NIST SP 800-57 Part 1: one key for one purpose',
    url: 'https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final',
  },
  examples: {
    bad: [
      {
        file: `JWT_SECRET=${strongValue}\nSESSION_SECRET=${strongValue}\n`,
      },
      {
        file: `JWT_SECRET=${strongValue}\n`,
        staging: `JWT_SECRET=${strongValue}\n`,
      },
      { file: `SESSION_SECRET=${strongValue}\nCOOKIE_SECRET=${strongValue}\n`, environment: 'production' },
      { file: `CSRF_SECRET=${strongValue}\nENCRYPTION_KEY=${strongValue}\n` },
      { file: `DB_PASSWORD=${plainPassword}\n`, staging: `DB_PASSWORD=${plainPassword}\n` },
    ],
    good: [
      { file: `MINIO_ROOT_PASSWORD=${plainPassword}\nS3_SECRET_ACCESS_KEY=${plainPassword}\n` },
      { file: `DB_PASSWORD=${plainPassword}\nPOSTGRES_PASSWORD=${plainPassword}\n` },
      {
        file: `JWT_SECRET=${strongValue}\nJWT_SECRET_OLD=${strongValue}\n`,
      },
      { file: `AUTH_SECRET=${strongValue}\nNEXTAUTH_SECRET=\${AUTH_SECRET}\n` },
      { file: `JWT_SECRET=${strongValue}\nSESSION_SECRET=${strongValue.toLowerCase()}\n` },
    ],
  },
  check: ({ sources }) => [...sources.flatMap(checkNames), ...checkEnvironments(sources)],
}

/** Shorter values are equal by habit (defaults, local passwords); other rules tell of them. */
const shortest = 12

function candidates(source: ValueSource): readonly KnownVariable[] {
  return countedVariables(source).filter(
    ({ value, isSecret }) =>
      isSecret &&
      value.length >= shortest &&
      !isUnset(value) &&
      !hasReference(value) &&
      !value.includes('://') &&
      findPlaceholder(value) === undefined,
  )
}

/** Two names in one file. What another service checks often stands under its name and under its user's: that is one use. */
function checkNames(source: ValueSource): readonly Finding[] {
  const first = new Map<string, KnownVariable>()
  return candidates(source).flatMap(variable => {
    const { name, value, at } = variable
    const other = first.get(value)
    if (other === undefined) {
      first.set(value, variable)
      return []
    }
    if (variable.entry?.relations?.equals === other.name || other.entry?.relations?.equals === name) return []
    if (isAlias(name, other.name) || (isOfService(name) && isOfService(other.name))) return []
    return [
      findingAt(at, {
        rule: 'same-value',
        severity: atMost(severityIn(severity, source.environment), 'warning'),
        name,
        message: `"${name}" has the same value as "${other.name}" on line ${String(other.at.line ?? 1)}`,
        fix: `generate a value for each; where one is meant, write ${name}=\${${other.name}}`,
      }),
    ]
  })
}

/** `AUTH_SECRET` and `NEXTAUTH_SECRET`, `API_KEY` and `WORKER_API_KEY`: one secret for two readers. */
function isAlias(name: string, other: string): boolean {
  return name.endsWith(other) || other.endsWith(name)
}

/** A credential of a database, a vendor or a password; the application's own secrets are none. */
function isOfService(name: string): boolean {
  const secretClass = classifySecret(name)
  return secretClass === 'api-key' || secretClass === 'database' || secretClass === 'oauth'
}

/** One secret in two environments: whoever has the weaker one has the other. */
function checkEnvironments(sources: readonly ValueSource[]): readonly Finding[] {
  const first = new Map<string, { readonly source: ValueSource; readonly name: string }>()
  const findings: Finding[] = []
  for (const source of sources) {
    for (const { name, value, at } of candidates(source)) {
      const other = first.get(value)
      if (other === undefined) first.set(value, { source, name })
      else if (other.source.environment !== source.environment) {
        findings.push(
          findingAt(at, {
            rule: 'same-value',
            severity: weightOf(source, other.source),
            name,
            message: `"${name}" has the same value as "${other.name}" in ${other.source.path} (${other.source.environment})`,
            fix: 'generate a value for each environment',
          }),
        )
      }
    }
  }
  return findings
}

function weightOf(source: ValueSource, other: ValueSource): Finding['severity'] {
  const isLive = [source, other].some(({ environment }) => environmentKind(environment) === 'production')
  return isLive ? severity.production : 'warning'
}
