import { version } from '../package.json'
import { plainStyle, type Style } from './commands/command.ts'
import { createContext } from './composition.ts'
import type { Context } from './context.ts'
import { printable } from './core/printable.ts'
import { SecretsError } from './core/errors.ts'
import { isTerminal, type OutputName, writeOutput } from './effects/streams.ts'
import { renderJson, type Report } from './core/report.ts'
import { asSecretsError, renderError, traceOf } from './output.ts'
import { type Invocation, parseCommandLine, splitWords } from './command-line.ts'

/**
 * The composition root: argv, stdout, stderr and exit codes live here and nowhere else. stdout carries the result
 * only; everything else goes to stderr.
 */
async function main(words: readonly string[]): Promise<number> {
  const wantsJson = splitWords(words).own.includes('--json')
  let invocation: Invocation
  try {
    invocation = await parseCommandLine(words, version)
  } catch (thrown) {
    return await fail('secrets', thrown, wantsJson)
  }
  if (invocation.do === 'print') {
    await writeOutput('stdout', invocation.text)
    return words.length === 0 ? 2 : 0
  }
  return await runCommand(invocation)
}

async function runCommand({ command, input, globals }: Extract<Invocation, { do: 'run' }>): Promise<number> {
  const isJson = globals.json === true
  const controller = new AbortController()
  const context: Context = createContext(command.name, globals, controller.signal, takenOut)
  const stop = catchSignals(controller, context)
  try {
    const { data, exitCode, error, text: own } = await command.run(input, context)
    if (isJson) {
      await writeOutput('stdout', renderJson(report(command.name, exitCode, data, error)))
      return exitCode
    }
    const text = own ?? (await command.view(data, await chooseStyle('stdout', globals.color)))
    await writeOutput('stdout', command.isRaw === true && !isTerminal('stdout') ? text : printable(text))
    if (error !== undefined) await writeOutput('stderr', renderError(error, await errorStyle(globals.color)))
    return exitCode
  } catch (thrown) {
    return await fail(command.name, thrown, isJson, globals.color)
  } finally {
    stop()
  }
}

function report(command: string, exitCode: number, data: unknown, error: Report['error']): Report {
  return error === undefined ? { command, exitCode, data } : { command, exitCode, data, error }
}

async function fail(command: string, thrown: unknown, isJson: boolean, colour = true): Promise<number> {
  const error = asSecretsError(thrown)
  const text = renderError(error, await errorStyle(colour))
  const json = renderJson({ command, exitCode: error.exitCode, error })
  if (isJson) await writeOutput('stdout', json).catch(() => writeOutput('stderr', text))
  else await writeOutput('stderr', text)
  if (process.env['SECRETS_DEBUG'] === '1') await writeOutput('stderr', traceOf(error.cause ?? error))
  return error.exitCode
}

function errorStyle(isAllowed: boolean): Promise<Style> {
  return chooseStyle('stderr', isAllowed)
}

/** Colour only on a terminal and by NO_COLOR and FORCE_COLOR; the colour library is loaded only then. */
async function chooseStyle(stream: OutputName, isAllowed: boolean): Promise<Style> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0'
  const isPlain = NO_COLOR !== undefined && NO_COLOR !== ''
  if (!isAllowed || isPlain || (!isForced && (!isTerminal(stream) || TERM === 'dumb'))) return plainStyle
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return { bold: chalk.bold, dim: chalk.dim, good: chalk.green, bad: chalk.red, warn: chalk.yellow }
}

/**
 * The first signal asks the work to stop at the next safe point; the second ends the process at once. While a program
 * of the user runs, signals are for that program.
 */
function catchSignals(controller: AbortController, { runner }: Context): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
  const handlers = Object.entries(signals).map(([signal, code]) => {
    const handler = (): void => {
      if (runner.isRunning) return
      if (controller.signal.aborted) process.exit(code)
      controller.abort(interruption())
    }
    process.on(signal, handler)
    return (): void => {
      process.off(signal, handler)
    }
  })
  return () => {
    for (const remove of handlers) remove()
  }
}

/** What every wait and every step between two changes throws once a signal has come. */
function interruption(): SecretsError {
  return new SecretsError('usage.interrupted', 'interrupted', {
    hints: ['every file is as it was or complete; run it again to go on'],
  })
}

/**
 * Node's own ways of showing an environment to others: the debugger that SIGUSR1 opens, and diagnostic reports. And
 * the YAML library's: under these two variables it prints the text that it reads, which may hold a pasted value. Returns
 * what was taken out of the environment, also by the launcher.
 */
function closeSideDoors(): Readonly<Record<string, string>> {
  const { env } = process
  const { LOG_STREAM, LOG_TOKENS, SECRETS_NODE_DEBUG: NODE_DEBUG } = env
  for (const name of ['LOG_STREAM', 'LOG_TOKENS', 'SECRETS_NODE_DEBUG']) Reflect.deleteProperty(env, name)
  if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined)
  const diagnostics = process.report as { excludeEnv?: boolean } | undefined
  if (diagnostics !== undefined && 'excludeEnv' in diagnostics) diagnostics.excludeEnv = true
  const taken = Object.entries({ LOG_STREAM, LOG_TOKENS, NODE_DEBUG })
  return Object.fromEntries(taken.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Variables that this process must not have, and that a program which it starts gets all the same. */
const takenOut = closeSideDoors()
// What nobody waits for, in a library or a third party's adapter: Node would print its words, which may quote a value.
process.on('uncaughtException', thrown => {
  const isJson = splitWords(process.argv.slice(2)).own.includes('--json')
  void fail('secrets', thrown, isJson).finally(() => process.exit(2))
})
// Everything is written by now. To leave by exit saves taking the heap apart, a tenth of a short command's time, and
// nothing that a store's library left open can hold the process.
main(process.argv.slice(2)).then(
  code => process.exit(code),
  async (thrown: unknown) => {
    await writeOutput('stderr', traceOf(thrown))
    process.exit(2)
  },
)
