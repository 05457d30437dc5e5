import { auditCsv } from '../core/audit/csv.ts'
import type { SealedEntry } from '../core/audit/entry.ts'
import { readDuration } from '../core/duration.ts'
import { canonicalName } from '../core/environment.ts'
import { SecretsError } from '../core/errors.ts'
import { readInstant } from '../core/instant.ts'
import { checkName } from '../core/names.ts'
import { printableInline } from '../core/printable.ts'
import type { Context } from '../context.ts'
import type { AuditFilter, AuditVerification } from '../flows/audit/read.ts'
import { type CommandInput, defineCommand, type Outcome, type Style } from './command.ts'
import { textOption } from './input.ts'
import { viewTable } from './table.ts'

interface AuditData {
  readonly entries?: readonly SealedEntry[]
  readonly verification?: AuditVerification
}

export const audit = defineCommand<AuditData>({
  name: 'audit',
  args: '<show|verify|export>',
  summary: 'who read or changed which secret, when and why; whether the log is what was written',
  group: 'Check',
  options: [
    { flags: '--name <name>', description: 'only events of one secret' },
    { flags: '--since <when>', description: 'only later ones: 7d, or a time such as 2026-11-21T09:00:00Z' },
    { flags: '--type <type>', description: 'only one kind of event: rotation, secret.read, config.changed' },
    { flags: '--format <format>', description: 'of export: json (one line for each entry) or csv' },
  ],
  examples: [
    { line: 'secrets audit show --since 7d', note: 'what happened this week' },
    { line: 'secrets audit show --name DB_PASSWORD --env production', note: 'who touched it there' },
    { line: 'secrets audit verify', note: 'exit 1, with the line, when anything was changed or removed' },
    { line: 'secrets audit export --format csv', note: 'for a spreadsheet' },
  ],
  async run(input, context) {
    const flow = await import('../flows/audit/read.ts')
    switch (input.args[0]) {
      case 'show': {
        const entries = flow.eventsOf(await flow.readAudit(context, filterOf(input, context)))
        return { data: { entries }, exitCode: 0 }
      }
      case 'verify': {
        const verification = await flow.verifyAudit(context)
        return { data: { verification }, exitCode: verification.problems.length === 0 ? 0 : 1 }
      }
      case 'export':
        return exported(input, await flow.readAudit(context, filterOf(input, context)))
      default:
        throw new SecretsError('usage.invalid_argument', 'audit does one of: show, verify, export', {
          hints: ['see: secrets audit --help'],
        })
    }
  },
  view({ entries, verification }, style) {
    if (verification !== undefined) return viewVerification(verification, style)
    if (entries === undefined || entries.length === 0) return 'no such events\n'
    const head = ['WHEN', 'EVENT', 'NAME', 'WHERE', 'WHO', 'BY', 'RESULT']
    return viewTable(
      head,
      entries.map(entry => row(entry, style)),
      style,
    )
  },
})

function exported(input: CommandInput, entries: readonly SealedEntry[]): Outcome<AuditData> {
  const format = textOption(input, 'format') ?? 'json'
  const data = { entries }
  if (format === 'json') {
    const text = entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
    return { data, exitCode: 0, text }
  }
  if (format === 'csv') return { data, exitCode: 0, text: auditCsv(entries) }
  throw new SecretsError('usage.invalid_argument', '--format takes json or csv')
}

function filterOf(input: CommandInput, { options, clock }: Context): AuditFilter {
  const [name, since, type] = ['name', 'since', 'type'].map(option => textOption(input, option))
  if (type !== undefined && !/^[a-z]+(?:\.[a-z]+)?$/.test(type))
    throw new SecretsError('usage.invalid_argument', '--type takes words such as rotation or secret.read')
  const { env } = options
  return {
    ...(name === undefined ? {} : { name: checkName(name) }),
    ...(env === undefined || env === 'all' ? {} : { environment: canonicalName(env) }),
    ...(since === undefined ? {} : { since: sinceOf(since, clock.now()) }),
    ...(type === undefined ? {} : { type }),
  }
}

function sinceOf(text: string, now: number): number {
  const ago = readDuration(text)
  const at = ago === undefined ? readInstant(text) : now - ago
  if (at !== undefined) return at
  throw new SecretsError('usage.invalid_argument', '--since takes a duration or a time in UTC', {
    hints: ['for example 7d, or 2026-11-21T09:00:00Z'],
  })
}

function row(entry: SealedEntry, style: Style): readonly string[] {
  const { timestamp, event_type, name, target, environment, user, host, action, result, details } = entry
  const names = details?.['names']
  const where = environment === '' ? target : `${target} (${environment})`
  const reason = typeof details?.['reason'] === 'string' ? `: ${details['reason']}` : ''
  return [
    timestamp,
    event_type,
    name ?? (Array.isArray(names) ? `${String(names.length)} names` : ''),
    where,
    `${user}@${host}`,
    `${action}${reason}`,
    resultText(result, style),
  ].map((cell, index) => (index === 6 ? cell : printableInline(cell)))
}

function resultText(result: SealedEntry['result'], style: Style): string {
  switch (result) {
    case 'success':
      return style.good(result)
    case 'absent':
      return result
    case 'started':
      return style.warn('no end known')
    case 'denied':
    case 'failed':
      return style.bad(result)
  }
}

const problemTexts: Readonly<Record<AuditVerification['problems'][number]['kind'], string>> = {
  edited: 'this line is not what was written',
  removed: 'lines before this one were removed',
  truncated: 'lines after this one were removed',
  reordered: 'lines were moved',
  duplicated: 'this line stands here again',
  unreadable: 'this is no line of the log',
  other_key: 'this line was written with another key than yours',
  replaced: 'another line was written in this place: an older log was put back',
}

function viewVerification(found: AuditVerification, style: Style): string {
  const { entries, files, problems, open, torn, head } = found
  if (files.length === 0 && problems.length === 0) return 'nothing has been logged yet\n'
  const count = `${String(entries)} ${entries === 1 ? 'entry' : 'entries'} in ${String(files.length)} ${files.length === 1 ? 'file' : 'files'}`
  const lines = problems.map(
    ({ kind, path, line }) =>
      `${printableInline(path)}:${String(line)}: ${style.bad(kind)}: ${problemTexts[kind]}`,
  )
  const notes = [
    ...torn.map(({ path, line }) => `${printableInline(path)}:${String(line)}: a crash cut this line off`),
    ...open.map(
      ({ timestamp, event_type, name = '', user, host }) =>
        `no end known: ${timestamp} ${printableInline(`${event_type} ${name} by ${user}@${host}`)}`,
    ),
    ...(head === 'compared'
      ? []
      : [`the record of how far the log has come is ${head}: what is missing at the end cannot be seen`]),
  ]
  const verdict =
    problems.length === 0 ? `${style.good('intact')}: ${count}` : `${style.bad('not intact')}: ${count}`
  return `${[...lines, ...notes, verdict].join('\n')}\n`
}
