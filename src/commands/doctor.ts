import { printableInline } from '../core/printable.ts'
import type { PlacedFinding } from '../flows/doctor.ts'
import { defineCommand, type Style } from './command.ts'

interface DoctorData {
  readonly findings: readonly PlacedFinding[]
}

export const doctor = defineCommand<DoctorData>({
  name: 'doctor',
  summary: 'look for what a rotation would fail on, and say how to repair it; changes nothing',
  group: 'Check',
  options: [],
  examples: [
    { line: 'secrets doctor', note: 'every environment; exit 1 when something has to be repaired' },
    { line: 'secrets doctor --env production', note: 'credentials, permissions, clock, TLS of one store' },
  ],
  async run(_input, context) {
    const { runDoctor } = await import('../flows/doctor.ts')
    const { findings, error } = await runDoctor(context)
    if (error !== undefined) return { data: { findings }, exitCode: error.exitCode, error }
    const isSick = findings.some(({ severity }) => severity === 'error')
    return { data: { findings }, exitCode: isSick ? 1 : 0 }
  },
  view({ findings }, style) {
    const places = [...new Set(findings.map(placeOf))]
    const lines = places.flatMap(place => {
      const own = findings.filter(finding => placeOf(finding) === place)
      return [style.bold(printableInline(place)), ...grouped(own).flatMap(finding => view(finding, style))]
    })
    return `${lines.join('\n')}\n`
  },
})

/** The steps that are allowed, in one line. */
function grouped(findings: readonly PlacedFinding[]): readonly PlacedFinding[] {
  const isFine = ({ check, severity }: PlacedFinding): boolean => check === 'permission' && severity === 'ok'
  const fine = findings.filter(isFine)
  return findings.flatMap(finding => {
    if (!isFine(finding)) return [finding]
    if (finding !== fine[0]) return []
    const { subject: _, ...rest } = finding
    return [{ ...rest, message: `may ${fine.map(({ subject = '' }) => subject).join(', ')}` }]
  })
}

function placeOf({ target, provider, environment }: PlacedFinding): string {
  return `${target} (${provider}, ${environment})`
}

function view({ check, subject, severity, message, repair }: PlacedFinding, style: Style): readonly string[] {
  const what = subject === undefined ? check : `${check} ${subject}`
  const head = `  ${mark(severity, style)} ${printableInline(what)}: ${printableInline(message)}`
  const lines = repair.map(line => `          ${style.dim('repair:')} ${printableInline(line)}`)
  return severity === 'ok' ? [head] : [head, ...lines]
}

/** Words of one width, so that the column stands. */
function mark(severity: PlacedFinding['severity'], style: Style): string {
  switch (severity) {
    case 'ok':
      return style.good('ok     ')
    case 'info':
      return style.dim('info   ')
    case 'warning':
      return style.warn('warning')
    case 'error':
      return style.bad('error  ')
  }
}
