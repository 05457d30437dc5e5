import { describe, expect, it } from 'vitest'
import { classify, decisionRules } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { parseForm } from '../../../src/core/form.ts'

function decisionOf(template: string, name: string) {
  const decision = classify(EnvDocument.fromText(template, '.env.example')).find(each => each.name === name)
  if (decision === undefined) throw new Error(`the example has no ${name}`)
  return decision
}

describe.each(decisionRules.map(rule => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it.each(rule.examples.good)('decides about $name in $template', ({ template, name, decision, form }) => {
    const found = decisionOf(template, name)
    expect({ rule: found.rule, decision: found.decision }).toEqual({ rule: id, decision })
    if (form !== undefined) expect(found.form).toBe(form)
    expect(found.confidence).toBeGreaterThan(0)
    expect(found.confidence).toBeLessThan(1)
    expect(found.evidence).toBeDefined()
    if (decision === 'generate') expect(() => parseForm(found.form!)).not.toThrow()
  })

  it.each(rule.examples.bad)('leaves $name to another rule in $template', ({ template, name }) => {
    expect(decisionOf(template, name).rule).not.toBe(id)
  })
})

it('every rule has examples and a name of its own', () => {
  expect(new Set(decisionRules.map(({ id }) => id)).size).toBe(decisionRules.length)
  for (const { examples } of decisionRules) {
    expect(examples.good.length).toBeGreaterThan(0)
    expect(examples.bad.length).toBeGreaterThan(0)
  }
})
