import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project, runProcess } from '../support/cli.ts'

const root = resolve(import.meta.dirname, '../..')
const files = {
  'secrets.yaml': `version: 1
environments: { development: { provider: dotenv, path: .env }, production: { provider: dotenv, path: prod.env } }
variables:
  PORT: { type: port, default: 3000, description: "Where it listens */ here" }
  DEBUG: { type: boolean, default: false }
  ORIGINS: { type: list, items: url, required: true }
  LEVEL: { values: [debug, info] }
  SHARDS: { type: list, items: integer }
  OPTIONS: { type: json }
  TOKEN: { secret: true, generate: hex:32 }
  CERT_PATH: { environments: { production: { required: true } } }
  OLD_NAME: { deprecated: NEW_NAME }
  NEW_NAME: { required: true }
  MIN: { type: integer, lessThan: MAX }
  MAX: { type: integer }
  CODE: { pattern: '[A-Z]+|x' }
`,
  '.env.example': '# required\nHOST=\nGREETING=hello\n# COMMENTED=1\n',
}
const values = {
  ORIGINS: 'https://a.example.org, https://b.example.org',
  TOKEN: 'ab'.repeat(32),
  NEW_NAME: 'x',
  HOST: 'localhost',
}

/** A project with the package in it, and an application that prints what it loads. */
function application(): Project {
  const project = new Project({
    ...files,
    'app.mjs': `import { readFileSync } from 'node:fs'
import { checkEnv, loadEnv } from '@dualkey/secrets/env'
const declared = JSON.parse(readFileSync('env.declared.json', 'utf8'))
const check = checkEnv(declared)
console.log(JSON.stringify(check.ok ? loadEnv(declared) : check))
`,
  })
  mkdirSync(join(project.path, 'node_modules', '@dualkey'), { recursive: true })
  symlinkSync(root, join(project.path, 'node_modules', '@dualkey', 'secrets'))
  return project
}

