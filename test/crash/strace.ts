import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cli, type CliResult, runProcess } from '../support/cli.ts'

/** One call that changes the project or the home directory, as it stands in strace's log. */
export interface Call {
  readonly name: string
  /** How many calls of that name the thread has made, this one included: what `when=` of strace counts. */
  readonly ordinal: number
  /** The paths it is about, below the base directory, with process numbers and random parts as `*`. */
  readonly what: string
  /** Among the changing calls of that name on those paths, from 1. */
  readonly turn: number
}

export type Fault = 'SIGKILL' | 'ENOSPC' | 'EIO'

export interface HarmedRun extends CliResult {
  /** The call at which the fault struck; undefined when it struck none that changes anything, or did not strike. */
  readonly struck: Call | undefined
  /** The changing calls that it came to. */
  readonly calls: readonly Call[]
}

/** Calls that can change a file or directory; `close` counts for files opened for writing (delayed write errors). */
const changing = [
  ...[
    'open',
    'openat',
    'write',
    'writev',
    'pwrite64',
    'pwritev',
    'pwritev2',
    'ftruncate',
    'truncate',
    'fallocate',
  ],
  ...['fsync', 'fdatasync', 'sync_file_range', 'close'],
  ...[
    'rename',
    'renameat',
    'renameat2',
    'link',
    'linkat',
    'symlink',
    'symlinkat',
    'unlink',
    'unlinkat',
    'rmdir',
  ],
  ...[
    'mkdir',
    'mkdirat',
    'chmod',
    'fchmod',
    'fchmodat',
    'chown',
    'fchown',
    'lchown',
    'fchownat',
    'utimensat',
  ],
  ...['setxattr', 'fsetxattr', 'copy_file_range', 'sendfile'],
] as const

/**
 * strace counts the calls of every thread by themselves. One pool thread makes all of Node's file calls in order, and
 * 64 openings before the first of ours carry its counts beyond those that other threads reach while they start: so
 * `when=N` means one certain call.
 */
const pad =
  "data:text/javascript,import{open}from'node:fs/promises';for(let i=0;i<64;i++)await(await open('/dev/null')).close()"
const poolEnv = { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' }

/** Whether processes can be traced here; missing where the proof is required is an error, not a skip. */
export const canTrace = findStrace()

function findStrace(): boolean {
  const isThere = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0
  if (!isThere && process.env['SECRETS_REQUIRE_SHARED'] === '1') {
    throw new Error('strace is missing, or tracing is not allowed here')
  }
  return isThere
}

export interface TraceOptions {
  /** Everything of interest is below it. */
  readonly base: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly input?: string | undefined
  readonly umask?: string | undefined
}

/** The changing calls of an unharmed run, in order. */
export async function traceCommand(
  words: readonly string[],
  options: TraceOptions,
): Promise<CliResult & { readonly calls: readonly Call[] }> {
  const { log, ...result } = await runTraced(words, options)
  const calls = changingCalls(readLog(log), options.base)
  if (new Set(calls.map(({ thread }) => thread)).size > 1) {
    throw new Error('several threads change files: the counts of strace do not name one certain call')
  }
  return { ...result, calls }
}

/** The command with a fault at one call: killed just before it, or the call fails with that error. */
export async function harmCommand(
  words: readonly string[],
  options: TraceOptions,
  fault: Fault,
  { name, ordinal }: Pick<Call, 'name' | 'ordinal'>,
): Promise<HarmedRun> {
  const what = fault === 'SIGKILL' ? 'signal=SIGKILL' : `error=${fault}`
  const { log, ...result } = await runTraced(words, options, `${name}:${what}:when=${String(ordinal)}`)
  const lines = readLog(log)
  const calls = changingCalls(lines, options.base)
  return { ...result, calls, struck: struckCall(lines, calls, fault) }
}

async function runTraced(
  words: readonly string[],
  { cwd, env, input = '', umask = '022' }: TraceOptions,
  inject?: string,
): Promise<CliResult & { readonly log: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-strace-'))
  const file = join(directory, 'log')
  try {
    const trace = `trace=${changing.map(name => `?${name}`).join(',')}`
    const flags = ['-f', '-qq', '-y', '-s', '8', '-e', 'signal=none', '-e', trace]
    const injected = inject === undefined ? [] : ['-e', `inject=${inject}`]
    const command = [process.execPath, '--import', pad, cli, ...words]
    const shell = ['sh', '-c', `umask ${umask} && exec "$@"`, 'sh', ...command]
    const result = await runProcess('strace', [...flags, ...injected, '-o', file, ...shell], {
      cwd,
      input,
      env: { ...env, ...poolEnv },
    })
    return { ...result, log: readFileSync(file, 'latin1') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

interface LogLine {
  readonly thread: string
  readonly name: string
  readonly text: string
  readonly ordinal: number
}

/** Calls in the order in which they were entered: `<... call resumed>` is the end of one that is listed already. */
function readLog(log: string): readonly LogLine[] {
  const counts = new Map<string, number>()
  return log.split('\n').flatMap(line => {
    const match = /^(\d+) +(\w+)\((.*)$/.exec(line)
    if (match === null) return []
    const [, thread = '', name = '', text = ''] = match
    const ordinal = (counts.get(`${thread} ${name}`) ?? 0) + 1
    counts.set(`${thread} ${name}`, ordinal)
    return [{ thread, name, text, ordinal }]
  })
}

type ThreadCall = Call & { readonly thread: string; readonly line: LogLine }

function changingCalls(lines: readonly LogLine[], base: string): readonly ThreadCall[] {
  const writable = new Set<string>()
  const turns = new Map<string, number>()
  return lines.flatMap(line => {
    const paths = pathsOf(line).filter(path => path.startsWith(`${base}/`))
    if (paths.length === 0) return []
    const { name, thread, ordinal } = line
    if (/^open/.test(name)) {
      if (!/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(line.text)) return []
      for (const path of paths) writable.add(path)
    }
    if (name === 'close' && !paths.every(path => writable.has(path))) return []
    const what = paths.map(path => normalise(path.slice(base.length + 1))).join(' → ')
    const turn = (turns.get(`${name} ${what}`) ?? 0) + 1
    turns.set(`${name} ${what}`, turn)
    return [{ name, ordinal, what, turn, thread, line }]
  })
}

/** Calls on descriptors show the path behind the first one (`-y`); the others name theirs in quotes. */
function pathsOf({ text }: LogLine): readonly string[] {
  const behind = /^\d+<([^>]*)>/.exec(text)?.[1]
  if (behind !== undefined) return [behind]
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(match => match[1] ?? '')
}

/** Whether they are the same call of two runs; their counts may differ. */
export function isSameCall(a: Call, b: Call): boolean {
  return a.name === b.name && a.what === b.what && a.turn === b.turn
}

/** `.env.<pid>-<start>-<random>.tmp` and the like, the same in every run. */
export function normalise(path: string): string {
  return path.replace(/\d+-\d+-[0-9a-f-]{32,}/g, '*')
}

function struckCall(lines: readonly LogLine[], calls: readonly ThreadCall[], fault: Fault): Call | undefined {
  if (fault !== 'SIGKILL') return calls.find(({ line }) => line.text.endsWith('(INJECTED)'))
  const last = calls.at(-1)
  // Killed at the entry of a call: it has no result, and the thread makes no other.
  const isLast = lines.findLast(({ thread }) => thread === last?.thread) === last?.line
  const hasNoResult = last !== undefined && /(?:<unfinished \.\.\.>|= \?)$/.test(last.line.text)
  return isLast && hasNoResult ? last : undefined
}
