import { SecretsError } from '../core/errors.ts'
import { printableInline } from '../core/printable.ts'
import type { PushAction, PushEntry } from '../flows/push/destination.ts'
import type { PushReport, PushRequest } from '../flows/push/push.ts'
import { type CommandInput, defineCommand, plainStyle, type Style } from './command.ts'
import { atMostOne, flag, textOption } from './input.ts'
import { viewTable } from './table.ts'

export const push = defineCommand<PushReport>({
  name: 'push',
  args: '[names...]',
  summary: 'create in a store what a file or another environment holds; overwrites nothing',
  group: 'Stores',
  options: [
    { flags: '--from <file>', description: 'the .env file to take the values from (.env)' },
    { flags: '--from-env <name>', description: 'the environment to take the values from' },
    { flags: '--all', description: 'every variable, not only those that are held for secrets' },
    { flags: '--dry-run', description: 'show what would be created, change nothing' },
    { flags: '--yes', description: 'create it without being asked' },
  ],
  examples: [
    { line: 'secrets push --env staging --dry-run', note: 'what of .env the store of staging lacks' },
    { line: 'secrets push --env staging', note: 'shows it, asks, creates it' },
    { line: 'secrets push STRIPE_SECRET_KEY --env production', note: 'one of them' },
    { line: 'secrets push --from-env staging --env production --yes', note: 'from one store to another' },
  ],
  async run(input, context) {
    const request = readRequest(input)
    const { runPush } = await import('../flows/push/push.ts')
    const { report, error } = await runPush(context, request, plan =>
      // What is agreed to stands in the question itself, so that no option can hide it.
      context.terminal.confirm(`${viewPlan(plan, plainStyle)}\nCreate these?`),
    )
    if (error !== undefined) return { data: report, exitCode: error.exitCode, error }
    const isIncomplete = report.secrets.some(({ action }) => action === 'refused')
    return { data: report, exitCode: isIncomplete ? 1 : 0 }
  },
  view: viewPlan,
})

function readRequest(input: CommandInput): PushRequest {
  atMostOne(input, 'from', 'fromEnv')
  const isAll = flag(input, 'all')
  if (isAll && input.args.length > 0) {
    throw new SecretsError('usage.invalid_argument', 'names cannot stand beside --all')
  }
  const environment = textOption(input, 'fromEnv')
  const others = isAll ? 'all' : 'secrets'
  return {
    from: environment === undefined ? { file: textOption(input, 'from') ?? '.env' } : { environment },
    which: input.args.length > 0 ? { names: input.args } : others,
    isDryRun: flag(input, 'dryRun'),
    isConfirmed: flag(input, 'yes'),
  }
}

function viewPlan(report: PushReport, style: Style): string {
  const { from, to, secrets, skipped, warnings } = report
  const where = to.map(({ target, environment }) => `${printableInline(target)} (${environment})`).join(', ')
  const lines = [`${printableInline(from.target)} (${from.environment}) → ${where}`]
  const table = secrets.map(entry => rowOf(entry, style))
  const parts = [`${lines.join('\n')}\n`]
  if (table.length > 0) parts.push(viewTable(['VARIABLE', 'WHERE', 'WHAT', 'WHY'], table, style))
  for (const { name, reason } of warnings)
    parts.push(`${style.warn('note')}: ${printableInline(name)}: ${reason}\n`)
  parts.push(...summaryOf(report, style))
  const others = skipped.filter(({ reason }) => reason === 'not_secret').length
  if (others > 0)
    parts.push(
      style.dim(`left out, because held for no secret: ${String(others)} (--all takes them too)`) + '\n',
    )
  return parts.join('')
}

function rowOf({ name, target, action, reason = '' }: PushEntry, style: Style): readonly string[] {
  return [style.bold(printableInline(name)), printableInline(target), words(action, style), reason]
}

function words(action: PushAction, style: Style): string {
  switch (action) {
    case 'create':
      return style.good('to be created')
    case 'created':
      return style.good('created')
    case 'equal':
      return style.dim('there, the same')
    case 'differs':
      return style.warn('there, another value: left alone')
    case 'refused':
      return style.bad('refused')
    case 'failed':
      return style.bad('failed')
    case 'left':
      return style.warn('not tried')
  }
}

function summaryOf({ secrets, to, dryRun }: PushReport, style: Style): readonly string[] {
  const count = (action: PushAction): number => secrets.filter(entry => entry.action === action).length
  const created = count('created')
  const environment = to[0]?.environment ?? ''
  if (created > 0)
    return [
      `${style.good('created')} ${String(created)}, read back and compared\n`,
      `Next: secrets run --env ${environment} -- <program>\n`,
    ]
  if (count('create') > 0)
    return dryRun ? [`${String(count('create'))} would be created; nothing was changed\n`] : []
  return secrets.length === 0 ? ['nothing here is held for a secret\n'] : ['nothing to create\n']
}
