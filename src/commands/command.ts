import type { Context } from '../context.ts'
import type { SecretsError } from '../core/errors.ts'

/** Headings of `secrets --help`, in order. */
export const commandGroups = [
  'Start a project',
  'Check',
  'Rotate',
  'Run a program',
  'Single values',
  'Stores',
] as const

export interface OptionSpec {
  /** As commander reads it: `--grace <duration>`, `--due`. */
  readonly flags: string
  readonly description: string
  /** May stand several times, each with one value; the command gets a list. */
  readonly isRepeatable?: true
}

export interface Example {
  readonly line: string
  readonly note: string
}

/** What the command line gave: words only, checked by the command itself. */
export interface CommandInput {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  /** Of a command that takes one: the words behind `--`, which are nobody's but its own. */
  readonly command?: readonly string[]
}

/**
 * What a command has to say. `exitCode` 0: yes or done, 1: the answer is no; `run` gives that of its program. A failure
 * is thrown; `error` stands here only beside data, when some of the work was done.
 */
export interface Outcome<Data> {
  readonly data: Data
  readonly exitCode: number
  readonly error?: SecretsError
  /** For stdout in the place of the view: a form of report that was asked for. */
  readonly text?: string
}

/** Colours for text; each is the identity where colour is off. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
}

/** Colour off. */
export const plainStyle: Style = {
  bold: text => text,
  dim: text => text,
  good: text => text,
  bad: text => text,
  warn: text => text,
}

export interface Command<Data = unknown> {
  readonly name: string
  /** As commander reads them: `[names...]`. */
  readonly args?: string
  readonly summary: string
  readonly group: (typeof commandGroups)[number]
  readonly options: readonly OptionSpec[]
  readonly examples: readonly Example[]
  /** What stands behind `--` is a program with its arguments: `input.command`. */
  readonly takesCommand?: true
  /** The text is a value or values: control characters in it are the user's. */
  readonly isRaw?: true
  /** Gather, decide, act. Returns data and prints nothing. */
  run(input: CommandInput, context: Context): Promise<Outcome<Data>>
  /** Text for stdout, with its final newline; `--json` prints the data instead. Pure. */
  view(data: Data, style: Style): string | Promise<string>
}

/** Keeps the type of a command's data between `run` and `view`. */
export function defineCommand<Data>(command: Command<Data>): Command {
  return command
}
