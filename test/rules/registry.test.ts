import { describe, expect, it } from 'vitest'
import { EnvDocument } from '../../src/core/env-file/index.ts'
import { buildSchema } from '../../src/core/schema/index.ts'
import {
  checkRules,
  rules,
  severities,
  sourceOfDocument,
  type RuleExample,
  type ValueSource,
} from '../../src/rules/index.ts'

export function sourcesOf(example: RuleExample): ValueSource[] {
  const template =
    example.template === undefined ? undefined : EnvDocument.fromText(example.template, '.env.example')
  const source = (text: string, path: string, environment: string): ValueSource => {
    const schema = buildSchema({ ...(template && { template }), environment })
    return sourceOfDocument(EnvDocument.fromText(text, path), { environment, schema })
  }
  return [
    source(example.file, example.path ?? '.env', example.environment ?? 'development'),
    ...(example.staging === undefined ? [] : [source(example.staging, '.env.staging', 'staging')]),
  ]
}

describe.each(rules.map(rule => [rule.id, rule] as const))('the rule %s', (id, rule) => {
  it('has a text for everything that is asked of a rule', () => {
    for (const text of [rule.title, rule.rationale, rule.fix]) {
      expect(text).toMatch(/^[a-z].*[^.]$/)
    }
    expect(rule.examples.bad.length).toBeGreaterThan(0)
    expect(rule.examples.good.length).toBeGreaterThan(0)
  })

  it.each(rule.examples.bad.map((example, index) => [index, example] as const))(
    'finds its bad example %i',
    (_, example) => {
      const found = rule.check({ sources: sourcesOf(example) })
      expect(found.length).toBeGreaterThan(0)
      for (const finding of found) {
        expect(finding.rule).toBe(id)
        expect(severities).toContain(finding.severity)
        const environment = (example.environment ?? 'development') as 'development'
        const worst = example.staging === undefined ? rule.severity[environment] : 'error'
        expect(severities.indexOf(finding.severity)).toBeGreaterThanOrEqual(severities.indexOf(worst))
        expect(finding.message).not.toMatch(/\.$/)
        expect(finding.line).toBeGreaterThan(0)
        expect(finding.column).toBeGreaterThan(0)
      }
    },
  )

  it.each(rule.examples.good.map((example, index) => [index, example] as const))(
    'is quiet on its good example %i',
    (_, example) => {
      expect(rule.check({ sources: sourcesOf(example) })).toEqual([])
      // A good example of one rule gives no other rule an error.
      const { findings } = checkRules({ sources: sourcesOf(example) })
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    },
  )
})

it('every rule has an id of its own', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
})
