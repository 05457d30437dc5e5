import { canonicalName } from '../core/environment.ts'
import type { Place } from '../core/errors.ts'
import type { Instant } from '../core/instant.ts'
import type { RuleLevel } from '../core/manifest/manifest.ts'
import type { CodeIssue } from '../core/schema/index.ts'
import type { FileFacts } from './files/facts.ts'
import type { SecretFileFact, ValueSource } from './source.ts'

export const severities = ['error', 'warning', 'info'] as const
/** `error`: it breaks or exposes something · `warning`: a person should look · `info`: worth knowing. */
export type Severity = (typeof severities)[number]

/** Any other environment counts as production. */
export type EnvironmentKind = 'development' | 'test' | 'staging' | 'production'

/** The weight of the rule's worst finding by environment; single findings may weigh less. */
export type SeverityTable = Readonly<Record<EnvironmentKind, Severity>>

/** `off`: the rule has nothing to say there. */
export type Level = RuleLevel
export { ruleLevels as levels } from '../core/manifest/manifest.ts'
export type LevelTable = Readonly<Record<EnvironmentKind, Level>>

/** A public standard, guide or manual that asks for the same. */
export interface RuleSource {
  readonly title: string
  readonly url: string
}

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
  /** Of `secrets.yaml`, without its version line. */
  readonly manifest?: string
  readonly file: string
  /** The file's name where it matters; `.env` otherwise. */
  readonly path?: string
  /** Of `compose.yaml`, with the first file beside it as `.env`; an empty one is not there. */
  readonly compose?: string
  /** A second file, as `.env.staging` beside the first. */
  readonly staging?: string
  readonly environment?: string
  /** A schema in code, and what it says of the file. */
  readonly code?: { readonly text: string; readonly issues: readonly CodeIssue[] }
  /** Of what its `NAME_FILE` variables name. */
  readonly secretFiles?: readonly SecretFileFact[]
  /** Of the first file. */
  readonly facts?: FileFacts
}

export interface RuleInput {
  readonly sources: readonly ValueSource[]
  /** Absent: nothing is judged by the time. */
  readonly now?: Instant
  /** What the manifest adds to a rule's family: rule id → names of variables. */
  readonly names?: ReadonlyMap<string, readonly string[]>
}

/** What `secrets rules` and docs/rules.md tell of a rule. */
export interface RuleFacts {
  readonly id: string
  /** What the rule asks for, as a sentence without its stop. */
  readonly title: string
  readonly severity: LevelTable
  /** Why it matters. */
  readonly rationale: string
  /** What to do, in general. */
  readonly fix: string
  readonly source: RuleSource
  /**
   * The variables that the rule looks at, by the last words of their names (`CORS_ORIGIN` is also `APP_CORS_ORIGIN`);
   * with `=` before it a whole name. Absent where the rule looks at every variable.
   */
  readonly names?: readonly string[]
  /** The findings are of a file, not of a variable: no `# secrets: allow` above one can accept them. */
  readonly isOfFile?: true
  readonly examples: { readonly bad: readonly RuleExample[]; readonly good: readonly RuleExample[] }
}

/** One rule, in a file of its own. `check` is pure, and its findings are in the order of the sources. */
export interface Rule extends RuleFacts {
  check(input: RuleInput): readonly Finding[]
}

export function environmentKind(environment: string): EnvironmentKind {
  const known = canonicalName(environment)
  return known === 'development' || known === 'test' || known === 'staging' ? known : 'production'
}

export function severityIn<L extends Level>(
  table: Readonly<Record<EnvironmentKind, L>>,
  environment: string,
): L {
  return table[environmentKind(environment)]
}

/** The lighter of two. */
export function atMost(severity: Severity, limit: Severity): Severity {
  return severities[Math.max(severities.indexOf(severity), severities.indexOf(limit))] ?? limit
}

export function everywhere(severity: Severity): SeverityTable {
  return { development: severity, test: severity, staging: severity, production: severity }
}

/** For what is ordinary on one's own machine. */
export function deployed(
  production: Severity,
  staging: Severity = atMost(production, 'warning'),
): LevelTable {
  return { development: 'off', test: 'off', staging, production }
}

/** Examples that are checked as production. */
export function inProduction(...files: readonly string[]): readonly RuleExample[] {
  return files.map(file => ({ file, environment: 'production' }))
}

/** Fills in a place, whose line and column are 1 where it has none. */
export function findingAt(at: Place, parts: Omit<Finding, 'path' | 'line' | 'column'>): Finding {
  const { rule, severity, name, ...texts } = parts
  const place = { path: at.path, line: at.line ?? 1, column: at.column ?? 1 }
  return { rule, severity, ...(name === undefined ? {} : { name }), ...place, ...texts }
}
