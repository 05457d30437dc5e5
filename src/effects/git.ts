import { basename, dirname } from 'node:path'
import type { Git, GitStandings } from '../context.ts'

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
  const run: Run = (directory, args, limits) => runGit(env, directory, args, limits)
  return {
    async isTracked(path) {
      const words = ['--literal-pathspecs', 'ls-files', '--cached', '--error-unmatch', '--', basename(path)]
      return (await run(dirname(path), words)).code === 0
    },
    async isIgnored(path) {
      return (await run(dirname(path), ['check-ignore', '--quiet', '--', basename(path)])).code === 0
    },
    standing: (top, paths) => standing(run, top, paths),
    changedSince: (top, base) => changedSince(run, top, base),
    async workTree(directory) {
      const { code, text } = await run(directory, ['rev-parse', '--show-toplevel'])
      return code === 0 ? text.replace(/\n$/, '') : undefined
    },
  }
}

/** One git command in a directory. */
type Run = (directory: string, args: readonly string[], limits?: Limits) => Promise<Answer>

async function standing(run: Run, top: string, paths: readonly string[]): Promise<GitStandings> {
  const index = ['ls-files', '-z', '-t', '-c', '-o', '--exclude-standard', '--', ...paths]
  const log = ['log', '--no-show-signature', '--all', '--format=:%h', '-z', '--name-only', '--', ...paths]
  const [listed, history] = await Promise.all([
    run(top, ['--literal-pathspecs', ...index]),
    run(top, ['--literal-pathspecs', ...log], { timeLimit: historyLimit }),
  ])
  return {
    ...(listed.code === 0 && { index: readIndex(listed.text) }),
    commits: readCommits(history.text),
    isHistoryCut: history.code === cutCode,
  }
}

async function changedSince(run: Run, top: string, base: string): Promise<readonly string[] | undefined> {
  // A name that begins with a dash would be an option.
  const from = await run(top, ['merge-base', '--end-of-options', base, 'HEAD'])
  if (from.code !== 0) return undefined
  const diff = ['diff', '--name-only', '--no-ext-diff', '--no-textconv', '--no-renames', '-z']
  const answers = await Promise.all([
    run(top, [...diff, from.text.trim()]),
    run(top, ['ls-files', '-z', '-o', '--exclude-standard']),
  ])
  return answers.flatMap(({ text }) => text.split('\0').filter(name => name !== ''))
}

interface Answer {
  readonly code: number
  readonly text: string
}

interface Limits {
  /** Milliseconds; git is stopped then, and what it said until then counts. */
  readonly timeLimit?: number
}

/** Milliseconds for a look through all of the history: a long one is no reason to wait at each check. */
const historyLimit = 3_000
/** As `timeout` of coreutils has it. */
const cutCode = 124

/** Lines of `ls-files -t`: `H name` for what is in the index, `? name` for what is in no list at all. */
function readIndex(text: string): NonNullable<GitStandings['index']> {
  const entries = text.split('\0').filter(entry => entry !== '')
  const namesWith = (isWanted: (tag: string) => boolean): ReadonlySet<string> =>
    new Set(entries.filter(entry => isWanted(entry.charAt(0))).map(entry => entry.slice(2)))
  return { tracked: namesWith(tag => tag !== '?'), open: namesWith(tag => tag === '?') }
}

/** `:id` of a commit, then the names that it changed; newest first. */
function readCommits(text: string): ReadonlyMap<string, string> {
  const commits = new Map<string, string>()
  let id = ''
  for (const word of text.split('\0').map(part => part.replace(/^\n/, ''))) {
    if (word.startsWith(':')) id = word.slice(1)
    else if (word !== '' && !commits.has(word)) commits.set(word, id)
  }
  return commits
}

function runGit(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  args: readonly string[],
  { timeLimit }: Limits = {},
): Promise<Answer> {
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
    let isCut = false
    const timer = timeLimit === undefined ? undefined : setTimeout(cut, timeLimit)
    function cut(): void {
      isCut = true
      child.kill('SIGKILL')
    }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    // No git on this machine reads as: not tracked, no work tree.
    child.on('error', () => {
      resolve({ code: 127, text: '' })
    })
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code: isCut ? cutCode : (code ?? 1), text })
    })
  })
}