async function load(project: Project, env: Readonly<Record<string, string>>): Promise<unknown> {
  const { stdout, stderr } = await runProcess(process.execPath, ['app.mjs'], { cwd: project.path, env })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('secrets schema types', () => {
  it('writes both files, and again only what has changed', async () => {
    const project = application()
    expect((await project.json(['schema', 'types', '--check'])).code).toBe(1)
    expect(() => project.read('env.d.ts')).toThrow()
    const first = await project.json(['schema', 'types'])
    expect([first.code, first.report.data]).toEqual([
      0,
      {
        schema: {
          variables: 15,
          files: [
            { path: 'env.declared.json', state: 'written' },
            { path: 'env.d.ts', state: 'written' },
          ],
        },
      },
    ])
    expect((await project.json(['schema', 'types', '--check'])).code).toBe(0)
    project.write('.env.example', 'HOST=\n')
    expect((await project.json(['schema', 'types', '--check'])).code).toBe(1)
    expect((await project.run(['schema', 'types'])).code).toBe(0)
    expect(project.read('env.d.ts')).not.toContain('GREETING')
  })

  it.each(['env.d.ts', 'env.declared.json'])('does not replace a %s of somebody else', async name => {
    const project = application()
    project.write(name, '{}\n')
    const { code, report } = await project.json(['schema', 'types'])
    expect([code, report.error?.code, report.error?.at?.path]).toEqual([2, 'usage.needs_confirmation', name])
    expect(project.read(name)).toBe('{}\n')
  })

  it.each([
    [['schema'], 'usage.invalid_argument'],
    [['schema', 'tpyes'], 'usage.invalid_argument'],
    [['schema', 'types', '--cwd', 'empty'], 'template.missing'],
  ])('%j: %s', async (words, code) => {
    const project = new Project({ 'empty/x': '' })
    expect((await project.json(words)).report.error?.code).toBe(code)
  })
})

describe('a pattern', () => {
  const project = (pattern: string, value: string, more = ''): Project =>
    new Project({
      'secrets.yaml': `version: 1\nvariables: { A: { pattern: '${pattern}'${more} } }\n`,
      '.env': `A='${value}'\n`,
    })

  it.each([
    ['[A-Z]{3}-\\d+', 'ABC-1', true],
    ['[A-Z]{3}-\\d+', 'xABC-1', false],
    ['[A-Z]{3}-\\d+', 'ABC-1x', false],
    ['a|b', 'ab', false],
    ['(?i)abc', 'ABC', true],
    ['a', '', true],
    ['a', '${B}', true],
    ['(a+)+', `${'a'.repeat(100_000)}b`, false],
  ])('%s', async (pattern, value, fits) => {
    const { code, report, stdout } = await project(pattern, value).json(['validate'])
    const found = (report.data?.['findings'] as { rule: string; name: string }[]).map(({ rule, name }) => [
      rule,
      name,
    ])
    expect([code, found]).toEqual(fits ? [0, []] : [1, [['type', 'A']]])
    if (value !== '' && !fits) expect(stdout).not.toContain(value)
  })

  it.each(['(', '(?=a)', '(a)\\1', '((a{1,1000}){1,1000}){1,1000}', '('.repeat(999)])(
    'is refused where RE2 does not read it: %s',
    async pattern => {
      const { code, report } = await project(pattern, 'a').json(['validate'])
      expect([code, report.error?.code, report.error?.at?.line]).toEqual([2, 'manifest.invalid', 2])
      if (pattern.length > 3) expect(JSON.stringify(report.error)).not.toContain(pattern)
    },
  )

  it('has to fit its default, also in an environment', async () => {
    expect((await project('\\d', 'a', ', default: x').json(['validate'])).report.error?.code).toBe(
      'manifest.invalid',
    )
    const elsewhere = project('a', 'a', ', environments: { production: { pattern: b } }')
    expect((await elsewhere.json(['validate'])).code).toBe(0)
    expect((await elsewhere.json(['validate', '--env', 'production'])).code).toBe(1)
  })
})

describe('loadEnv of what is declared', () => {
  it('gives the values in their types, with defaults', async () => {
    const project = application()
    await project.run(['schema', 'types'])
    const env = {
      ...values,
      DEBUG: 'Yes',
      SHARDS: '1,2',
      OPTIONS: '{"a":[1]}',
      LEVEL: 'info',
      MIN: '1',
      MAX: '2',
    }
    expect(await load(project, env)).toEqual({
      ...{
        PORT: 3000,
        DEBUG: true,
        ORIGINS: ['https://a.example.org', 'https://b.example.org'],
        LEVEL: 'info',
      },
      ...{ SHARDS: [1, 2], OPTIONS: { a: [1] }, TOKEN: values.TOKEN, NEW_NAME: 'x', HOST: 'localhost' },
      ...{ MIN: 1, MAX: 2 },
    })
    const { NEW_NAME: renamed, ...others } = values
    expect(await load(project, { ...others, OLD_NAME: renamed })).toMatchObject({ NEW_NAME: 'x' })
  })

  it.each<[Readonly<Record<string, string>>, readonly (readonly [string, string])[]]>([
    [{ PORT: 'eighty' }, [['PORT', 'type']]],
    [{ ORIGINS: '' }, [['ORIGINS', 'missing']]],
    [{ HOST: '' }, [['HOST', 'missing']]],
    [{ PORT: '${WEB_PORT}' }, [['PORT', 'type']]],
    [{ LEVEL: 'loud' }, [['LEVEL', 'type']]],
    [{ CODE: 'ABc' }, [['CODE', 'type']]],
    [{ MIN: '3', MAX: '2' }, [['MIN', 'comparison']]],
    [{ NODE_ENV: 'production' }, [['CERT_PATH', 'missing']]],
    [{ TOKEN: '', TOKEN_FILE: '/nowhere/at/all' }, [['TOKEN', 'unreadable_file']]],
  ])('%j: %j', async (wrong, issues) => {
    const project = application()
    await project.run(['schema', 'types'])
    const check = (await load(project, { ...values, ...wrong })) as {
      issues: { name: string; code: string }[]
    }
    expect(check.issues.map(({ name, code }) => [name, code])).toEqual(issues)
    for (const value of Object.values(wrong))
      if (value !== '') expect(JSON.stringify(check)).not.toContain(value)
  })
})
