import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runProcess } from './cli.ts'

/** The libraries and frameworks that scripts/install-consumers.sh installs; undefined where they are missing. */
export const consumers: string | undefined = findConsumers()

function findConsumers(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const home = join(cache, 'secrets-ci', 'consumers')
  if (existsSync(join(home, 'python', 'bin', 'python')) && existsSync(join(home, 'node', 'node_modules')))
    return home
  const isRequired = process.env['SECRETS_REQUIRE_SERVERS'] === '1' || isCi(process.env['CI'])
  if (isRequired) throw new Error('the consumers are missing: run scripts/install-consumers.sh')
  return undefined
}

function isCi(text = ''): boolean {
  return !['', '0', 'false'].includes(text)
}

/** A module of npm from there, in the shape that the test says. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a cast at each of its many callers otherwise
export function consumer<Module>(name: string): Module {
  return createRequire(join(consumers ?? '/', 'node', 'index.js'))(name) as Module
}

/**
 * Runs a Python program on facts that stand in `facts`. It proves by assertions; what it prints last is returned. Values go
 * through stdin, as everywhere.
 */
export async function python(program: string, facts: unknown, cwd = '/'): Promise<string> {
  const source = `import json, sys\nfacts = json.load(sys.stdin)\n${program}\nprint("done")\n`
  const { PATH } = process.env
  const { code, stdout, stderr } = await runProcess(
    join(consumers ?? '/', 'python', 'bin', 'python'),
    ['-I', '-c', source],
    { cwd, env: { PATH, PYTHONDONTWRITEBYTECODE: '1' }, input: JSON.stringify(facts) },
  )
  if (code !== 0) throw new Error(stderr)
  return stdout.trimEnd()
}
