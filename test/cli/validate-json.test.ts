import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const manifest = (variables: string): string => `version: 1\nvariables:\n  ${variables}\n`
const inline = manifest(
  'LIMITS: { type: json, schema: { type: object, required: [max], properties: { max: { type: integer } } } }',
)

async function messages(files: Record<string, string>): Promise<readonly unknown[]> {
  const { code, report } = await new Project(files).json(['validate'])
  const found = (report.data?.['findings'] ?? []) as { rule: string; message: string }[]
  return [
    code,
    report.error?.code ?? found.filter(({ rule }) => rule === 'type').map(({ message }) => message),
  ]
}

describe('type: json with a JSON Schema', () => {
  it('finds what does not fit, without the value, inline and in a file beside the manifest', async () => {
    const problem = '"LIMITS" does not fit its JSON Schema: (at max) must be of type integer'
    expect(await messages({ 'secrets.yaml': inline, '.env': `LIMITS='{"max":"hidden"}'\n` })).toEqual([
      1,
      [problem],
    ])
    expect(await messages({ 'secrets.yaml': inline, '.env': `LIMITS='{"max":3}'\n` })).toEqual([0, []])
    const files = {
      'secrets.yaml': manifest('LIMITS: { type: json, schema: ./limits.json }'),
      '.env': `LIMITS='{"max":""}'\n`,
    }
    const file = '{"properties":{"max":{"type":"integer"}}}'
    expect(await messages({ ...files, 'limits.json': file })).toEqual([1, [problem]])
    expect(await messages(files)).toEqual([2, 'manifest.invalid'])
  })

  it.each([
    'A: { type: string, schema: true }',
    'A: { type: json, schema: [1] }',
    'A: { type: json, schema: { $ref: "https://schemas.test/a" } }',
    'A: { type: json, schema: { type: string }, default: "1" }',
  ])('refuses %s', async variables => {
    expect(await messages({ 'secrets.yaml': manifest(variables), '.env': 'A=1\n' })).toEqual([
      2,
      'manifest.invalid',
    ])
  })
})
