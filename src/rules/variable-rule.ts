import { hasReference } from '../core/schema/index.ts'
import {
  atMost,
  findingAt,
  severityIn,
  type Finding,
  type Rule,
  type RuleFacts,
  type Severity,
} from './rule.ts'
import {
  countedVariables,
  isUndecided,
  variablesNamed,
  type KnownVariable,
  type ValueSource,
} from './source.ts'

/** What is wrong with one variable. Quotes names only. */
export interface VariableProblem {
  /** Second half of a sentence that begins with the name. */
  readonly problem: string
  readonly fix?: string
  /** Where it weighs less than the rule's worst. */
  readonly atMost?: Severity
}

export interface VariableRule extends RuleFacts {
  /** Not asked for empty values and, unless `isForReferences`, for values with a reference (`${…}`). */
  problem(variable: KnownVariable, source: ValueSource): VariableProblem | undefined
  readonly isForReferences?: true
}

/** A rule that judges one variable at a time: those of its family, or all where it has none. */
export function variableRule(facts: VariableRule): Rule {
  const { id, severity, names, fix, isForReferences, problem, ...others } = facts
  const variablesIn = (source: ValueSource, added: readonly string[]): readonly KnownVariable[] =>
    names === undefined
      ? countedVariables(source)
      : variablesNamed(source, [...names, ...added.map(name => `=${name.toUpperCase()}`)])
  return {
    id,
    severity,
    fix,
    ...(names === undefined ? {} : { names }),
    ...others,
    check: input =>
      input.sources.flatMap(source => {
        const worst = severityIn(severity, source.environment)
        if (worst === 'off') return []
        return variablesIn(source, input.names?.get(id) ?? []).flatMap((variable): readonly Finding[] => {
          const { name, value, at } = variable
          if (value.trim() === '' || (isForReferences !== true && hasReference(value))) return []
          const found = problem(variable, source)
          if (found === undefined) return []
          const limit = isUndecided(source, name) ? 'warning' : 'error'
          return [
            findingAt(at, {
              rule: id,
              severity: atMost(atMost(worst, limit), found.atMost ?? 'error'),
              name,
              message: `"${name}" ${found.problem}`,
              fix: found.fix ?? fix,
            }),
          ]
        })
      }),
  }
}

const on: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on', 'enable', 'enabled', 't', 'y'])
const off: ReadonlySet<string> = new Set(['false', '0', 'no', 'off', 'disable', 'disabled', 'f', 'n'])

/** Spellings of true that the common frameworks read as such. */
export function isOn(value: string): boolean {
  return on.has(value.trim().toLowerCase())
}

export function isOff(value: string): boolean {
  return off.has(value.trim().toLowerCase())
}

/** The items of a list as settings write it: separated by commas, blanks or semicolons, or a JSON array. */
export function itemsIn(value: string): readonly string[] {
  return value
    .trim()
    .replace(/^[[(]|[\])]$/g, '')
    .split(/[\s,;]+/)
    .map(item => item.replace(/^["']|["']$/g, ''))
    .filter(item => item !== '')
}
