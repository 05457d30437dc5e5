import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type CliResult, Project, runProcess } from '../support/cli.ts'
import { consumers } from '../support/consumers.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs', 'reports.md'), 'utf8')

/** The page's configuration that has this key at its top. */
function block(key: string): string {
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  return blocks.find(text => Object.hasOwn(parse(text) as object, key))!
}

/** A repository that has the package installed, and one good file. */
async function repository(
  file: string,
  text: string,
): Promise<{ project: Project; run: (program: string, ...words: string[]) => Promise<CliResult> }> {
  const project = new Project({ '.gitignore': 'node_modules\n', '.env.test': 'A=1\n', [file]: text })
  mkdirSync(join(project.path, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(join(root, 'bin', 'secrets.js'), join(project.path, 'node_modules', '.bin', 'secrets'))
  const env = project.env({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' })
  const run = (program: string, ...words: string[]): Promise<CliResult> =>
    runProcess(program, words, { cwd: project.path, env })
  await run('git', 'init', '--quiet')
  await run('git', 'add', '--all')
  return { project, run }
}

// With the tools themselves, on real repositories: the configuration that docs/reports.md prints.
describe.skipIf(consumers === undefined)(
  'a hook stops a commit of bad configuration, and only that (needs scripts/install-consumers.sh)',
  () => {
    it.each([
      [
        'pre-commit',
        '.pre-commit-config.yaml',
        'repos',
        [join(consumers ?? '', 'python/bin/pre-commit'), 'run'],
      ],
      [
        'lefthook',
        'lefthook.yml',
        'pre-commit',
        [join(consumers ?? '', 'node/node_modules/.bin/lefthook'), 'run', 'pre-commit'],
      ],
    ] as const)('%s', async (_tool, file, key, [program, ...words]) => {
      const { project, run } = await repository(file, block(key))
      const good = await run(program, ...words)
      expect([good.code, good.stdout + good.stderr]).toEqual([0, expect.stringContaining('secrets')])
      project.write('.env.production', 'DEBUG=true\n')
      await run('git', 'add', '--all')
      const bad = await run(program, ...words)
      expect(bad.code).not.toBe(0)
      expect(bad.stdout + bad.stderr).toContain('[debug]')
    })
  },
)
