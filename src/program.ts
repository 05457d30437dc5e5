import { Command as Commander, CommanderError, Option } from 'commander'
import { globalOptions, type Invocation, type ParsedGlobals, splitWords } from './command-line.ts'
import type { Command, CommandInput } from './commands/command.ts'
import { SecretsError } from './core/errors.ts'
import { suggest } from './core/suggest.ts'

/**
 * Reads any command line. Commander's own messages quote what was typed, which may be a
 * value pasted in the wrong place: they are never forwarded.
 */
export function readByCommander(
  words: readonly string[],
  version: string,
  commands: readonly Command[],
): Invocation {
  let invocation: Invocation | undefined
  let printed = ''
  const { own, behind } = splitWords(words)
  const program = new Commander('secrets')
    .description('From .env.example to secrets that rotate in production.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .addHelpText('after', overview)
    .exitOverride()
    .configureOutput({ writeOut: text => (printed += text), writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true })
  for (const [flags, description] of globalOptions) program.addOption(new Option(flags, description))
  for (const command of invokedCommands(words, commands)) {
    const child = declare(program, command)
    child.action(() => {
      const input = inputOf(command, child, behind)
      invocation = { do: 'run', command, input, globals: program.opts<ParsedGlobals>() }
    })
  }
  try {
    program.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { do: 'print', text: printed }
    if (words.length === 0) return { do: 'print', text: program.helpInformation() }
    throw explain(error, own, program, commands)
  }
  return invocation ?? { do: 'print', text: program.helpInformation() }
}

/** Commander gives what stands behind `--` as the last arguments, without saying where they begin. */
function inputOf({ takesCommand }: Command, child: Commander, behind: readonly string[] = []): CommandInput {
  const { args } = child
  const options = child.opts()
  if (takesCommand !== true || behind.length > args.length) return { args, options }
  return { args: args.slice(0, args.length - behind.length), options, command: behind }
}

/**
 * A first word that names a command is all that has to be declared: declaring every one with its options takes a tenth
 * of the start. Anything else (help, a typing error, options first) gets them all.
 */
function invokedCommands(words: readonly string[], commands: readonly Command[]): readonly Command[] {
  const named = commands.filter(({ name }) => name === words[0])
  return named.length > 0 ? named : commands
}

function declare(program: Commander, command: Command): Commander {
  const child = program
    .command(command.args === undefined ? command.name : `${command.name} ${command.args}`)
    .summary(command.summary)
    .description(`${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`)
    .helpGroup(`${command.group}:`)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
  if (command.takesCommand === true) child.usage('[options] -- <program> [arguments...]')
  for (const { flags, description, isRepeatable } of command.options) {
    if (isRepeatable === true) child.option(flags, description, collect)
    else child.option(flags, description)
  }
  const width = Math.max(...command.examples.map(example => example.line.length))
  const examples = command.examples.map(({ line, note }) => `  ${line.padEnd(width)}  # ${note}`)
  return child.addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

const overview = `
First steps:
  secrets init                       # .env from .env.example, with strong secrets
  secrets validate                   # every problem at once; exit 1 when there is one
  secrets rotate SESSION_SECRET_KEY  # new value current, the old one accepted for 24 h
  secrets status                     # what is due, what is in grace, until when

Exit codes: 0 done or yes, 1 the answer is no, 2 could not answer.`

function explain(
  error: CommanderError,
  words: readonly string[],
  program: Commander,
  commands: readonly Command[],
): SecretsError {
  const command = program.commands.find(candidate => words.includes(candidate.name()))
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(words, commands)
    case 'commander.unknownOption':
      return unknownOption(words, program, command)
    case 'commander.excessArguments':
      return new SecretsError('usage.invalid_argument', `too many arguments for ${quoted(command)}`, {
        hints: [
          'a value is never an argument: give it through stdin, a prompt or --value-file',
          seeHelp(command),
        ],
      })
    case 'commander.missingArgument':
      return new SecretsError('usage.missing_name', `${quoted(command)} needs a name`, {
        hints: [seeHelp(command)],
      })
    case 'commander.optionMissingArgument':
      return new SecretsError('usage.invalid_argument', 'an option stands without its value', {
        hints: [seeHelp(command)],
      })
    default:
      return new SecretsError('usage.invalid_argument', 'the command line cannot be read', {
        hints: [seeHelp(command)],
      })
  }
}

/** What was typed is repeated only where it is close to a word that we know. */
function unknownCommand(words: readonly string[], commands: readonly Command[]): SecretsError {
  const typed = words.find(word => !word.startsWith('-')) ?? ''
  const near = suggest(
    typed,
    commands.map(command => command.name),
  )
  if (near === undefined) {
    return new SecretsError('usage.unknown_command', 'there is no such command', {
      hints: ['see: secrets --help'],
    })
  }
  return new SecretsError('usage.unknown_command', `there is no command "${typed}"`, {
    hints: [`did you mean: secrets ${near}`],
  })
}

function unknownOption(
  words: readonly string[],
  program: Commander,
  command: Commander | undefined,
): SecretsError {
  const known = [...program.options, ...(command?.options ?? [])].flatMap(option => option.long ?? [])
  const unknown = words
    .map(word => word.split('=', 1)[0] ?? '')
    .filter(word => word.startsWith('-') && !known.includes(word))
  for (const typed of unknown) {
    const near = suggest(typed, known)
    if (near === undefined) continue
    return new SecretsError('usage.unknown_option', `${quoted(command)} has no option "${typed}"`, {
      hints: [`did you mean: ${near}`],
    })
  }
  return new SecretsError('usage.unknown_option', `${quoted(command)} has no such option`, {
    hints: [seeHelp(command)],
  })
}

function quoted(command: Commander | undefined): string {
  return command === undefined ? 'secrets' : `"secrets ${command.name()}"`
}

function seeHelp(command: Commander | undefined): string {
  return command === undefined ? 'see: secrets --help' : `see: secrets ${command.name()} --help`
}
