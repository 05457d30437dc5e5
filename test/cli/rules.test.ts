import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'

const strong = 'k7Qz2vXw9Rb4TmY8nHc3Ld6Pf5Js1GuA'

interface Shown {
  readonly id: string
  readonly source: { readonly url: string }
  readonly examples?: { readonly bad: readonly unknown[] }
}

const rulesOf = (report: JsonReport): readonly Shown[] => report.data?.['rules'] as readonly Shown[]
const found = (report: JsonReport): readonly string[] =>
  (report.data?.['findings'] as { rule: string; severity: string; name: string }[]).map(
    ({ rule, severity, name }) => `${severity} ${rule} ${name}`,
  )

describe('rules', () => {
  it('lists every rule, and explains one with its examples', async () => {
    const project = new Project()
    const { report, code } = await project.json(['rules'])
    expect(code).toBe(0)
    expect(rulesOf(report).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['weak', 'cors', 'database-tls']),
    )
    expect(rulesOf(report).every(({ examples }) => examples === undefined)).toBe(true)
    const one = await project.json(['rules', 'cors'])
    expect(rulesOf(one.report)).toMatchObject([
      { id: 'cors', severity: { development: 'off', production: 'error' } },
    ])
    expect(rulesOf(one.report)[0]?.examples?.bad.length).toBeGreaterThanOrEqual(5)
    const { stdout } = await project.run(['rules', 'cors'])
    expect(stdout).toContain(rulesOf(one.report)[0]?.source.url)
  })

  it('says that there is no such rule, with the one that was meant', async () => {
    const { report, code } = await new Project().json(['rules', 'cros'])
    expect([code, report.error?.code, report.error?.hints]).toEqual([
      2,
      'usage.unknown_rule',
      ['did you mean: cors'],
    ])
  })
})

describe('a template for production with a setting for developers', () => {
  const template = 'APP_ENV=production\nAPP_DEBUG=true\n'

  it.each([
    ['nobody has decided on either', '.env', template, 'warning'],
    ['the environment was chosen by the file', '.env.production', template, 'error'],
    ['the environment was chosen in the file', '.env', 'APP_ENV=prod\nAPP_DEBUG=true\n', 'error'],
    ['the setting was chosen in the file', '.env', 'APP_ENV=production\nAPP_DEBUG=1\n', 'error'],
  ])('weighs as it was decided: %s', async (_what, file, content, severity) => {
    const project = new Project({ '.env.example': template, [file]: content })
    const { report } = await project.json(['validate', file])
    expect(found(report)).toEqual([`${severity} debug APP_DEBUG`])
  })
})

describe('validate with rules that were changed', () => {
  const files = { '.env.production': 'CORS_ORIGIN=*\nDEBUG=true\nMY_FRONTENDS=*\n' }

  it('takes levels from the command line, several times', async () => {
    const project = new Project(files)
    expect(found((await project.json(['validate', '.env.production'])).report)).toEqual([
      'error cors CORS_ORIGIN',
      'error debug DEBUG',
    ])
    const { report, code } = await project.json([
      'validate',
      '--rule',
      'cors=warning',
      '--rule=debug=off',
      '.env.production',
    ])
    expect([code, found(report)]).toEqual([0, ['warning cors CORS_ORIGIN']])
  })

  it('takes levels and names from the manifest, and the command line counts more', async () => {
    const project = new Project({
      ...files,
      'secrets.yaml':
        'version: 1\nrules: { debug: off, cors: { level: warning, names: [MY_FRONTENDS] } }\nvariables: { DEBUG: {}, CORS_ORIGIN: {}, MY_FRONTENDS: {} }\n',
    })
    const { report } = await project.json(['validate', '.env.production'])
    expect(found(report)).toEqual(['warning cors CORS_ORIGIN', 'warning cors MY_FRONTENDS'])
    const over = await project.json([
      'validate',
      '.env.production',
      '--rule',
      'debug=info',
      '--rule',
      'cors=off',
    ])
    expect(found(over.report)).toEqual(['info debug DEBUG'])
  })

  it.each([
    [['--rule', 'cros=off'], 'usage.unknown_rule'],
    [['--rule', 'cors'], 'usage.invalid_argument'],
    [['--rule', 'cors=loud'], 'usage.invalid_argument'],
    [['--rule', 'cors=off=on'], 'usage.invalid_argument'],
  ])('refuses %j', async (words, code) => {
    const { report, code: exit } = await new Project(files).json(['validate', ...words, '.env.production'])
    expect([exit, report.error?.code]).toEqual([2, code])
  })

  it.each([
    ['an unknown rule', 'rules: { cros: off }'],
    ['a level that is none', 'rules: { cors: loud }'],
    ['names for a rule without a family', 'rules: { weak: { names: [A] } }'],
    ['an unknown key', 'rules: { cors: { severity: off } }'],
  ])('refuses a manifest with %s, at its line', async (_, line) => {
    const project = new Project({ ...files, 'secrets.yaml': `version: 1\n${line}\n` })
    const { report, code } = await project.json(['validate', '.env.production'])
    expect([code, report.error?.code, report.error?.at?.line]).toEqual([2, 'manifest.invalid', 2])
  })

  it('accepts one finding with a reason, and lists it', async () => {
    const project = new Project({
      '.env.production': '# secrets: allow cors reason="a public interface"\nCORS_ORIGIN=*\n',
    })
    const { report, code } = await project.json(['validate', '.env.production'])
    expect([code, found(report)]).toEqual([0, []])
    expect(report.data?.['allowed']).toMatchObject([{ rule: 'cors', reason: 'a public interface' }])
  })

  it('says nothing of a development file that would fail in production', async () => {
    const text = `DEBUG=true\nCORS_ORIGIN=*\nDATABASE_URL=sqlite:///app.db\nCOOKIE_SECURE=false\nSESSION_SECRET=${strong}\n`
    const project = new Project()
    project.write('.env', text, 0o600)
    expect(found((await project.json(['validate'])).report)).toEqual([])
    const { report } = await project.json(['validate', '--env', 'production', '.env'])
    expect(found(report)).toEqual([
      'error debug DEBUG',
      'error cors CORS_ORIGIN',
      'error sqlite DATABASE_URL',
      'error cookie-secure COOKIE_SECURE',
      'warning plain-file SESSION_SECRET',
    ])
  })
})
