import { SecretsError } from '../core/errors.ts'
import type { VersionInfo } from '../core/provider.ts'
import { type CommandInput, defineCommand, type Outcome } from './command.ts'
import { atMostOne, flag, requireNames, textOption } from './input.ts'
import type { Context } from '../context.ts'

interface SetData {
  /** `form`: how the value looks that was made here. */
  readonly secret: { readonly name: string; readonly form?: string } & Partial<VersionInfo>
}

export const set = defineCommand<SetData>({
  name: 'set',
  args: '<name>',
  summary: 'store one value, from stdin, a prompt or a file; never from an argument',
  group: 'Single values',
  options: [
    {
      flags: '--value-file <file>',
      description: 'read the value from a file (one final line end is dropped)',
    },
    {
      flags: '--generate [form]',
      description: 'make a new value here and store it, shown to nobody (hex:32 unless the manifest says)',
    },
    { flags: '--allow-empty', description: 'accept an empty value' },
    { flags: '--yes', description: 'with --generate: a value that is there may be lost' },
  ],
  examples: [
    { line: 'secrets set STRIPE_SECRET_KEY', note: 'asks without echo' },
    { line: 'pass show stripe | secrets set STRIPE_SECRET_KEY', note: 'from a pipe' },
    { line: 'secrets set SESSION_SECRET_KEY --generate hex:32', note: 'made in the store, never shown' },
  ],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'set')
    atMostOne(input, 'valueFile', 'generate')
    atMostOne(input, 'allowEmpty', 'generate')
    if (input.options['generate'] !== undefined) return await create(name, input, context)
    if (flag(input, 'yes')) {
      throw new SecretsError('usage.invalid_argument', '--yes belongs to --generate', {
        hints: ['a value that you give replaces the one that is there'],
      })
    }
    const { readValue, setSecret } = await import('../flows/values.ts')
    const value = await readValue(context, textOption(input, 'valueFile'), flag(input, 'allowEmpty'))
    const { version } = await setSecret(context, name, value)
    return { data: { secret: { name, version } }, exitCode: 0 }
  },
  view: ({ secret: { name, form } }, style) =>
    form === undefined
      ? `${style.good('stored')} ${style.bold(name)}\n`
      : `${style.good('created')} ${style.bold(name)} (${form})\n`,
})

async function create(name: string, input: CommandInput, context: Context): Promise<Outcome<SetData>> {
  const { createSecret } = await import('../flows/create.ts')
  const form = textOption(input, 'generate')
  const request = { isConfirmed: flag(input, 'yes'), ...(form === undefined ? {} : { form }) }
  const created = await createSecret(context, name, request)
  return { data: { secret: { name, ...created } }, exitCode: 0 }
}
