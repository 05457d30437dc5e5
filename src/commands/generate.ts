import { SecretsError } from '../core/errors.ts'
import { checkName } from '../core/names.ts'
import type { GeneratedValue, GenerateRequest, KindSummary } from '../flows/generate.ts'
import { type CommandInput, defineCommand } from './command.ts'
import { atMostOne, flag, numberOption, textOption } from './input.ts'
import { viewTable } from './table.ts'

interface GenerateData {
  readonly values: readonly GeneratedValue[]
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
    { flags: '--bits <number>', description: 'of a key: jwt-secret, rsa, ec' },
    { flags: '--length <number>', description: 'characters, or words of a passphrase' },
    {
      flags: '--classes <list>',
      description: 'of a password: lower, upper, digit, special, each at least once',
    },
    { flags: '--alphabet <characters>', description: 'of a password: exactly these characters' },
    { flags: '--count <number>', description: 'how many' },
    { flags: '--name <names>', description: 'print NAME=value; of a pair both, as A,B' },
    { flags: '--list', description: 'show the kinds with form and entropy' },
  ],
  examples: [
    { line: 'secrets generate', note: '64 hex digits' },
    { line: 'secrets generate password --length 32', note: 'letters and digits' },
    { line: 'secrets generate base64url:48 --name JWT_SECRET', note: 'a form, as a line for .env' },
    { line: 'secrets generate ed25519:jwk --name JWT_KEY,JWT_PUBLIC_KEY', note: 'a pair of keys' },
  ],
  async run(input, context) {
    const { generateValues, listKinds } = await import('../flows/generate.ts')
    if (flag(input, 'list')) return { data: { values: [], kinds: listKinds() }, exitCode: 0 }
    return { data: { values: await generateValues(context, readRequest(input)) }, exitCode: 0 }
  },
  async view({ values, kinds }, style) {
    if (kinds !== undefined) {
      const rows = kinds.map(({ form, bits, summary }) => [form, `${String(bits)} bits`, summary])
      return viewTable(['FORM', 'ENTROPY', 'WHAT IT IS'], rows, style)
    }
    return (await Promise.all(values.map(viewValue))).join('')
  },
})

/** A line that every reader of `.env` files reads back, or the bare value. */
async function viewValue({ name, value }: GeneratedValue): Promise<string> {
  if (name === undefined) return `${value}\n`
  const { encodeValue } = await import('../core/env-file/write.ts')
  // A key stands on one line where readers know `\n`, which only double quotes can say.
  const encoded = encodeValue(value, undefined, value.includes('\n') ? 'double' : undefined)
  if ('text' in encoded) return `${name}=${encoded.text}\n`
  throw new SecretsError('env_file.unsupported_value', `no line can hold the value of "${name}"`, {
    hints: [encoded.reason, 'leave out --name, or choose another --alphabet'],
  })
}

function readRequest(input: CommandInput): GenerateRequest {
  atMostOne(input, 'bytes', 'bits', 'length')
  atMostOne(input, 'classes', 'alphabet')
  const [kind] = input.args
  const bytes = numberOption(input, 'bytes', 1, 4096)
  const bits = numberOption(input, 'bits', 1, 4096)
  const length = numberOption(input, 'length', 1, 4096)
  const classes = textOption(input, 'classes')
  const alphabet = textOption(input, 'alphabet')
  const names = textOption(input, 'name')?.split(',').map(checkName)
  return {
    count: numberOption(input, 'count', 1, 10_000) ?? 1,
    ...(kind === undefined ? {} : { kind }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(bits === undefined ? {} : { bits }),
    ...(length === undefined ? {} : { length }),
    ...(classes === undefined ? {} : { classes }),
    ...(names === undefined ? {} : { names }),
    ...(alphabet === undefined ? {} : { alphabet }),
  }
}
