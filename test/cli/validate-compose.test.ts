import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const strong = 'k7Qz2vXw9Rb4TmY8nHc3Ld6Pf5Js1GuA'

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly name?: string
  readonly path: string
  readonly line: number
}

const compose = `services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: \${DB_PASSWORD:-postgres}
  api:
    build: ./api
    env_file: ./api/.env
    environment:
      # secrets: allow compose-baked reason="a test key"
      COOKIE_SECRET: ${strong}
      SESSION_SECRET: ${strong.toLowerCase()}
      PORT: "80000"
      REDIS_URL: \${REDIS_URL:?}
  worker:
    image: app
    environment: [APP_KEY]
`
const files = {
  'compose.yaml': compose,
  '.env': `DB_PASSWORD=${strong}\nAPP_KEY=${strong}\n`,
  'api/.env.example':
    '# secrets: generate hex:32\nSESSION_SECRET=\nPORT=3000\n# required\nSMTP_HOST=\nVITE_X=1\n',
  'api/.env': `SESSION_SECRET=${strong}\nPORT=8080\n`,
}

describe('validate --compose', () => {
  it('judges what each container gets, at the line that counts', async () => {
    const project = new Project(files)
    const { code, report, stdout } = await project.json(['validate', '--compose', 'compose.yaml'])
    expect([code, report.error]).toEqual([1, undefined])
    const found = (report.data?.['findings'] as Finding[]).map(
      ({ rule, severity, name, path, line }) => `${severity} ${rule} ${name ?? '-'} ${path}:${String(line)}`,
    )
    expect(found).toEqual([
      'error missing SMTP_HOST api/.env.example:5',
      'warning compose-fallback POSTGRES_PASSWORD compose.yaml:5',
      'warning compose-baked SESSION_SECRET compose.yaml:12',
      'warning type PORT compose.yaml:13',
      'error compose-unset REDIS_URL compose.yaml:14',
    ])
    expect(report.data?.['allowed']).toMatchObject([{ rule: 'compose-baked', name: 'COOKIE_SECRET' }])
    expect(report.data?.['services']).toMatchObject([
      { service: 'db' },
      {
        service: 'api',
        variables: [
          { name: 'COOKIE_SECRET', from: 'compose.yaml:11', over: [] },
          { name: 'PORT', from: 'compose.yaml:13', over: ['api/.env:2'] },
          { name: 'REDIS_URL' },
          { name: 'SESSION_SECRET', from: 'compose.yaml:12', over: ['api/.env:1'] },
        ],
      },
      { service: 'worker', variables: [{ name: 'APP_KEY', from: 'compose.yaml:17' }] },
    ])
    expect(stdout).not.toContain(strong)
  })

  it('is silent in a checkout without values where the file asks for them', async () => {
    const project = new Project({
      '.env.example': '# required\nSESSION_SECRET=\n',
      'compose.prod.yaml':
        'services:\n  web:\n    build: .\n    environment:\n      SESSION_SECRET: ${SESSION_SECRET:?}\n      SESSION_SECRET_OLD: ${SESSION_SECRET_OLD:-}\n',
    })
    const { code, stdout } = await project.run(['validate', '--strict', '--compose', 'compose.prod.yaml'])
    expect([code, stdout]).toEqual([
      0,
      "no problems: compose.prod.yaml (web) (production, from the file's name)\n",
    ])
  })

  it.each([
    [['--compose', 'nowhere.yaml'], 'file.missing'],
    [['--compose', 'bad.yaml'], 'compose.invalid'],
    [['--compose', 'bad.yaml', '--source', 'process'], 'usage.invalid_argument'],
  ])('refuses %j', async (words, error) => {
    const { code, report } = await new Project({ 'bad.yaml': 'services: [\n' }).json(['validate', ...words])
    expect([code, report.error?.code]).toEqual([2, error])
  })
})
