import { basename, dirname } from 'node:path'
import type { Git } from '../context.ts'

/**
 * Settings of a repository can name programs that git would run (fsmonitor, hooks, pagers, filters): all off, and
 * nothing is asked from the network or the user. Measured on git 2.39: without them `ls-files` runs core.fsmonitor.
 */
const harmless = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.allow=never',
  '-c',
  'safe.directory=*',
]

export function createGit(env: Readonly<Record<string, string | undefined>>): Git {
  const run = (directory: string, args: readonly string[]): Promise<{ code: number; text: string }> =>
    runGit(env, directory, args)
  return {
    async isTracked(path) {
      const words = ['--literal-pathspecs', 'ls-files', '--cached', '--error-unmatch', '--', basename(path)]
      return (await run(dirname(path), words)).code === 0
    },
    async isIgnored(path) {
      return (await run(dirname(path), ['check-ignore', '--quiet', '--', basename(path)])).code === 0
    },
    async workTree(directory) {
      const { code, text } = await run(directory, ['rev-parse', '--show-toplevel'])
      return code === 0 ? text.replace(/\n$/, '') : undefined
    },
  }
}

function runGit(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  return new Promise(resolve => {
    const { spawn } = process.getBuiltinModule('node:child_process')
    const child = spawn('git', [...harmless, ...args], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH: env['PATH'],
        HOME: env['HOME'],
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_NO_LAZY_FETCH: '1',
        LC_ALL: 'C',
      },
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    // No git on this machine reads as: not tracked, no work tree.
    child.on('error', () => {
      resolve({ code: 127, text: '' })
    })
    child.on('close', code => {
      resolve({ code: code ?? 1, text })
    })
  })
}
