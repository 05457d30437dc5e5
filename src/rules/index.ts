import { duplicate } from './duplicate.ts'
import { empty } from './empty.ts'
import { environment } from './environment.ts'
import { missing } from './missing.ts'
import { placeholder } from './placeholder.ts'
import { findingAt, severities, type Finding, type Rule, type RuleInput } from './rule.ts'
import { sameValue } from './same-value.ts'
import { syntax } from './syntax.ts'
import { type } from './type.ts'
import { unknown } from './unknown.ts'
import { weak } from './weak.ts'

export { severities, type Finding, type Rule, type RuleExample, type RuleInput } from './rule.ts'
export { sourceOfDocument, sourceOfProcess, type ValueSource } from './source.ts'

/** The registry: one file and one line each. Reports come in this order for one place. */
export const rules: readonly Rule[] = [
  syntax,
  missing,
  empty,
  unknown,
  duplicate,
  placeholder,
  weak,
  type,
  environment,
  sameValue,
]

/** A finding that a person accepted with `# secrets: allow`. */
export interface AllowedFinding extends Finding {
  readonly reason: string
}

export interface RuleReport {
  /** By path, then line. */
  readonly findings: readonly Finding[]
  readonly allowed: readonly AllowedFinding[]
}

/**
 * Runs the rules over all values. What `# secrets: allow <rule> reason="…"` accepts, above the variable in the file or
 * in the template, is told apart and not lost. Pure; nothing in the report holds a value.
 */
export function checkRules(input: RuleInput, chosen: readonly Rule[] = rules): RuleReport {
  const accepted = allowances(input)
  const findings: Finding[] = []
  const allowed: AllowedFinding[] = []
  for (const finding of chosen.flatMap(rule => rule.check(input))) {
    const reason = finding.name && accepted.get(`${finding.path}\0${finding.name}\0${finding.rule}`)
    if (reason === undefined || reason === '') findings.push(finding)
    else allowed.push({ ...finding, reason })
  }
  return { findings: [...findings, ...checkAllowances(input)].sort(byPlace), allowed: allowed.sort(byPlace) }
}

/** `path, name, rule` → reason. A template's directive counts for its own findings and for every file made from it. */
function allowances({ sources }: RuleInput): ReadonlyMap<string, string> {
  const accepted = new Map<string, string>()
  for (const source of sources) {
    for (const { name, at, allows } of source.schema.values()) {
      for (const { rule, reason } of allows) {
        for (const path of [source.path, at.path]) accepted.set(`${path}\0${name}\0${rule}`, reason)
      }
    }
    for (const { name, allows } of source.variables) {
      for (const { rule, reason } of allows) accepted.set(`${source.path}\0${name}\0${rule}`, reason)
    }
  }
  return accepted
}

/** An allowance of a rule that is none would be taken for one that works. */
function checkAllowances({ sources }: RuleInput): readonly Finding[] {
  const ids = new Set(rules.map(({ id }) => id))
  return sources.flatMap(({ variables }) =>
    variables
      .filter(({ allows }) => allows.some(({ rule }) => !ids.has(rule)))
      .map(({ name, at }) =>
        findingAt(at, {
          rule: syntax.id,
          severity: 'warning',
          name,
          message: `the allow above "${name}" names no rule`,
          fix: `rules: ${[...ids].join(', ')}`,
        }),
      ),
  )
}

function byPlace(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return (
    a.line - b.line || a.column - b.column || severities.indexOf(a.severity) - severities.indexOf(b.severity)
  )
}
