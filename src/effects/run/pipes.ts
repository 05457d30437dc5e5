import type { Readable } from 'node:stream'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './program.ts'

/** A pipe whose far end a program gets as its stdout or stderr. */
export interface ProgramPipe {
  readonly end: number
  readonly source: Readable
}

/**
 * True pipes. What Node gives a program as a pipe is a socket, which cannot be opened a second time: servers that log
 * to `/dev/stdout`, and shells that write there, end with an error. There is no call for a pipe in Node, so named ones
 * are made, opened, and their names removed again. `undefined` where the system does not let us (nowhere to write, no
 * `mkfifo`, Windows): then sockets have to do.
 */
export function makePipes(count: number, env: NodeJS.ProcessEnv): readonly ProgramPipe[] | undefined {
  if (process.platform === 'win32') return undefined
  for (const base of [tmpdir(), '/dev/shm']) {
    const directory = makeDirectory(base)
    if (directory === undefined) continue
    try {
      const paths = Array.from({ length: count }, (_, at) => join(directory, String(at)))
      if (makeFifos(paths, env)) return paths.map(openBoth)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return undefined
}

/** To be called when the program has its copy: as long as ours is open, the pipe never ends. */
export function closeFarEnds(pipes: readonly ProgramPipe[]): void {
  for (const { end } of pipes) closeSync(end)
}

/** 0700, so that nobody else opens what stands in it. */
function makeDirectory(base: string): string | undefined {
  try {
    return mkdtempSync(join(base, 'secrets-run-'))
  } catch {
    return undefined
  }
}

function makeFifos(paths: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  try {
    const program = findProgram('mkfifo', { cwd: '/', env })
    return spawnSync(program, ['-m', '600', ...paths], { stdio: 'ignore', env: {} }).status === 0
  } catch {
    return false
  }
}

/** The near end first and without waiting: a far end can be opened only where somebody reads. */
function openBoth(path: string): ProgramPipe {
  const near = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const end = openSync(path, constants.O_WRONLY)
  const { Socket } = process.getBuiltinModule('node:net')
  return { end, source: new Socket({ fd: near, readable: true, writable: false }) }
}
