import type { Style } from './commands/command.ts'
import { placeText, SecretsError } from './core/errors.ts'
import { printable } from './core/printable.ts'

/** `secrets: error: …` and its hints, for stderr. */
export function renderError(error: SecretsError, style: Style): string {
  const where = error.at === undefined ? '' : `${placeText(error.at)}: `
  const lines = [`secrets: ${style.bad('error')}: ${where}${error.message} ${style.dim(`[${error.code}]`)}`]
  for (const hint of error.hints) lines.push(`secrets: hint: ${hint}`)
  return `${lines.map(printable).join('\n')}\n`
}

/** What was thrown, as one of ours. Foreign messages quote their input, so none of their text is kept. */
export function asSecretsError(thrown: unknown): SecretsError {
  if (thrown instanceof SecretsError) return thrown
  return new SecretsError('internal.unexpected', 'something happened that this version does not expect', {
    hints: ['run again with SECRETS_DEBUG=1 to see where; the trace holds no values of ours'],
    cause: thrown,
  })
}

/** Where an unexpected error was thrown, without its message. */
export function traceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'secrets: debug: a non-error was thrown\n'
  // What stands before the frames quotes the message, and of a syntax error the line of the file.
  const frames = (thrown.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at .*(?::\d+:\d+|<anonymous>|native)\)?$/.test(line))
  const code = 'code' in thrown && typeof thrown.code === 'string' ? ` ${thrown.code}` : ''
  return `secrets: debug: ${thrown.name}${code}\n${frames.join('\n')}\n`
}
