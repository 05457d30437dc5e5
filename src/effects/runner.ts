import { constants } from 'node:os'
import type { ProgramEnd, ProgramRequest, Runner } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { Patterns } from '../core/redact/patterns.ts'
import { StreamRedactor } from '../core/redact/stream.ts'
import { isErrno } from './files/failure.ts'
import { type Output, passOutput } from './run/output.ts'
import { findProgram, notExecutable } from './run/program.ts'
import { forwardSignals } from './run/signals.ts'
import { isTerminal } from './streams.ts'

/** `takenOut`: variables that this process does without and a program of the user must not. */
export function createRunner(takenOut: Readonly<Record<string, string>>): Runner {
  let isRunning = false
  return {
    get isRunning() {
      return isRunning
    },
    async run(request) {
      const file = findProgram(request.words[0] ?? '', { cwd: request.cwd, env: process.env })
      isRunning = true
      try {
        return await start(file, request, environmentOf(request, { ...process.env, ...takenOut }))
      } finally {
        isRunning = false
      }
    },
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Windows has each name once, whatever its case. */
function environmentOf({ set, unset }: ProgramRequest, own: Environment): Environment {
  const keyOf = (name: string): string => (process.platform === 'win32' ? name.toUpperCase() : name)
  const replaced = new Set([...set.keys(), ...unset].map(keyOf))
  return Object.fromEntries([
    ...Object.entries(own).filter(([name]) => !replaced.has(keyOf(name))),
    ...Array.from(set, ([name, value]) => [name, value.reveal()] as const),
  ])
}

function start(file: string, request: ProgramRequest, env: Environment): Promise<ProgramEnd> {
  const { words, cwd, redact, isStdoutTaken } = request
  const outputOf = (name: 'stdout' | 'stderr'): 'inherit' | 'pipe' =>
    redact.length === 0 || isTerminal(name) ? 'inherit' : 'pipe'
  const [stdout, stderr] = [outputOf(isStdoutTaken ? 'stderr' : 'stdout'), outputOf('stderr')]
  const { spawn } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    // The word as typed is the program's own name; the environment's PATH has no say any more.
    const child = spawn(file, words.slice(1), {
      cwd,
      env,
      argv0: words[0] ?? file,
      stdio: ['inherit', stdout === 'pipe' || !isStdoutTaken ? stdout : 2, stderr],
    })
    const stop = forwardSignals(child)
    const outputs: Output[] = []
    // What to look for is worked out while the program starts.
    const patterns = new Patterns(stdout === 'pipe' || stderr === 'pipe' ? redact : [])
    if (child.stdout)
      outputs.push(passOutput(child.stdout, isStdoutTaken ? 2 : 1, new StreamRedactor(patterns)))
    if (child.stderr) outputs.push(passOutput(child.stderr, 2, new StreamRedactor(patterns)))
    child.on('error', error => {
      // Also told of a signal that could not be sent: the program is there then, and goes on.
      if (child.pid !== undefined) return
      stop()
      reject(startError(error, cwd))
    })
    child.on('exit', (code, signal) => {
      Promise.all(outputs.map(output => output.finish()))
        .finally(stop)
        .then(results => {
          resolve(endOf(code, signal, results))
        }, reject)
    })
  })
}

function endOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  results: readonly (SecretsError | undefined)[],
): ProgramEnd {
  const lost = results.find(result => result !== undefined)
  return {
    exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
    ...(signal === null ? {} : { signal }),
    ...(lost === undefined ? {} : { lost }),
  }
}

/** The system's own messages quote what was to be started. */
function startError(error: unknown, cwd: string): SecretsError {
  if (isErrno(error, 'E2BIG')) {
    return notExecutable(
      ['variables and arguments together are more than this system passes on', '--only NAME,… passes fewer'],
      error,
    )
  }
  if (isErrno(error, 'ENOENT', 'ENOTDIR') && !hasDirectory(cwd)) {
    return notExecutable(['the directory to work in is not there'], error)
  }
  return notExecutable(
    ['its first line names an interpreter that is not there, or it is for another machine'],
    error,
  )
}

function hasDirectory(path: string): boolean {
  const { statSync } = process.getBuiltinModule('node:fs')
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
