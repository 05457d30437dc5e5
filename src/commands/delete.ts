import { defineCommand } from './command.ts'
import { requireNames } from './input.ts'

export const remove = defineCommand<{ readonly secret: { readonly name: string } }>({
  name: 'delete',
  args: '<name>',
  summary: 'remove one secret',
  group: 'Single values',
  options: [],
  examples: [{ line: 'secrets delete OLD_WEBHOOK_SECRET', note: 'asks on a terminal' }],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'delete')
    const { deleteSecret } = await import('../flows/values.ts')
    await deleteSecret(context, name)
    return { data: { secret: { name } }, exitCode: 0 }
  },
  view: ({ secret }, style) => `${style.good('deleted')} ${style.bold(secret.name)}\n`,
})
