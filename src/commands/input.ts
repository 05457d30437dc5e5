import { parseDuration } from '../core/duration.ts'
import { SecretsError } from '../core/errors.ts'
import type { CommandInput } from './command.ts'

/** The value of an option that takes one; undefined where it was not given. */
export function textOption({ options }: CommandInput, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may stand several times; empty where it was not given. */
export function listOption({ options }: CommandInput, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
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
    `--${name} takes a whole number from ${String(min)} to ${String(max)}`,
  )
}

/** Flags of which at most one may stand; their names are the option names in camel case. */
export function atMostOne(input: CommandInput, ...names: readonly string[]): void {
  const given = names.filter(name => input.options[name] !== undefined && input.options[name] !== false)
  if (given.length < 2) return
  const shown = given.map(name => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`)
  throw new SecretsError('usage.invalid_argument', `${shown.join(' and ')} cannot stand together`)
}

/** Names are needed: `what` says for which command. */
export function requireNames({ args }: CommandInput, what: string): readonly string[] {
  if (args.length > 0) return args
  throw new SecretsError('usage.missing_name', `which secret? "secrets ${what}" needs a name`, {
    hints: ['see the names: secrets status', `see: secrets ${what} --help`],
  })
}
