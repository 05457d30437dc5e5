import type { ChildProcess } from 'node:child_process'
import type { HookCall, HookEnd } from '../../core/hooks.ts'
import { formatDuration } from '../../core/duration.ts'
import { isSecretsError } from '../../core/errors.ts'
import { Patterns } from '../../core/redact/patterns.ts'
import type { Secret } from '../../core/secret.ts'
import { findProgram } from '../run/program.ts'
import { BoundedOutput } from './bounded-output.ts'
import type { HookEnvironment } from './index.ts'

/** What a program may need to work at all. Everything else of our environment it gets by name. */
const usualVariables =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|TERM|XDG_[A-Z_]+|SYSTEMROOT|PATHEXT|COMSPEC|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA)$/i

/** After the polite signal. */
const patience = 2000
/** After the program's end: how long a child that it left behind may keep its output open. */
const lastSilence = 250

/**
 * Starts the program without a shell, in a process group of its own, and gives it one line of JSON on stdin. At the
 * limit, or when the command is stopped, the whole group is ended.
 */
export async function runProgramHook(call: HookCall, env: HookEnvironment): Promise<HookEnd> {
  const { step, cwd } = call
  if (!('run' in step)) return { failure: 'it is no program' }
  const [word = '', ...words] = step.run
  let file: string
  try {
    file = findProgram(word, { cwd, env })
  } catch (error) {
    if (!isSecretsError(error)) throw error
    return { failure: error.message }
  }
  const { spawn } = process.getBuiltinModule('node:child_process')
  try {
    const child = spawn(file, words, {
      ...{ cwd, env: environmentOf(call, step.env ?? [], env), argv0: word },
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return await watch(child, call)
  } catch {
    // The system's own words quote what was to be started.
    return { failure: 'the program cannot be started' }
  }
}

async function watch(child: ChildProcess, call: HookCall): Promise<HookEnd> {
  const { values, limit, signal } = call
  const secrets = [values.new, values.old].filter(value => value !== undefined)
  const output = new BoundedOutput(new Patterns(secrets))
  child.stdout?.on('data', (chunk: Buffer) => {
    output.add('stdout', chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    output.add('stderr', chunk)
  })
  // A program that does not read it is free not to.
  child.stdin?.on('error', () => undefined).end(inputOf(call))
  const clock = { isLate: false }
  const group = new ProcessGroup(child)
  const timer = setTimeout(() => {
    clock.isLate = true
    group.end()
  }, limit)
  const onAbort = (): void => {
    group.end()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const failure = await endOf(child)
    const isBad = clock.isLate || failure !== undefined || signal.aborted
    // What it left behind on success is meant to stay; after a failure nothing of it may go on.
    if (isBad) group.kill()
    const why = clock.isLate ? `it was not done within ${formatDuration(limit)}` : failure
    const text = output.text()
    return { ...(why === undefined ? {} : { failure: why }), ...(text === '' ? {} : { output: text }) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    group.release()
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  }
}

/** `undefined` when it ended with 0. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise(resolve => {
    let waiting: NodeJS.Timeout | undefined
    child.on('error', () => {
      if (child.pid === undefined) resolve('the program cannot be started')
    })
    child.on('exit', (code, signal) => {
      const why = signal === null ? `it ended with ${String(code ?? 1)}` : `it was ended by ${signal}`
      const finish = (): void => {
        clearTimeout(waiting)
        resolve(code === 0 ? undefined : why)
      }
      child.on('close', finish)
      waiting = setTimeout(finish, lastSilence)
    })
  })
}

/** A program and everything that it has started and that has not left its group. */
class ProcessGroup {
  readonly #child: ChildProcess
  #timer: NodeJS.Timeout | undefined
  /** The second Ctrl-C ends us at once: the group goes with us. */
  readonly #onExit = (): void => {
    this.kill()
  }

  constructor(child: ChildProcess) {
    this.#child = child
    process.on('exit', this.#onExit)
  }

  end(): void {
    this.#send('SIGTERM')
    this.#timer ??= setTimeout(() => {
      this.kill()
    }, patience)
  }

  kill(): void {
    this.#send('SIGKILL')
  }

  release(): void {
    clearTimeout(this.#timer)
    process.off('exit', this.#onExit)
  }

  #send(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      if (process.platform === 'win32') this.#child.kill(signal)
      else process.kill(-pid, signal)
    } catch {
      // Nobody of the group is left.
    }
  }
}

function inputOf({ facts, values }: HookCall): string {
  const { new: newer, old } = values
  return `${JSON.stringify({ ...facts, new: newer?.reveal() ?? null, old: old?.reveal() ?? null })}\n`
}

function environmentOf(
  { facts, values }: HookCall,
  asked: readonly string[],
  own: HookEnvironment,
): NodeJS.ProcessEnv {
  const { hook, rotation, name, environment, target, phase } = facts
  const passed = Object.entries(own).filter(([key]) => usualVariables.test(key) || asked.includes(key))
  const secret = (key: string, value: Secret | undefined): Record<string, string> =>
    asked.includes(key) && value !== undefined ? { [key]: value.reveal() } : {}
  return {
    ...Object.fromEntries(passed),
    ...{ SECRETS_HOOK: hook, SECRETS_ROTATION: rotation, SECRETS_NAME: name },
    ...{ SECRETS_ENVIRONMENT: environment, SECRETS_TARGET: target, SECRETS_PHASE: phase },
    ...secret('SECRETS_NEW_VALUE', values.new),
    ...secret('SECRETS_OLD_VALUE', values.old),
  }
}
