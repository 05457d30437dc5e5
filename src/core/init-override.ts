import type { Override } from './classifier/index.ts'
import { SecretsError } from './errors.ts'
import { formatForm, parseForm } from './form.ts'
import { namePattern } from './names.ts'

/**
 * What `--set` says of one variable: `NAME=generate`, `NAME=generate:hex:32`, `NAME=ask`, `NAME=keep`. Throws
 * `usage.invalid_argument` and the errors of `parseForm`; what was typed is not repeated, because it may be a value.
 */
export function parseSetting(text: string): readonly [name: string, override: Override] {
  const at = text.indexOf('=')
  const name = text.slice(0, at)
  if (at < 1 || !namePattern.test(name)) throw unreadable()
  return [name, { ...parseDecision(text.slice(at + 1)), reason: '--set says so' }]
}

/** `generate`, `generate:FORM`, `ask` or `keep`. */
export function parseDecision(text: string): Pick<Override, 'decision' | 'form'> {
  if (text === 'ask' || text === 'keep') return { decision: text }
  if (text === 'generate') return { decision: 'generate', form: 'hex:32' }
  if (!text.startsWith('generate:')) throw unreadable()
  return { decision: 'generate', form: formatForm(parseForm(text.slice('generate:'.length))) }
}

function unreadable(): SecretsError {
  return new SecretsError(
    'usage.invalid_argument',
    'a decision is NAME=generate:FORM, NAME=ask or NAME=keep',
    {
      hints: [
        'for example: secrets init --set SESSION_SECRET=generate:hex:64',
        'a value is never an argument: fill it in afterwards, or use secrets set',
      ],
    },
  )
}
