import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { git } from '../support/git.ts'

const template = '# secrets: generate hex:32\nSESSION_SECRET=\n'

async function exposures(project: Project, words: readonly string[] = []): Promise<readonly unknown[]> {
  const { report } = await project.json(['init', ...words])
  expect(report.error).toBeUndefined()
  return (report.data?.['files'] as { exposure: unknown }[]).map(({ exposure }) => exposure)
}

describe('who else may have what init writes', () => {
  it('tightens the mode of a file that is there, whether or not its text changes', async () => {
    const project = new Project({ '.env.example': template, '.env': 'OTHER=1\n' })
    expect(await exposures(project)).toEqual([{ tightened: true }])
    expect(project.mode('.env')).toBe(0o600)
    const text = project.read('.env')
    expect(await exposures(project)).toEqual([{}])
    execFileSync('chmod', ['644', '.env'], { cwd: project.path })
    expect(await exposures(project)).toEqual([{ tightened: true }])
    expect([project.mode('.env'), project.read('.env')]).toEqual([0o600, text])
  })

  it('names the commit that has the file', async () => {
    const project = new Project({ '.env.example': template })
    project.write('.env', 'SESSION_SECRET=\n', 0o600)
    git(project, 'init', '-q')
    git(project, 'add', '.')
    git(project, 'commit', '-qm', 'one')
    git(project, 'rm', '-q', '--cached', '.env')
    git(project, 'commit', '-qm', 'two')
    const commit = git(project, 'log', '--all', '-1', '--format=%h', '--', '.env').trim()
    expect(await exposures(project)).toEqual([{ commit }])
    expect((await project.run(['init'])).stdout).toContain(commit)
  })

  it('sees that git takes it all the same, but for a file of tests', async () => {
    const project = new Project({ 'app/.env.example': template, 'app/.gitignore': '!.env\n' })
    project.write('.env.test.example', template)
    git(project, 'init', '-q')
    expect([...(await exposures(project))].sort()).toEqual([{}, { notIgnored: true }])
  })

  it('says nothing outside a repository, and nothing in a dry run', async () => {
    const project = new Project({ '.env.example': template, '.env': 'OTHER=1\n' })
    expect(await exposures(project, ['--dry-run'])).toEqual([{}])
    expect(project.mode('.env')).toBe(0o644)
  })
})
