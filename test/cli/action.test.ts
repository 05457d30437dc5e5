import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type CliResult, Project, runProcess } from '../support/cli.ts'

const root = resolve(import.meta.dirname, '../..')
const action = parse(readFileSync(join(root, '.github/actions/validate/action.yml'), 'utf8')) as {
  inputs: Record<string, { default?: string }>
  runs: { steps: { run: string; env: Record<string, string> }[] }
}

/** The action's step as the runner would start it, with an `npx` that starts what is built here. */
function step(project: Project, inputs: Readonly<Record<string, string>>): Promise<CliResult> {
  const given = Object.entries(action.runs.steps[0]!.env).map(([name, expression]) => {
    const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(expression)![1]!
    return [name, inputs[input] ?? action.inputs[input]!.default ?? '']
  })
  const bin = join(project.home, 'npx')
  const cli = join(root, 'bin', 'secrets.js')
  writeFileSync(
    bin,
    `#!/bin/sh\necho "$1 $2" > '${project.home}/asked'\nshift 2\nexec '${process.execPath}' '${cli}' "$@"\n`,
  )
  chmodSync(bin, 0o755)
  const usual = project.env({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: project.path })
  const env = {
    ...usual,
    ...(Object.fromEntries(given) as Record<string, string>),
    GITHUB_ACTION_PATH: join(root, '.github/actions/validate'),
  }
  const script = action.runs.steps[0]!.run
  return runProcess('bash', ['-c', script], {
    cwd: project.path,
    env: { ...env, PATH: `${project.home}:${usual['PATH'] ?? ''}` },
  })
}

describe.skipIf(process.platform === 'win32')('the action for GitHub (its step runs in bash)', () => {
  it('checks the files that are named, annotates and writes the report', async () => {
    const project = new Project({ 'api/.env.production': 'DEBUG=true\n', 'api/odd name.env': 'A=1\nA=2\n' })
    const files = '.env.production\nodd name.env\n'
    const { code, stdout } = await step(project, {
      version: '1.2.3',
      directory: 'api',
      files,
      sarif: 'out.sarif',
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^::error title=secrets%3A debug,file=api\/\.env\.production,line=1,/m)
    expect(stdout).toMatch(/^::warning [^:]*file=api\/odd name\.env/m)
    expect(readFileSync(join(project.home, 'asked'), 'utf8')).toBe('--yes @dualkey/secrets@1.2.3\n')
    expect(JSON.parse(project.read('out.sarif'))).toMatchObject({ version: '2.1.0' })
  })

  it('checks all of the project, and counts warnings where that is asked for', async () => {
    const project = new Project({ '.env.example': 'A=1\n', '.env': 'A=1\nA=2\n' })
    expect((await step(project, { version: '1.2.3' })).code).toBe(0)
    expect((await step(project, { version: '1.2.3', strict: 'true' })).code).toBe(1)
  })

  it.each([
    { version: 'latest; id' },
    { version: './here' },
    { version: '1.2.3', strict: 'yes' },
    { version: '1.2.3', files: '--version' },
  ])('refuses %j', async inputs => {
    const { code, stdout } = await step(new Project({ '.env': 'A=1\n' }), inputs)
    expect([code, /^\d+\.\d+/.test(stdout)]).toEqual([2, false])
  })
})
