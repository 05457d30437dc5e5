import type { EffectiveService, ServiceVariable } from '../../core/compose/effective.ts'
import {
  atMost,
  findingAt,
  severityIn,
  type Finding,
  type Rule,
  type Severity,
  type SeverityTable,
} from '../rule.ts'
import { countedVariables, type KnownVariable, type ValueSource } from '../source.ts'

/** A variable of a service: how it gets there, and what is known of it. */
export interface ServiceFact {
  readonly variable: ServiceVariable
  readonly known: KnownVariable
  readonly service: EffectiveService
  readonly source: ValueSource
}

interface ServiceProblem {
  /** Second half of a sentence that begins with the name. */
  readonly problem: string
  readonly fix?: string
  readonly atMost?: Severity
}

/** A rule that judges how one variable comes into a container. */
export function serviceRule(
  facts: Omit<Rule, 'check' | 'severity'> & {
    readonly severity: SeverityTable
    problem(fact: ServiceFact): ServiceProblem | undefined
  },
): Rule {
  const { problem, ...rule } = facts
  return {
    ...rule,
    check: ({ sources }) =>
      sources.flatMap(source => {
        const { compose: service } = source
        if (service === undefined) return []
        const ways = new Map(service.variables.map(one => [one.name, one]))
        return countedVariables(source).flatMap((known): readonly Finding[] => {
          const variable = ways.get(known.name)
          const found = variable && problem({ variable, known, service, source })
          if (found === undefined) return []
          return [
            findingAt(known.at, {
              rule: rule.id,
              severity: atMost(severityIn(rule.severity, source.environment), found.atMost ?? 'error'),
              name: known.name,
              message: `"${known.name}" of the service "${service.name}" ${found.problem}`,
              fix: found.fix ?? rule.fix,
            }),
          ]
        })
      }),
  }
}

export const interpolationSource = {
  title: 'Docker Compose: Interpolation; Environment variables precedence',
  url: 'https://docs.docker.com/reference/compose-file/interpolation/',
} as const

/** A service as examples write it. */
export function inService(...lines: readonly string[]): string {
  return [
    'services:',
    '  web:',
    '    image: app',
    '    environment:',
    ...lines.map(line => `      ${line}`),
    '',
  ].join('\n')
}
