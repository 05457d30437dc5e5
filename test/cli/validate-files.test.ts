import { chmodSync, existsSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { git } from '../support/git.ts'

const secret = `SESSION_SECRET=${'q7Rk2mVx'.repeat(6)}\n`

interface Found {
  readonly rule: string
  readonly severity: string
  readonly path: string
}

/** Findings of the rules for files, as `rule path severity`. */
async function found(project: Project, words: readonly string[] = []): Promise<readonly string[]> {
  const { report, stderr } = await project.json(['validate', ...words])
  expect([report.error, stderr]).toEqual([undefined, ''])
  const rules = ['tracked', 'committed', 'not-ignored', 'file-mode', 'image-context', 'readers-disagree']
  return (report.data?.['findings'] as Found[])
    .filter(({ rule }) => rules.includes(rule))
    .map(({ rule, path, severity }) => `${rule} ${path} ${severity}`)
}

function repository(files: Readonly<Record<string, string>>): Project {
  const project = new Project()
  for (const [path, text] of Object.entries(files)) project.write(path, text, 0o600)
  git(project, 'init', '-q')
  return project
}

describe('where git has a file with secrets', () => {
  it('says nothing of one that it ignores, and warns of one that the next add would take', async () => {
    const project = repository({ '.env': secret, '.env.local': secret, '.gitignore': '.env\n' })
    const files = ['.env', '.env.local']
    expect(await found(project, files)).toEqual(['not-ignored .env.local warning'])
  })

  it('finds what is tracked, and what a branch once had', async () => {
    const project = repository({ '.env': secret, 'packages/api/.env': secret })
    git(project, 'add', '.')
    git(project, 'commit', '-qm', 'one')
    git(project, 'checkout', '-q', '-b', 'clean')
    git(project, 'rm', '-q', '--cached', 'packages/api/.env')
    project.write('.gitignore', 'packages/\n')
    git(project, 'add', '.gitignore')
    git(project, 'commit', '-qm', 'two')
    expect(await found(project, ['.env', 'packages/api/.env'])).toEqual([
      'tracked .env error',
      'committed packages/api/.env warning',
    ])
  })

  it('says nothing of a file without secrets, of test files, and outside a repository', async () => {
    const project = repository({ '.env': 'PORT=8080\nSESSION_SECRET=\n', '.env.test': secret })
    git(project, 'add', '.')
    expect(await found(project)).toEqual([])
    const alone = new Project()
    alone.write('.env', secret, 0o600)
    expect(await found(alone)).toEqual([])
  })

  it('runs nothing that the repository configures', async () => {
    const project = repository({ '.env': secret })
    const trap = `touch ${project.path}/ran; false`
    for (const key of ['core.fsmonitor', 'log.showSignature', 'gpg.program', 'core.pager', 'diff.external'])
      git(project, 'config', key, key === 'log.showSignature' ? 'true' : trap)
    // This git itself obeys them.
    git(project, 'add', '-f', '.env')
    rmSync(`${project.path}/ran`, { force: true })
    await project.json(['validate'])
    expect(existsSync(`${project.path}/ran`)).toBe(false)
  })

  it('is looked for in one question, however many files there are', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `packages/p${String(at)}/.env`)
    const project = repository(Object.fromEntries(names.map(name => [name, secret])))
    const lines = await found(project, names)
    expect(lines.filter(line => line.startsWith('not-ignored'))).toHaveLength(60)
  })
})

describe('who may read a file with secrets (modes of POSIX)', () => {
  it.each([
    [0o644, [], 'warning'],
    [0o644, ['--env', 'production'], 'error'],
    [0o640, ['--env', 'production'], 'warning'],
    [0o640, [], 'info'],
  ])('mode %o with %j', async (mode, words, severity) => {
    const project = new Project({ '.env': secret })
    chmodSync(`${project.path}/.env`, mode)
    expect(await found(project, words)).toEqual([`file-mode .env ${severity}`])
  })
})

describe('whether an image is built with it', () => {
  const cases: readonly [what: string, files: Readonly<Record<string, string>>, isFound: boolean][] = [
    ['all of the context', { Dockerfile: 'FROM node\nCOPY . .\n' }, true],
    [
      'its directory, in several lines',
      { Dockerfile: 'FROM a\nCOPY --chown=1 a \\\n  # no\n  app .env* /x/\n' },
      true,
    ],
    ['a list', { Dockerfile: 'FROM a\nADD [".", "/app"]\n' }, true],
    ['something else', { Dockerfile: 'FROM a\nCOPY package.json src ./\nRUN cp . x\n' }, false],
    ['another stage', { Dockerfile: 'FROM a\nCOPY --from=build . .\n' }, false],
    ['a comment', { Dockerfile: 'FROM a\n# COPY . .\n' }, false],
    ['ignored', { Dockerfile: 'FROM a\nCOPY . .\n', '.dockerignore': 'node_modules\n**/.env*\n' }, false],
    ['ignored, and taken back', { Dockerfile: 'FROM a\nCOPY . .\n', '.dockerignore': '.*\n!.env\n' }, true],
    [
      'an ignore file of its own',
      {
        'api.Dockerfile': 'FROM a\nCOPY . .\n',
        'api.Dockerfile.dockerignore': 'x\n',
        '.dockerignore': '.env\n',
      },
      true,
    ],
  ]

  it.each(cases)('%s', async (_what, files, isFound) => {
    const project = new Project(files)
    project.write('.env', secret, 0o600)
    expect(await found(project)).toEqual(isFound ? ['image-context .env warning'] : [])
  })

  it('looks up to the directory of the project', async () => {
    const project = new Project({ Dockerfile: 'FROM a\nCOPY apps /apps\n' })
    project.write('apps/api/.env', secret, 0o600)
    expect(await found(project, ['apps/api/.env'])).toEqual(['image-context apps/api/.env warning'])
  })
})

describe('readers that are declared', () => {
  const manifest = 'version: 1\nreaders: [dotenv, docker, bash]\n'

  it('are told where they read differently, by name and never with the value', async () => {
    const project = new Project({ 'secrets.yaml': manifest })
    project.write('.env', 'GREETING="hello world"\nPLAIN=hello\n', 0o600)
    expect(await found(project)).toEqual(['readers-disagree .env warning'])
    expect((await project.run(['validate'])).stdout).not.toContain('hello')
  })

  it('say nothing where nobody declared them', async () => {
    const project = new Project()
    project.write('.env', 'GREETING="hello world"\n', 0o600)
    expect(await found(project)).toEqual([])
  })
})
