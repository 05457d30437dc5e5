import { nextName, previousName } from '../core/names.ts'
import { printableInline } from '../core/printable.ts'
import type { HookRecord } from '../flows/rotation/hooks.ts'
import type { RotationEntry, RotationReport } from '../flows/rotation/rotate.ts'
import type { Style } from './command.ts'

/** What `rotate`, `retire` and `rollback` print. */
export function viewRotations(report: RotationReport, style: Style): string {
  const lines = report.rotations.flatMap(entry =>
    report.dryRun ? viewPlan(entry, style) : viewEntry(entry, style),
  )
  for (const { name, reason } of report.skipped) lines.push(`${style.warn('skipped')} ${name}: ${reason}`)
  for (const { name, code } of report.failed) lines.push(`${style.bad('failed')} ${name}: ${code}`)
  for (const hook of report.hooks) lines.push(...viewHook(hook, style))
  if (lines.length === 0) lines.push('nothing to do')
  if (report.plan !== undefined)
    lines.push(
      `${style.good('planned')}: review ${printableInline(report.plan)}, then: secrets rotate --apply`,
    )
  const [example] = report.first
  if (example !== undefined) lines.push('', ...applicationAdvice(example))
  return `${lines.join('\n')}\n`
}

function viewEntry(entry: RotationEntry, style: Style): readonly string[] {
  const where = whereOf(entry, style)
  const old = previousName(entry.name)
  switch (entry.action) {
    case 'rotate':
    case 'resume':
      return [
        `${style.good('rotated')} ${style.bold(entry.name)} ${where}`,
        entry.previous === 'accepted'
          ? `  the old value is accepted until ${entry.deadline ?? 'its deadline'} as ${old}`
          : '  the old value is refused from now on: restart or reload whatever uses it',
      ]
    case 'announce':
      return [
        `${style.good('announced')} the new value of ${style.bold(entry.name)} ${where}`,
        `  accepted from now on as ${nextName(entry.name)}; from ${entry.deadline ?? 'its deadline'} on "secrets rotate --due" signs with it`,
      ]
    case 'retire':
      return [`${style.good('retired')} the old value of ${style.bold(entry.name)} ${where}`]
    case 'rollback':
      return [`${style.good('rolled back')} ${style.bold(entry.name)} to its previous value ${where}`]
    case 'abort':
      return [`${style.good('gave up')} the open rotation of ${style.bold(entry.name)} ${where}`]
    case 'repair':
      return [`${style.good('finished')} the open rotation of ${style.bold(entry.name)} ${where}`]
    case 'none':
      return [`${style.bold(entry.name)}: nothing to do, it is ${entry.state} ${where}`]
  }
}

function whereOf({ target, environment, also = [] }: RotationEntry, style: Style): string {
  return style.dim(`(${[target, ...also].join(' and ')}, ${environment})`)
}

/** A hook that failed shows what it printed; of the others that stands in `--json`. */
function viewHook(record: HookRecord, style: Style): readonly string[] {
  if (record.result === 'ok') return []
  const { name, hook, step, reason = '', output = '' } = record
  const shown = output === '' ? [] : output.split('\n').map(line => `  ${style.dim('|')} ${line}`)
  return [`${style.bad('hook failed')} ${hook} ${String(step)} of ${name}: ${reason}`, ...shown]
}

export function viewPlan(entry: RotationEntry, style: Style): readonly string[] {
  const where = whereOf(entry, style)
  const head = `${style.bold(entry.name)}: ${entry.state} ${where}`
  const steps = (entry.plan ?? []).map(({ step, at, hook }) => {
    const words = hook?.run ?? [hook?.http ?? `tcp ${hook?.tcp ?? ''}`]
    const what = words.map(printableInline).join(' ')
    return `  would ${hook === undefined ? step : `run ${step}: ${what}`}${at === undefined ? '' : ` at ${at}`}`
  })
  return [head, ...(steps.length === 0 ? ['  nothing to do'] : steps)]
}

/** Shown at the first rotation of a secret: without it the application would refuse what the old value signed. */
function applicationAdvice(name: string): readonly string[] {
  return [
    'The application has to accept both values until the deadline, and to reload or restart to see the new one:',
    '',
    "  import { accepts, keyring } from '@dualkey/secrets/runtime'",
    '',
    `  accepts('${name}', presented)  // true for the current, the announced and, until the deadline, the old value`,
    `  keyring('${name}')             // [current, …]: sign with the first, verify with all`,
    '',
    'The helper reads the file again when it has changed. Others: restart or reload the application now.',
  ]
}
