import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { parseForm } from '../../../src/core/form.ts'
import { sharedDirectory } from '../../support/shared.ts'
import { type Labels, scoreTemplates } from './score.ts'

describe.skipIf(sharedDirectory === undefined)('real templates (needs the shared test data)', () => {
  const corpus = join(sharedDirectory ?? '', 'corpus')

  function load() {
    const labels = JSON.parse(readFileSync(join(corpus, 'labels.json'), 'utf8')) as Labels
    const templates = new Map(
      readdirSync(join(corpus, 'templates')).map(name => [
        name,
        readFileSync(join(corpus, 'templates', name), 'utf8'),
      ]),
    )
    return { labels, templates }
  }

  it('are decided as people labelled them', () => {
    const { labels, templates } = load()
    const score = scoreTemplates(templates, labels)
    expect(score.variables).toBeGreaterThan(1000)
    expect(score.precision).toBeGreaterThanOrEqual(0.98)
    expect(score.recall).toBeGreaterThanOrEqual(0.95)
    expect(score.formAccuracy).toBeGreaterThanOrEqual(0.97)
    expect(score.agreement).toBeGreaterThanOrEqual(0.97)
  })

  it('get forms that can be made, evidence, and reasons without values', () => {
    for (const [name, text] of load().templates) {
      const document = EnvDocument.fromText(text, name)
      const values = document.values()
      for (const decision of classify(document)) {
        if (decision.form !== undefined) expect(() => parseForm(decision.form!)).not.toThrow()
        expect(decision.evidence).toBeDefined()
        const value = values.get(decision.name) ?? ''
        if (value.length >= 12) expect(decision.reason).not.toContain(value)
      }
    }
  })
})
