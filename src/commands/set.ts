import type { VersionInfo } from '../core/provider.ts'
import { defineCommand } from './command.ts'
import { flag, requireNames, textOption } from './input.ts'

export const set = defineCommand<{ readonly secret: { readonly name: string } & Partial<VersionInfo> }>({
  name: 'set',
  args: '<name>',
  summary: 'store one value, from stdin, a prompt or a file; never from an argument',
  group: 'Single values',
  options: [
    {
      flags: '--value-file <file>',
      description: 'read the value from a file (one final line end is dropped)',
    },
    { flags: '--allow-empty', description: 'accept an empty value' },
  ],
  examples: [
    { line: 'secrets set STRIPE_SECRET_KEY', note: 'asks without echo' },
    { line: 'pass show stripe | secrets set STRIPE_SECRET_KEY', note: 'from a pipe' },
  ],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'set')
    const { readValue, setSecret } = await import('../flows/values.ts')
    const value = await readValue(context, textOption(input, 'valueFile'), flag(input, 'allowEmpty'))
    const { version } = await setSecret(context, name, value)
    return { data: { secret: { name, version } }, exitCode: 0 }
  },
  view: ({ secret }, style) => `${style.good('stored')} ${style.bold(secret.name)}\n`,
})
