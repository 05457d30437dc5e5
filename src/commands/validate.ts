import { placeText } from '../core/errors.ts'
import type { ValidateReport } from '../flows/validate.ts'
import type { Finding } from '../rules/index.ts'
import { defineCommand, type Style } from './command.ts'
import { flag, listOption } from './input.ts'

export const validate = defineCommand<ValidateReport>({
  name: 'validate',
  args: '[files...]',
  summary: 'check values against template and manifest; every problem at once',
  group: 'Check',
  options: [
    { flags: '--strict', description: 'warnings count too' },
    { flags: '--require-values', description: 'exit 1 when there are no values to check' },
    {
      flags: '--rule <id=level>',
      description: 'off, info, warning or error for all findings of a rule; may be repeated',
      isRepeatable: true,
    },
  ],
  examples: [
    { line: 'secrets validate', note: 'every .env of the project, or the process environment' },
    { line: 'secrets validate .env.production --strict', note: 'one file, warnings count' },
    { line: 'secrets validate --rule debug=off --rule cors=warning', note: 'for this run' },
  ],
  async run(input, context) {
    const { runValidate } = await import('../flows/validate.ts')
    const data = await runValidate(context, input.args, listOption(input, 'rule') ?? [])
    const { error, warning } = data.counts
    const isBad = error > 0 || (flag(input, 'strict') && warning > 0)
    const isEmpty = flag(input, 'requireValues') && data.source === 'static'
    return { data, exitCode: isBad || isEmpty ? 1 : 0 }
  },
  view(report, style) {
    const lines = report.findings.flatMap(finding => viewFinding(finding, style))
    return `${[...lines, ...summary(report, style)].join('\n')}\n`
  },
})

function viewFinding(finding: Finding, style: Style): readonly string[] {
  const { severity, message, rule, fix } = finding
  const paint = severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim
  const line = `${placeText(finding)}: ${paint(severity)}: ${message} ${style.dim(`[${rule}]`)}`
  return fix === undefined ? [line] : [line, `  ${style.dim('fix:')} ${fix}`]
}

function summary(
  { counts, source, files, allowed, environment }: ValidateReport,
  style: Style,
): readonly string[] {
  const { error, warning } = counts
  const where =
    source === 'static'
      ? 'no values here; template and manifest were checked'
      : files.map(file => `${file.path} (${file.environment}, from ${file.source})`).join(', ')
  const shown =
    source === 'process' ? `the process environment (${environment.name}, from ${environment.source})` : where
  const verdict =
    error + warning === 0
      ? style.good('no problems')
      : `${plural(error, 'error')}, ${plural(warning, 'warning')}`
  const accepted = allowed.length === 0 ? '' : `, ${String(allowed.length)} accepted by "# secrets: allow"`
  return [`${verdict}${accepted}: ${shown}`]
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
