import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { ProgramEnd, ProgramRequest, Runner } from '../context.ts'
import type { SecretsError } from '../core/errors.ts'
import { Patterns } from '../core/redact/patterns.ts'
import { StreamRedactor } from '../core/redact/stream.ts'
import { isErrno } from './files/failure.ts'
import { Output } from './run/output.ts'
import { closeFarEnds, makePipes } from './run/pipes.ts'
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

type OutputName = 'stdout' | 'stderr'

function start(file: string, request: ProgramRequest, env: Environment): Promise<ProgramEnd> {
  const { words, cwd, redact, isStdoutTaken } = request
  const sinks = { stdout: isStdoutTaken ? 2 : 1, stderr: 2 } as const
  const isLookedAt = (name: OutputName): boolean =>
    redact.length > 0 && !isTerminal(isStdoutTaken ? 'stderr' : name)
  const names = (['stdout', 'stderr'] as const).filter(isLookedAt)
  const pipes = names.length === 0 ? [] : makePipes(names.length, process.env)
  const stdioOf = (name: OutputName): number | 'pipe' => {
    const at = names.indexOf(name)
    return at < 0 ? sinks[name] : (pipes?.[at]?.end ?? 'pipe')
  }
  const { spawn } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    // Before the program is there: what comes in between is for it too.
    const stop = forwardSignals(signal => child?.kill(signal))
    const fail = (error: unknown): void => {
      stop()
      for (const { source } of pipes ?? []) source.destroy()
      reject(startError(error, cwd))
    }
    let child: ChildProcess | undefined
    try {
      // The word as typed is the program's own name; the environment's PATH has no say any more.
      child = spawn(file, words.slice(1), {
        ...{ cwd, env, argv0: words[0] ?? file },
        stdio: ['inherit', stdioOf('stdout'), stdioOf('stderr')],
      })
    } catch (error) {
      fail(error)
      return
    } finally {
      closeFarEnds(pipes ?? [])
    }
    const { pid, stdout, stderr } = child
    child.on('error', error => {
      // Also told of a signal that could not be sent: the program is there then, and goes on.
      if (pid === undefined) fail(error)
    })
    // What to look for is worked out while the program starts.
    const patterns = new Patterns(names.length === 0 ? [] : redact)
    const own = { stdout, stderr }
    const outputs = names.flatMap((name, at) => {
      const source = pipes?.[at]?.source ?? own[name]
      return source === null ? [] : [new Output(source, sinks[name], new StreamRedactor(patterns))]
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
