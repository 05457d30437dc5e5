import type { SecretStatus } from '../flows/rotation/status-data.ts'
import type { StatusReport } from '../flows/rotation/status.ts'
import { defineCommand, type Style } from './command.ts'
import { flag } from './input.ts'
import { viewTable } from './table.ts'

export const status = defineCommand<StatusReport>({
  name: 'status',
  args: '[names...]',
  summary: 'show what is due, what is in grace and until when, in every environment',
  group: 'Check',
  options: [
    { flags: '--due', description: 'only what needs something; exit 1 when there is any' },
    {
      flags: '--notify',
      description: 'tell whom the manifest names of what is due within 7 days, or overdue',
    },
  ],
  examples: [
    { line: 'secrets status', note: 'all secrets of the project' },
    { line: 'secrets status --due', note: 'a gate for CI: exit 1 when a rotation or retire is due' },
    { line: 'secrets status --due --notify', note: 'for a scheduler: each thing is told once a day' },
  ],
  async run(input, context) {
    const { gatherStatus } = await import('../flows/rotation/status.ts')
    const isGate = flag(input, 'due')
    const data = await gatherStatus(context, input.args, isGate, flag(input, 'notify'))
    return { data, exitCode: isGate && data.attention > 0 ? 1 : 0 }
  },
  view({ secrets, looked }, style) {
    if (looked === 0) return 'no secrets yet; begin with: secrets init\n'
    if (secrets.length === 0) return 'nothing is due\n'
    const head = ['NAME', 'WHERE', 'STATE', 'SINCE', 'OLD VALUE', 'NEXT']
    return viewTable(
      head,
      secrets.map(secret => row(secret, style)),
      style,
    )
  },
})

function row(secret: SecretStatus, style: Style): readonly string[] {
  const state = isCalm(secret.state) ? style.good(secret.state) : style.warn(secret.state)
  const next = secret.deadline === undefined ? `due ${secret.due ?? 'never'}` : `retire ${secret.deadline}`
  return [
    secret.name,
    `${secret.target} (${secret.environment})`,
    state,
    secret.current?.since ?? 'unknown',
    secret.previous,
    secret.reason === undefined ? next : `${next}; ${secret.reason}`,
  ]
}

function isCalm(state: SecretStatus['state']): boolean {
  return state === 'steady' || state === 'grace'
}
