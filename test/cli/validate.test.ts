import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly name?: string
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
}

function findings(report: JsonReport): readonly Finding[] {
  return (report.data?.['findings'] ?? []) as readonly Finding[]
}

const template = 'SESSION_SECRET_KEY=\nPORT=3000\nDEBUG=false\n'
const strong = 'k7Qz2vXw9Rb4TmY8nHc3Ld6Pf5Js1GuA'

describe('validate', () => {
  it('reports every problem at once, at its place, and fails', async () => {
    const project = new Project({
      '.env.example': '# required\nAPI_SECRET=\nPORT=3000\nHOST=localhost\n',
      '.env': `PORT=3000\nPORT=3001\nAPI_SECRET=change-me\nEXTRA=1\nthis is no assignment\n`,
    })
    const { code, report } = await project.json(['validate'])
    expect([code, report.ok, report.error]).toEqual([1, false, undefined])
    const rules = findings(report).map(({ rule, name }) => `${rule}:${name ?? ''}`)
    expect(rules).toEqual(
      expect.arrayContaining([
        'missing:HOST',
        'placeholder:API_SECRET',
        'unknown:EXTRA',
        'duplicate:PORT',
        'syntax:',
      ]),
    )
    expect(findings(report).find(({ rule }) => rule === 'placeholder')).toMatchObject({
      path: '.env',
      line: 3,
      severity: 'error',
    })
    const { stdout, code: textCode } = await project.run(['validate'])
    expect(textCode).toBe(1)
    expect(stdout).toMatch(/^\.env:3:\d+: error: /m)
  })

  it('is silent about a good file, and warnings fail only under --strict', async () => {
    const project = new Project({ '.env.example': template })
    project.write('.env', `SESSION_SECRET_KEY=${strong}\nPORT=8080\nDEBUG=true\n`, 0o600)
    expect((await project.json(['validate'])).report).toMatchObject({
      ok: true,
      data: { findings: [], source: 'files' },
    })
    project.write('.env', `${project.read('.env')}EXTRA=1\n`)
    expect((await project.run(['validate'])).code).toBe(0)
    expect((await project.run(['validate', '--strict'])).code).toBe(1)
  })

  it('knows what a rotation leaves beside the value', async () => {
    const project = new Project({ '.env.example': '# secrets: generate hex:32\nTOKEN_KEY=\n' })
    await project.run(['init'])
    await project.run(['rotate', 'TOKEN_KEY'])
    expect((await project.run(['validate', '--strict'])).code).toBe(0)
  })

  it('says which environment it took and why', async () => {
    const project = new Project({
      '.env.example': template,
      '.env': `SESSION_SECRET_KEY=${strong}\nPORT=1\nDEBUG=false\nNODE_ENV=staging\n`,
      '.env.production': 'PORT=2\n',
    })
    const environment = async (words: string[]): Promise<unknown> =>
      (await project.json(words)).report.data?.['environment']
    expect(await environment(['validate', '.env'])).toEqual({ name: 'staging', source: 'NODE_ENV' })
    expect(await environment(['validate', '.env.production'])).toEqual({
      name: 'production',
      source: "the file's name",
    })
    expect(await environment(['validate', '.env', '--env', 'test'])).toEqual({
      name: 'test',
      source: '--env',
    })
  })

  it('types come from the manifest, with its environment', async () => {
    const project = new Project({
      'secrets.yaml':
        'version: 1\nvariables:\n  PORT: { type: port, required: true }\n  ORIGINS: { type: list, items: url }\n',
      '.env': 'PORT=99999\nORIGINS=http://a.test,nonsense\n',
    })
    const { code, report } = await project.json(['validate'])
    expect(code).toBe(1)
    expect(
      findings(report)
        .filter(({ rule }) => rule === 'type')
        .map(({ name }) => name),
    ).toEqual(['PORT', 'ORIGINS'])
  })

  it('an accepted finding is told apart', async () => {
    const project = new Project({
      '.env.example': 'A=1\n',
      '.env': 'A=1\n# secrets: allow unknown reason="set by the platform"\nEXTRA=1\n',
    })
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, report.data?.['allowed']]).toMatchObject([
      0,
      [{ rule: 'unknown', name: 'EXTRA', reason: 'set by the platform' }],
    ])
  })
})

describe('validate without a file', () => {
  it('takes the process environment where it holds what is required', async () => {
    const project = new Project({ '.env.example': '# required\nAPI_SECRET=\nPORT=3000\n' })
    const good = await project.json(['validate'], { env: { API_SECRET: strong, PORT: '3000' } })
    expect([good.code, good.report.data?.['source']]).toEqual([0, 'process'])
    const bad = await project.json(['validate'], { env: { API_SECRET: 'changeme', PORT: '3000' } })
    expect([bad.code, findings(bad.report).map(({ rule }) => rule)]).toEqual([1, ['placeholder']])
  })

  it('else checks the declarations, and says that there are no values', async () => {
    const project = new Project({ '.env.example': template })
    const { code, report } = await project.json(['validate'])
    expect([code, report.data]).toMatchObject([0, { source: 'static', findings: [] }])
    expect((await project.run(['validate', '--require-values'])).code).toBe(1)
    project.write('.env.example', `# secrets: generat hex:32\n${template}PORT=1\n`)
    const bad = await project.json(['validate', '--strict'])
    expect([
      bad.code,
      findings(bad.report)
        .map(({ rule }) => rule)
        .sort(),
    ]).toEqual([1, ['duplicate', 'syntax']])
  })

  it.each([
    ['a file that is not there', { '.env.example': 'A=1\n' }, ['validate', 'nowhere'], 'env_file.missing'],
    ['nothing at all', {}, ['validate'], 'template.missing'],
    [
      'a manifest with an unknown key',
      { 'secrets.yaml': 'version: 1\nvariabels: {}\n' },
      ['validate'],
      'manifest.invalid',
    ],
    [
      'a manifest that is not there',
      { '.env': 'A=1\n' },
      ['validate', '--manifest', 'nowhere.yaml'],
      'manifest.missing',
    ],
    [
      'an unknown environment of a manifest',
      { 'secrets.yaml': 'version: 1\nenvironments:\n  staging: { provider: dotenv }\n' },
      ['validate', '--env', 'nowhere'],
      'usage.unknown_environment',
    ],
  ])('refuses %s', async (_what, content, words, code) => {
    const { code: exit, report } = await new Project(content).json(words)
    expect([report.error?.code, exit]).toEqual([code, 2])
  })
})
