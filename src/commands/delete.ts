import { defineCommand } from './command.ts'
import { flag, requireNames } from './input.ts'

interface DeleteData {
  readonly secret: { readonly name: string; readonly purged?: true }
}

export const remove = defineCommand<DeleteData>({
  name: 'delete',
  args: '<name>',
  summary: 'remove one secret; a store that can keeps it until it is purged',
  group: 'Single values',
  options: [
    { flags: '--purge', description: 'erase it for good, with everything that the store keeps of it' },
    { flags: '--yes', description: 'confirm what would be asked' },
  ],
  examples: [
    { line: 'secrets delete OLD_WEBHOOK_SECRET', note: 'asks on a terminal' },
    { line: 'secrets delete OLD_WEBHOOK_SECRET --purge', note: 'nothing brings it back' },
  ],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'delete')
    const { deleteSecret } = await import('../flows/delete.ts')
    const isPurge = flag(input, 'purge')
    await deleteSecret(context, name, { isPurge, isConfirmed: flag(input, 'yes') })
    return { data: { secret: { name, ...(isPurge ? { purged: true } : {}) } }, exitCode: 0 }
  },
  view: ({ secret: { name, purged } }, style) =>
    `${style.good(purged === true ? 'erased' : 'deleted')} ${style.bold(name)}\n`,
})
