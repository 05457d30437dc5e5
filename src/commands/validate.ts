import { placeText } from '../core/errors.ts'
import { renderJson } from '../core/report.ts'
import type { ValidateReport } from '../flows/validate.ts'
import type { Finding } from '../rules/index.ts'
import { defineCommand, plainStyle, type Style } from './command.ts'
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
    {
      flags: '--output <form>',
      description: 'text, json, github, junit or sarif; form=file writes it there; may be repeated',
      isRepeatable: true,
    },
  ],
  examples: [
    { line: 'secrets validate', note: 'every .env of the project, or the process environment' },
    { line: 'secrets validate .env.production --strict', note: 'one file, warnings count' },
    { line: 'secrets validate --output sarif=report.sarif --output text', note: 'a report beside the text' },
    { line: 'secrets validate --rule debug=off --rule cors=warning', note: 'for this run' },
  ],
  async run(input, context) {
    const words = listOption(input, 'output', false) ?? []
    const isWanted = words.length > 0 || context.env['GITHUB_ACTIONS'] === 'true'
    const reports = isWanted ? await import('../flows/reports.ts') : undefined
    const outputs = reports?.readOutputs(context, words) ?? []
    const { runValidate } = await import('../flows/validate.ts')
    const data = await runValidate(context, input.args, listOption(input, 'rule') ?? [])
    const { error, warning } = data.counts
    const isStrict = flag(input, 'strict')
    const isBad = error > 0 || (isStrict && warning > 0)
    const isEmpty = flag(input, 'requireValues') && data.source === 'static'
    const exitCode = isBad || isEmpty ? 1 : 0
    const renderers = {
      text: () => viewReport(data, plainStyle),
      closing: () => closing(data, plainStyle),
      json: () => renderJson({ command: 'validate', exitCode, data }),
    }
    const text = await reports?.deliverReports(context, outputs, { report: data, isStrict, renderers })
    return { data, exitCode, ...(text === undefined ? {} : { text }) }
  },
  view: viewReport,
})

function viewReport(report: ValidateReport, style: Style): string {
  const lines = report.findings.flatMap(finding => viewFinding(finding, style))
  return `${[...lines, closing(report, style)].join('\n')}\n`
}

function viewFinding(finding: Finding, style: Style): readonly string[] {
  const { severity, message, rule, fix } = finding
  const paint = severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim
  const line = `${placeText(finding)}: ${paint(severity)}: ${message} ${style.dim(`[${rule}]`)}`
  return fix === undefined ? [line] : [line, `  ${style.dim('fix:')} ${fix}`]
}

function closing({ counts, source, files, allowed, environment }: ValidateReport, style: Style): string {
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
  return `${verdict}${accepted}: ${shown}`
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
