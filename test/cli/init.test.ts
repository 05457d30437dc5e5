import { describe, expect, it } from 'vitest'
import { type JsonReport, Project, runProcess } from '../support/cli.ts'

const template = `# A project

# Signs the session cookies
SESSION_SECRET_KEY=change-me
POSTGRES_PASSWORD=changeme # used by compose as well
DATABASE_URL=postgres://app:changeme@localhost:5432/app
PORT=3000

# Get one at https://example.com/keys
STRIPE_SECRET_KEY=
`

interface InitFile {
  readonly target: string
  readonly outcome: string
  readonly generated: readonly string[]
  readonly added: readonly string[]
  readonly needs: readonly { readonly name: string; readonly line: number }[]
}

function files(report: JsonReport): readonly InitFile[] {
  return (report.data?.['files'] ?? []) as readonly InitFile[]
}

function value(project: Project, name: string, file = '.env'): string | undefined {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(project.read(file))?.[1]
}

describe('init in a fresh clone', () => {
  it('generates what is ours, keeps comments and order, and uses one password in both places', async () => {
    const project = new Project({ '.env.example': template })
    const { code, report } = await project.json(['init'])
    expect(files(report)).toMatchObject([{ target: '.env', outcome: 'created' }])
    expect(files(report)[0]?.generated).toEqual(['SESSION_SECRET_KEY', 'POSTGRES_PASSWORD'])
    expect(value(project, 'SESSION_SECRET_KEY')).toMatch(/^[A-Za-z0-9_-]{32,}$/)
    const password = value(project, 'POSTGRES_PASSWORD')!.split(' ')[0]!
    expect(value(project, 'DATABASE_URL')).toBe(`postgres://app:${password}@localhost:5432/app`)
    expect(value(project, 'PORT')).toBe('3000')
    const lines = (text: string): string[] => text.split('\n').map(line => line.replace(/=.*/, '='))
    expect(lines(project.read('.env'))).toEqual(lines(template))
    expect(code).toBe(files(report)[0]!.needs.length > 0 ? 1 : 0)
    expect([project.mode('.env'), project.mode('.secrets'), project.mode('.secrets/init.json')]).toEqual([
      0o600, 0o700, 0o600,
    ])
  })

  it('remembers names, forms and times, and no value', async () => {
    const project = new Project({ '.env.example': template })
    await project.run(['init'])
    const record = project.read('.secrets/init.json')
    expect(
      Object.keys((JSON.parse(record) as { generated: Record<string, object> }).generated['.env']!),
    ).toEqual(['SESSION_SECRET_KEY', 'POSTGRES_PASSWORD'])
    expect(record).not.toContain(value(project, 'SESSION_SECRET_KEY')!)
  })

  it('keeps values and state out of git, and templates in', async () => {
    const project = new Project({
      '.env.example': template,
      'api/.env.production.example': 'A=1\n',
      '.gitignore': 'dist',
    })
    await runProcess('git', ['init', '-q'], { cwd: project.path, env: project.env() })
    await project.run(['init'])
    expect(project.read('.gitignore').startsWith('dist\n')).toBe(true)
    const check = async (path: string): Promise<boolean> => {
      const words = ['check-ignore', '-q', path]
      return (await runProcess('git', words, { cwd: project.path, env: project.env() })).code === 0
    }
    for (const path of ['.env', 'api/.env', '.env.production', '.secrets/init.json', '.env.12-34-ab.tmp']) {
      expect([path, await check(path)]).toEqual([path, true])
    }
    for (const path of ['.env.example', 'api/.env.production.example', '.env.test']) {
      expect([path, await check(path)]).toEqual([path, false])
    }
    const before = project.read('.gitignore')
    await project.run(['init'])
    expect(project.read('.gitignore')).toBe(before)
  })

  it('fills every package of the project, and only direct ones', async () => {
    const project = new Project({
      'backend/.env.example': template,
      'frontend/.env.sample': 'VITE_URL=http://localhost\n',
      'node_modules/x/.env.example': 'A=1\n',
      'deep/er/.env.example': 'A=1\n',
    })
    const { report } = await project.json(['init'])
    expect(files(report).map(({ target }) => target)).toEqual(['backend/.env', 'frontend/.env'])
  })
})

