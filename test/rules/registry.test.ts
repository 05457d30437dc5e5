import { describe, expect, it } from 'vitest'
import { EnvDocument } from '../../src/core/env-file/index.ts'
import { buildSchema } from '../../src/core/schema/index.ts'
import { parseManifest } from '../../src/core/manifest/index.ts'
import {
  checkRules,
  levels,
  loadRules,
  rulesFor,
  severities,
  sourceOfDocument,
  sourceOfService,
  type RuleExample,
  type ValueSource,
} from '../../src/rules/index.ts'
import { providers } from '../core/manifest/example.ts'
import { servicesOf } from '../core/compose/world.ts'

const rules = await loadRules()
/** Examples that speak of time count from here. */
const now = Date.UTC(2026, 0, 1)

export function sourcesOf(example: RuleExample): ValueSource[] {
  const template =
    example.template === undefined ? undefined : EnvDocument.fromText(example.template, '.env.example')
  const manifest =
    example.manifest === undefined
      ? undefined
      : parseManifest(`version: 1\n${example.manifest}`, 'secrets.yaml', providers).manifest
  const source = (text: string, path: string, environment: string): ValueSource => {
    const schema = buildSchema({ ...(template && { template }), ...(manifest && { manifest }), environment })
    return sourceOfDocument(EnvDocument.fromText(text, path), { environment, schema })
  }
  if (example.compose !== undefined) {
    const environment = example.environment ?? 'development'
    const schema = buildSchema({ ...(template && { template }), environment })
    const context = { path: 'compose.yaml', environment, environmentSource: '--env', schema }
    return servicesOf(example.compose, example.file).map(service =>
      sourceOfService(service, { ...context, kept: new Set() }),
    )
  }
  const first = source(example.file, example.path ?? '.env', example.environment ?? 'development')
  const code = example.code && { at: { path: 'env.schema.mjs' }, issues: example.code.issues }
  return [
    {
      ...first,
      ...(example.secretFiles && { secretFiles: example.secretFiles }),
      ...(example.facts && { facts: example.facts }),
      ...(code && { code }),
    },
    ...(example.staging === undefined ? [] : [source(example.staging, '.env.staging', 'staging')]),
  ]
}

describe.each(rules.map(rule => [rule.id, rule] as const))('the rule %s', (id, rule) => {
  it('has a text for everything that is asked of a rule', () => {
    for (const text of [rule.title, rule.rationale, rule.fix]) {
      expect(text).toMatch(/^[a-z].*[^.]$/)
    }
    expect(rule.id).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
    expect(rule.source.title).not.toBe('')
    expect(new URL(rule.source.url).protocol).toBe('https:')
    expect(rule.examples.bad.length).toBeGreaterThanOrEqual(5)
    expect(rule.examples.good.length).toBeGreaterThanOrEqual(5)
  })

  it.each(rule.examples.bad.map((example, index) => [index, example] as const))(
    'finds its bad example %i',
    async (_, example) => {
      const found = rule.check({ sources: sourcesOf(example), now })
      // What is loaded for such a file.
      expect(await rulesFor(sourcesOf(example))).toContain(rule)
      expect(found.length).toBeGreaterThan(0)
      for (const finding of found) {
        expect(finding.rule).toBe(id)
        expect(severities).toContain(finding.severity)
        const environment = (example.environment ?? 'development') as 'development'
        const worst = example.staging === undefined ? rule.severity[environment] : 'error'
        expect(worst).not.toBe('off')
        expect(levels.indexOf(finding.severity)).toBeGreaterThanOrEqual(levels.indexOf(worst))
        expect(finding.message).not.toMatch(/\.$/)
        expect(finding.line).toBeGreaterThan(0)
        expect(finding.column).toBeGreaterThan(0)
      }
    },
  )

  it.each(rule.examples.good.map((example, index) => [index, example] as const))(
    'is quiet on its good example %i',
    (_, example) => {
      expect(rule.check({ sources: sourcesOf(example), now })).toEqual([])
      // A good example of one rule gives no other rule an error.
      const { findings } = checkRules({ sources: sourcesOf(example), now }, rules)
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    },
  )
})

it.each(rules.filter(({ severity }) => severity.development === 'off').map(rule => [rule.id, rule] as const))(
  'the rule %s, which is for what is deployed, is silent on a development file',
  (_, rule) => {
    for (const example of rule.examples.bad) {
      expect(rule.check({ sources: sourcesOf({ ...example, environment: 'development' }), now })).toEqual([])
    }
  },
)

it('every rule has an id of its own', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
})
