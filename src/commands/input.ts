import { parseDuration } from '../core/duration.ts'
import { SecretsError } from '../core/errors.ts'
import type { CommandInput } from './command.ts'

/** The value of an option that takes one; undefined where it was not given. */
export function textOption({ options }: CommandInput, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The words of an option that takes several, given apart or (`isSplit`) joined by commas; undefined where it was not given. */
export function listOption(
  { options }: CommandInput,
  name: string,
  isSplit = true,
): readonly string[] | undefined {
  const words = options[name]
  if (!Array.isArray(words)) return undefined
  const given = words.filter(word => typeof word === 'string')
  return isSplit ? given.flatMap(word => word.split(',')).filter(word => word !== '') : given
}

export function flag({ options }: CommandInput, name: string): boolean {
  return options[name] === true
}

/** Milliseconds; throws `usage.invalid_argument` for what is no duration. */
export function durationOption(input: CommandInput, name: string): number | undefined {
  const text = textOption(input, name)
  return text === undefined ? undefined : parseDuration(text, `--${name}`)
}

/** A whole number within the bounds; throws `usage.invalid_argument`. */
export function numberOption(
  input: CommandInput,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new SecretsError(
    'usage.invalid_argument',
    `${optionFlag(name)} takes a whole number from ${String(min)} to ${String(max)}`,
  )
}

function optionFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** Flags of which at most one may stand; their names are the option names in camel case. */
export function atMostOne(input: CommandInput, ...names: readonly string[]): void {
  const given = names.filter(name => input.options[name] !== undefined && input.options[name] !== false)
  if (given.length < 2) return
  const shown = given.map(optionFlag)
  throw new SecretsError('usage.invalid_argument', `${shown.join(' and ')} cannot stand together`)
}

/** Names are needed: `what` says for which command. */
export function requireNames({ args }: CommandInput, what: string): readonly string[] {
  if (args.length > 0) return args
  throw new SecretsError('usage.missing_name', `which secret? "secrets ${what}" needs a name`, {
    hints: ['see the names: secrets status', `see: secrets ${what} --help`],
  })
}
