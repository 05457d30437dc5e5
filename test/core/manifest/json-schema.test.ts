import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { parseManifest } from '../../../src/core/manifest/index.ts'
import { manifestJsonSchema } from '../../../src/core/manifest/json-schema.ts'
import { completeManifest, providers } from './example.ts'
import { satisfies } from './json-schema-check.ts'

const schema = manifestJsonSchema(providers)

function agrees(text: string): { parser: boolean; schema: boolean } {
  return {
    parser: parseManifest(text, 'secrets.yaml', providers).manifest !== undefined,
    schema: satisfies(schema, parseYaml(text)),
  }
}

describe('the JSON Schema', () => {
  it.each([
    completeManifest,
    'version: 1',
    'version: 1\nenvironments: { a: { provider: ./store.mjs, anything: x } }',
    'version: 1\nx-note: [1]\nvariables: { A: { x-note: 1 }, x-b: 1 }\nenvironments: { x-c: 1 }',
  ])('accepts what the parser accepts (%#)', text => {
    expect(agrees(text)).toEqual({ parser: true, schema: true })
  })

  it.each([
    'version: 2',
    'project: a',
    'version: 1\nprojct: a',
    'version: 1\nenvironments: { a: { provider: vault } }',
    'version: 1\nenvironments: { a: { provider: vault, address: x, region: y } }',
    'version: 1\nenvironments: { a: { provider: dotenv, targets: [] } }',
    'version: 1\nenvironments: { all: { provider: dotenv } }',
    'version: 1\nenvironments: { a: { targets: [{ provider: dotenv }] } }',
    'version: 1\nvariables: { A: { type: text } }',
    'version: 1\nvariables: { A: { rotate: { every: 3 } } }',
    'version: 1\nvariables: { A: { rotate: { every: soon } } }',
    'version: 1\nvariables: { 1A: {} }',
    'version: 1\nreaders: [emacs]',
    'version: 1\nvariables: { A: { requiredWhen: A } }',
    'version: 1\nvariables: { A: { requiredWith: [] } }',
    'version: 1\ngroups: [{ exactlyOne: [A] }]',
    'version: 1\ngroups: [{ oneOf: [A, B] }]',
    'version: 1\nvariables: { A: { pattern: 3 } }',
    `version: 1\nvariables: { A: { pattern: ${'a'.repeat(1001)} } }`,
    'version: 1\nvariables: { A: { hooks: { afterCommit: [{ run: [] }] } } }',
  ])('refuses what the parser refuses: %s', text => {
    expect(agrees(text)).toEqual({ parser: false, schema: false })
  })

  it('says what each setting of a provider is', () => {
    expect(JSON.stringify(manifestJsonSchema(providers))).toContain('the address of the server')
  })
})
