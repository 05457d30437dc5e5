import { canonicalName } from '../core/environment.ts'
import type { Place } from '../core/errors.ts'
import type { ValueSource } from './source.ts'

export const severities = ['error', 'warning', 'info'] as const
/** `error`: it breaks or exposes something · `warning`: a person should look · `info`: worth knowing. */
export type Severity = (typeof severities)[number]

/** Any other environment counts as production. */
export type EnvironmentKind = 'development' | 'test' | 'staging' | 'production'

/** The weight of the rule's worst finding by environment; single findings may weigh less. */
export type SeverityTable = Readonly<Record<EnvironmentKind, Severity>>

/** What `validate` reports: stable in `--json`. Message and fix quote names only, never a value. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  readonly name?: string
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly fix?: string
}

/** Texts of files; checked by the registry's test. The environment is development where none is given. */
export interface RuleExample {
  readonly template?: string
  readonly file: string
  /** The file's name where it matters; `.env` otherwise. */
  readonly path?: string
  /** A second file, as `.env.staging` beside the first. */
  readonly staging?: string
  readonly environment?: string
}

export interface RuleInput {
  readonly sources: readonly ValueSource[]
}

/** One rule, in a file of its own. `check` is pure, and its findings are in the order of the sources. */
export interface Rule {
  readonly id: string
  /** What the rule asks for, as a sentence without its stop. */
  readonly title: string
  readonly severity: SeverityTable
  /** Why it matters. */
  readonly rationale: string
  /** What to do, in general. */
  readonly fix: string
  readonly examples: { readonly bad: readonly RuleExample[]; readonly good: readonly RuleExample[] }
  check(input: RuleInput): readonly Finding[]
}

export function environmentKind(environment: string): EnvironmentKind {
  const known = canonicalName(environment)
  return known === 'development' || known === 'test' || known === 'staging' ? known : 'production'
}

export function severityIn(table: SeverityTable, environment: string): Severity {
  return table[environmentKind(environment)]
}

/** The lighter of two. */
export function atMost(severity: Severity, limit: Severity): Severity {
  return severities[Math.max(severities.indexOf(severity), severities.indexOf(limit))] ?? limit
}

export function everywhere(severity: Severity): SeverityTable {
  return { development: severity, test: severity, staging: severity, production: severity }
}

/** Fills in a place, whose line and column are 1 where it has none. */
export function findingAt(at: Place, parts: Omit<Finding, 'path' | 'line' | 'column'>): Finding {
  const { rule, severity, name, ...texts } = parts
  const place = { path: at.path, line: at.line ?? 1, column: at.column ?? 1 }
  return { rule, severity, ...(name === undefined ? {} : { name }), ...place, ...texts }
}
