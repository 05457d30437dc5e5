import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { git } from '../support/git.ts'

const strong = ['Vq8uPz3k', 'YtW1sLr6', 'Xn0dGh5a', 'Jc2eMb7f'].join('')
const needy = 'SESSION_SECRET=changeme\nAPI_SECRET=secret\n'

function projectWith(files: Readonly<Record<string, string>>): Project {
  const project = new Project()
  for (const [path, text] of Object.entries(files)) project.write(path, text, 0o600)
  return project
}

interface Found {
  readonly rule: string
  readonly name?: string
}

async function validate(
  project: Project,
  words: readonly string[],
): Promise<{
  code: number
  error: string | undefined
  found: readonly string[]
  data: Record<string, unknown>
}> {
  const { code, report } = await project.json(['validate', ...words])
  const data = { ...report.data }
  const found = ((data['findings'] ?? []) as Found[]).map(({ rule, name }) => `${rule} ${name ?? ''}`.trim())
  return { code, error: report.error?.code, found, data }
}

describe('--baseline', () => {
  const words = ['--strict', '--baseline', 'known.json']

  it('lets old findings be, and fails for new ones', async () => {
    const project = projectWith({ '.env': needy })
    expect((await validate(project, words)).error).toBe('baseline.missing')
    const begun = await validate(project, [...words, '--update-baseline'])
    expect(begun).toMatchObject({ code: 0, found: [], data: { baseline: { known: 2, gone: 0 } } })
    expect(project.read('known.json')).not.toContain('changeme')
    project.write('.env', `# above\n${needy}MAIL_PASSWORD=password\n`, 0o600)
    expect(await validate(project, words)).toMatchObject({ code: 1, found: ['weak MAIL_PASSWORD'] })
  })

  it('only shrinks', async () => {
    const project = projectWith({ '.env': needy })
    await validate(project, [...words, '--update-baseline'])
    project.write('.env', `SESSION_SECRET=${strong}\nAPI_SECRET=secret\nMAIL_PASSWORD=password\n`, 0o600)
    expect(await validate(project, words)).toMatchObject({
      code: 1,
      data: { baseline: { known: 1, gone: 1 } },
    })
    expect((await validate(project, [...words, '--update-baseline'])).found).toEqual(['weak MAIL_PASSWORD'])
    expect(JSON.parse(project.read('known.json'))).toEqual({
      version: 1,
      findings: ['weak:.env:API_SECRET:1'],
    })
  })

  it.each(['', '[]', '{"version":2,"findings":[]}', '{"version":1,"findings":[1]}'])(
    'refuses %j and leaves it as it is',
    async text => {
      const project = projectWith({ '.env': needy, 'known.json': text })
      const { code, error } = await validate(project, [...words, '--update-baseline'])
      expect([code, error, project.read('known.json')]).toEqual([2, 'baseline.invalid', text])
    },
  )
})

describe('--changed', () => {
  const files = {
    'a/.env.example': 'PORT=1\n',
    'a/.env': needy,
    'b/.env.example': 'PORT=1\n',
    'b/.env': needy,
  }

  function repository(): Project {
    const project = projectWith({ ...files, '.gitignore': '.env\n' })
    git(project, 'init', '-q', '-b', 'main')
    git(project, 'add', '.')
    git(project, 'commit', '-qm', 'one')
    git(project, 'checkout', '-q', '-b', 'topic')
    return project
  }

  it('judges what differs from the base, or whose template does', async () => {
    const project = repository()
    const untouched = await validate(project, ['--changed', '--base', 'main'])
    expect(untouched).toMatchObject({ code: 0, found: [], data: { files: [] } })
    project.write('b/.env.example', 'PORT=2\n')
    git(project, 'commit', '-qam', 'two')
    const { data } = await validate(project, ['--changed', '--base', 'main'])
    expect((data['files'] as { path: string }[]).map(({ path }) => path)).toEqual(['b/.env'])
  })

  it('knows the base of a pull request', async () => {
    const project = repository()
    git(project, 'update-ref', 'refs/remotes/origin/main', 'main')
    project.write('a/.env.example', 'PORT=2\n')
    const { report } = await project.json(['validate', '--changed'], { env: { GITHUB_BASE_REF: 'main' } })
    expect(report.data?.['files']).toMatchObject([{ path: 'a/.env' }])
  })

  it('cannot tell without the base', async () => {
    const project = repository()
    for (const base of ['origin/HEAD', '--output=x', 'nothing'])
      expect(await validate(project, ['--changed', '--base', base])).toMatchObject({
        code: 2,
        error: 'git.unknown_base',
      })
    const alone = projectWith({ '.env': needy })
    expect((await validate(alone, ['--changed'])).error).toBe('git.unknown_base')
  })
})

describe('--fix', () => {
  const files = {
    '.env': `# secrets: generate hex:32\nAPI_SECRET=secret\nMAIL_PASSWORD=password\n# mine\nDB_PASSWORD=${strong}\n`,
    '.env.production': `# secrets: generate hex:32\nAPI_SECRET=secret\n`,
  }

  it('says what it would repair, and then repairs that', async () => {
    const project = new Project(files)
    git(project, 'init', '-q')
    const plan = await validate(project, ['.env', '--fix', '--dry-run'])
    expect(project.read('.env')).toBe(files['.env'])
    const done = await validate(project, ['.env', '--fix'])
    const list = [
      { rule: 'not-ignored', path: '.env' },
      { rule: 'file-mode', path: '.env' },
      { rule: 'weak', path: '.env', name: 'API_SECRET' },
    ]
    expect(plan.data['repairs']).toMatchObject({ isDryRun: true, list })
    expect(done.data['repairs']).toMatchObject({ isDryRun: false, list })
    expect(done.found).toEqual(['weak MAIL_PASSWORD'])
    expect(project.read('.env')).toMatch(/API_SECRET=[0-9a-f]{64}\n/)
    expect(project.read('.env').endsWith(`MAIL_PASSWORD=password\n# mine\nDB_PASSWORD=${strong}\n`)).toBe(
      true,
    )
    expect(statSync(`${project.path}/.env`).mode & 0o777).toBe(0o600)
    expect(project.read('.gitignore')).toContain('.env\n')
    expect((await validate(project, ['.env', '--fix'])).data['repairs']).toMatchObject({ list: [] })
  })

  it('gives nothing that is deployed another value, and nothing whose old value is accepted', async () => {
    const project = projectWith(files)
    await validate(project, ['.env.production', '--fix'])
    expect(project.read('.env.production')).toBe(files['.env.production'])
    const inGrace = `# secrets: generate hex:32\nAPI_SECRET=secret\nAPI_SECRET_OLD=${strong}\n`
    project.write('.env', inGrace, 0o600)
    await validate(project, ['.env', '--fix'])
    expect(project.read('.env')).toBe(inGrace)
  })

  it.each([
    [['--dry-run'], '--fix'],
    [['--base', 'main'], '--changed'],
    [['--update-baseline'], '--baseline'],
  ])('%j stands only beside %s', async words => {
    expect((await validate(projectWith({ '.env': needy }), words)).error).toBe('usage.invalid_argument')
  })
})
