import { printableInline } from '../core/printable.ts'
import type { History, ListedChange, ListedRotation } from '../flows/history.ts'
import { defineCommand, type Style } from './command.ts'
import { requireNames } from './input.ts'
import { viewTable } from './table.ts'

export const history = defineCommand<History>({
  name: 'history',
  args: '<name>',
  summary: 'show the versions of a secret and its last rotation, as the store knows them; never values',
  group: 'Single values',
  options: [],
  examples: [
    { line: 'secrets history SESSION_SECRET_KEY', note: 'in every environment' },
    { line: 'secrets history SESSION_SECRET_KEY --env production --json', note: 'for a script' },
  ],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'history')
    const { gatherHistory } = await import('../flows/history.ts')
    return { data: await gatherHistory(context, name), exitCode: 0 }
  },
  view({ secret, versions, rotations, changes = [] }, style) {
    const parts = rotations.map(rotation => {
      const { environment, target } = rotation
      const own = versions.filter(one => one.environment === environment && one.target === target)
      const rows = own.map(({ version, created, role }) => [
        printableInline(version),
        created ?? 'unknown',
        role === 'earlier' ? style.dim(role) : style.good(role),
      ])
      const head = `${style.bold(secret.name)} ${style.dim(`${printableInline(target)} (${environment})`)}`
      return [head, viewTable(['VERSION', 'CREATED', 'WHAT'], rows, style), ...viewRotation(rotation)].join(
        '\n',
      )
    })
    return [...parts, ...viewChanges(changes, style)].join('\n')
  },
})

function viewChanges(changes: readonly ListedChange[], style: Style): readonly string[] {
  if (changes.length === 0) return []
  const rows = changes.map(({ at, event, user, host, action, result, reason, environment }) =>
    [
      at,
      event,
      environment,
      `${user}@${host}`,
      reason === null ? action : `${action}: ${reason}`,
      result,
    ].map(printableInline),
  )
  return [viewTable(['WHEN', 'EVENT', 'WHERE', 'WHO', 'BY', 'RESULT'], rows, style)]
}

function viewRotation({ state, last, keepsVersions }: ListedRotation): readonly string[] {
  const lines = [`state: ${state}`]
  if (last === null) lines.push('the store remembers no rotation')
  else {
    lines.push(`last change by this tool: ${last.at ?? 'at an unknown time'} (${last.mode})`)
    const until = last.deadline === null ? '' : `, deadline ${last.deadline}`
    if (last.previous !== null) lines.push(`old value: ${last.previous.status}${until}`)
  }
  if (!keepsVersions) lines.push('this store keeps no earlier versions')
  return [`${lines.join('\n')}\n`]
}
