import { formatInstant } from '../core/instant.ts'
import { defineCommand } from './command.ts'
import { textOption } from './input.ts'
import { viewTable } from './table.ts'

interface ListData {
  readonly secrets: readonly {
    readonly name: string
    readonly target: string
    readonly environment: string
    readonly version?: string
    readonly since?: string
  }[]
}

export const list = defineCommand<ListData>({
  name: 'list',
  summary: 'list the names that are stored; never values',
  group: 'Single values',
  options: [{ flags: '--prefix <text>', description: 'only names that begin with it' }],
  examples: [{ line: 'secrets list --prefix DB_', note: 'some of them' }],
  async run(input, context) {
    const { listSecrets } = await import('../flows/values.ts')
    const found = await listSecrets(context, textOption(input, 'prefix') ?? '')
    const secrets = found.map(({ since, ...rest }) => ({
      ...rest,
      ...(since === undefined ? {} : { since: formatInstant(since) }),
    }))
    return { data: { secrets }, exitCode: 0 }
  },
  view({ secrets }, style) {
    if (secrets.length === 0) return 'nothing stored\n'
    const rows = secrets.map(({ name, target, environment, since }) => [
      name,
      `${target} (${environment})`,
      since ?? 'unknown',
    ])
    return viewTable(['NAME', 'WHERE', 'SINCE'], rows, style)
  },
})
