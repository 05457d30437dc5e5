import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type CliResult, Project, runProcess } from '../support/cli.ts'

const root = resolve(import.meta.dirname, '../..')
const template = parse(readFileSync(join(root, '.gitlab/validate.gitlab-ci.yml'), 'utf8')) as Record<
  string,
  {
    script: string[]
    rules: { if: string }[]
    variables: Record<string, string>
    artifacts: { when: string; reports: { junit: string } }
  }
>
const job = template['validate-configuration']!

/** The job's script as the runner starts it (`sh`), with an `npx` that starts what is built here. */
function run(project: Project, given: Readonly<Record<string, string>>): Promise<CliResult> {
  const bin = join(project.home, 'npx')
  const cli = join(root, 'bin', 'secrets.js')
  writeFileSync(
    bin,
    `#!/bin/sh\necho "$1 $2" > '${project.home}/asked'\nshift 2\nexec '${process.execPath}' '${cli}' "$@"\n`,
  )
  chmodSync(bin, 0o755)
  const usual = project.env({ CI: 'true', GITLAB_CI: 'true', CI_PROJECT_DIR: project.path })
  const env = { ...usual, ...job.variables, ...given, PATH: `${project.home}:${usual['PATH'] ?? ''}` }
  return runProcess('sh', ['-c', job.script.join('\n')], { cwd: project.path, env })
}

describe.skipIf(process.platform === 'win32')('the template for GitLab (its script runs in sh)', () => {
  it('runs in merge requests, keeps the report in any case, and names no credential', () => {
    expect(job.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }])
    expect(job.artifacts).toEqual({ when: 'always', reports: { junit: 'secrets-junit.xml' } })
    expect(job.script.join('\n')).not.toMatch(/CI_JOB_TOKEN|id_tokens|\$\{?[A-Z_]*(?:TOKEN|PASSWORD|KEY)/)
  })

  it('checks the files that are named, and writes the report where GitLab looks for it', async () => {
    const project = new Project({ 'api/.env.production': 'DEBUG=true\n', 'api/odd name.env': 'A=1\nA=2\n' })
    const files = '.env.production\nodd name.env\n'
    const { code, stdout } = await run(project, {
      SECRETS_VERSION: '1.2.3',
      SECRETS_DIRECTORY: 'api',
      SECRETS_FILES: files,
    })
    expect([code, stdout]).toEqual([1, expect.stringContaining('.env.production:1:1: error:')])
    expect(project.read('secrets-junit.xml')).toContain('file="api/odd name.env"')
    expect(readFileSync(join(project.home, 'asked'), 'utf8')).toBe('--yes @dualkey/secrets@1.2.3\n')
  })

  it.each([
    [{ SECRETS_VERSION: '1.2.3' }, 0],
    [{ SECRETS_VERSION: '1.2.3', SECRETS_STRICT: 'true' }, 1],
  ])('counts warnings as asked: %j', async (given, code) => {
    const project = new Project({ '.env.example': 'A=1\n', '.env': 'A=1\nA=2\n' })
    expect((await run(project, given)).code).toBe(code)
  })

  it.each([
    {},
    { SECRETS_VERSION: 'latest; id' },
    { SECRETS_VERSION: '1.2.3\nevil' },
    { SECRETS_VERSION: '1.2.3', SECRETS_STRICT: 'yes' },
  ])('refuses %j before anything is started', async given => {
    const project = new Project({ '.env': 'A=1\n' })
    const { code } = await run(project, given)
    expect([code, existsSync(join(project.home, 'asked'))]).toEqual([2, false])
  })

  it('takes names and directories for nothing else', async () => {
    const project = new Project({ '.env': 'A=1\n' })
    const { code } = await run(project, {
      SECRETS_VERSION: '1.2.3',
      SECRETS_FILES: '--version\n$(touch ran)',
    })
    expect([code, existsSync(join(project.path, 'ran'))]).toEqual([2, false])
  })
})
