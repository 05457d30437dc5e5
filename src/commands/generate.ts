import { SecretsError } from '../core/errors.ts'
import { checkName } from '../core/names.ts'
import type { GeneratedValue, GenerateRequest, KindSummary } from '../flows/generate.ts'
import { type CommandInput, defineCommand } from './command.ts'
import { atMostOne, flag, numberOption, textOption } from './input.ts'
import { viewTable } from './table.ts'

interface GenerateData {
  readonly values: readonly (GeneratedValue & { readonly name?: string })[]
  /** With `--list`: what there is. */
  readonly kinds?: readonly KindSummary[]
}

export const generate = defineCommand<GenerateData>({
  name: 'generate',
  args: '[kind]',
  summary: 'print strong random values (32 random bytes in hex unless asked otherwise)',
  group: 'Start a project',
  isRaw: true,
  options: [
    { flags: '--bytes <number>', description: 'random bytes (hex, base64, base64url)' },
    { flags: '--length <number>', description: 'characters, or words of a passphrase' },
    {
      flags: '--classes <list>',
      description: 'of a password: lower, upper, digit, special, each at least once',
    },
    { flags: '--alphabet <characters>', description: 'of a password: exactly these characters' },
    { flags: '--count <number>', description: 'how many' },
    { flags: '--name <name>', description: 'print NAME=value' },
    { flags: '--list', description: 'show the kinds with form and entropy' },
  ],
  examples: [
    { line: 'secrets generate', note: '64 hex digits' },
    { line: 'secrets generate password --length 32', note: 'letters and digits' },
    { line: 'secrets generate base64url:48 --name JWT_SECRET', note: 'a form, as a line for .env' },
  ],
  async run(input, context) {
    const { generateValues, listKinds } = await import('../flows/generate.ts')
    if (flag(input, 'list')) return { data: { values: [], kinds: listKinds() }, exitCode: 0 }
    const name = textOption(input, 'name')
    const request = readRequest(input)
    if (name !== undefined && request.count > 1) {
      throw new SecretsError('usage.invalid_argument', '--name is for one value', {
        hints: ['leave out --count'],
      })
    }
    const named = name === undefined ? {} : { name: checkName(name) }
    const values = (await generateValues(context, request)).map(value => ({ ...value, ...named }))
    return { data: { values }, exitCode: 0 }
  },
  view({ values, kinds }, style) {
    if (kinds !== undefined) {
      const rows = kinds.map(({ form, bits, summary }) => [form, `${String(bits)} bits`, summary])
      return viewTable(['FORM', 'ENTROPY', 'WHAT IT IS'], rows, style)
    }
    return values
      .map(({ name, value }) => (name === undefined ? `${value}\n` : `${name}=${value}\n`))
      .join('')
  },
})

function readRequest(input: CommandInput): GenerateRequest {
  atMostOne(input, 'bytes', 'length')
  atMostOne(input, 'classes', 'alphabet')
  const [kind] = input.args
  const bytes = numberOption(input, 'bytes', 1, 4096)
  const length = numberOption(input, 'length', 1, 4096)
  const classes = textOption(input, 'classes')
  const alphabet = textOption(input, 'alphabet')
  return {
    count: numberOption(input, 'count', 1, 10_000) ?? 1,
    ...(kind === undefined ? {} : { kind }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(length === undefined ? {} : { length }),
    ...(classes === undefined ? {} : { classes }),
    ...(alphabet === undefined ? {} : { alphabet }),
  }
}