describe('init again', () => {
  it('adds what the template has gained, behind its neighbour, and overwrites nothing', async () => {
    const project = new Project({ '.env.example': template })
    await project.run(['init'])
    const mine = project
      .read('.env')
      .replace('PORT=3000', '# my own note\nPORT=4444')
      .replace('STRIPE_SECRET_KEY=', 'STRIPE_SECRET_KEY=mine')
    project.write('.env', mine, 0o600)
    project.write(
      '.env.example',
      template.replace('PORT=3000\n', 'PORT=3000\n# Signs the tokens\nTOKEN_SECRET=change-me\n'),
    )
    const { code, report } = await project.json(['init'])
    expect([code, files(report)[0]]).toMatchObject([
      0,
      { outcome: 'updated', added: ['TOKEN_SECRET'], generated: ['TOKEN_SECRET'] },
    ])
    const added = `# Signs the tokens\nTOKEN_SECRET=${value(project, 'TOKEN_SECRET') ?? ''}\n`
    expect(project.read('.env')).toBe(mine.replace('PORT=4444\n', `PORT=4444\n${added}`))
    const again = await project.json(['init'])
    expect(files(again.report)).toMatchObject([{ outcome: 'unchanged', added: [], generated: [] }])
  })

  it('keeps a value that is there, whatever the template says of it, and fills an empty one', async () => {
    const project = new Project({
      '.env.example': template,
      '.env': 'SESSION_SECRET_KEY=my-own\nPOSTGRES_PASSWORD=\n',
    })
    await project.run(['init'])
    expect(value(project, 'SESSION_SECRET_KEY')).toBe('my-own')
    expect(value(project, 'POSTGRES_PASSWORD')).toMatch(/^[A-Za-z0-9_-]{20,}$/)
    expect(value(project, 'DATABASE_URL')).toContain(value(project, 'POSTGRES_PASSWORD')!)
    expect(project.mode('.env')).toBe(0o600)
  })
})

describe('which template, which file', () => {
  it('writes the environment that is asked for, from its own template or the general one', async () => {
    const project = new Project({
      '.env.example': 'A=general\n',
      'api/.env.example': 'A=1\n',
      'api/.env.production.example': 'A=own\n',
    })
    const { report } = await project.json(['init', '--env', 'prod'])
    expect(
      files(report)
        .map(({ target }) => target)
        .sort(),
    ).toEqual(['.env.production', 'api/.env.production'])
    expect([project.read('.env.production'), project.read('api/.env.production')]).toEqual([
      'A=general\n',
      'A=own\n',
    ])
  })

  it('takes any file by --from and --to', async () => {
    const project = new Project({ 'settings.txt': 'A=1\n', 'example.env': 'B=2\n' })
    expect((await project.run(['init', '--from', 'settings.txt'])).code).toBe(0)
    expect(project.read('.env')).toBe('A=1\n')
    expect((await project.run(['init', '--from', '.env', '--to', '.env.local'])).code).toBe(0)
    expect(project.read('.env.local')).toBe('A=1\n')
    const same = await project.json(['init', '--from', '.env'])
    expect([same.code, same.report.error?.code]).toEqual([2, 'env_file.same_path'])
  })

  it.each([
    ['no template', {}, ['init'], 'template.missing'],
    ['an empty template', { '.env.example': ' \n\n' }, ['init'], 'template.empty'],
    ['a template that is not there', {}, ['init', '--from', 'nowhere'], 'template.missing'],
    ['an unknown shipped template', {}, ['init', '--template', 'nothing'], 'usage.unknown_template'],
    [
      'two templates for one file',
      { '.env.example': 'A=1\n', '.env.sample': 'A=2\n' },
      ['init'],
      'usage.ambiguous',
    ],
    ['--to without --from', { '.env.example': 'A=1\n' }, ['init', '--to', 'x'], 'usage.invalid_argument'],
  ])('refuses %s', async (_what, content, words, code) => {
    const project = new Project(content)
    const { code: exit, report } = await project.json(words)
    expect([report.error?.code, exit]).toEqual([code, 2])
    expect(report.error?.hints.length).toBeGreaterThan(0)
  })
})

describe('looking without writing', () => {
  it('explains each decision with its reason and place', async () => {
    const project = new Project({ '.env.example': template })
    const { code, report } = await project.json(['init', '--explain'])
    expect(code).toBe(0)
    const decisions = report.data?.['decisions'] as Record<string, unknown>[]
    expect(decisions.map(({ name }) => name)).toEqual([
      'SESSION_SECRET_KEY',
      'POSTGRES_PASSWORD',
      'DATABASE_URL',
      'PORT',
      'STRIPE_SECRET_KEY',
    ])
    for (const decision of decisions) {
      expect(decision).toMatchObject({
        file: '.env.example',
        line: expect.any(Number) as unknown,
        reason: expect.any(String) as unknown,
        confidence: expect.any(Number) as unknown,
      })
    }
    expect(decisions[2]).toMatchObject({ decision: 'derive', from: 'contains:POSTGRES_PASSWORD' })
    expect(() => project.read('.env')).toThrow()
    expect(() => project.read('.gitignore')).toThrow()
  })

  it('looks at a shipped template without copying it', async () => {
    const project = new Project()
    const { code, report } = await project.json(['init', '--template', 'fullstack', '--dry-run'])
    expect([code, files(report).map(({ target }) => target)]).toEqual([0, ['backend/.env', 'frontend/.env']])
    expect((await project.run(['init', '--template', 'fullstack', '--explain'])).code).toBe(0)
    expect(() => project.read('backend/.env.example')).toThrow()
  })

  it('a dry run writes nothing', async () => {
    const project = new Project({ '.env.example': template })
    const { report } = await project.json(['init', '--dry-run'])
    expect(files(report)).toMatchObject([{ outcome: 'created' }])
    expect(() => project.read('.env')).toThrow()
    expect(() => project.read('.secrets/init.json')).toThrow()
  })
})
