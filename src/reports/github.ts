import type { Finding } from '../rules/index.ts'
import { fileOf, type Findings, type ReportForm, sentence } from './form.ts'

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const

/**
 * Workflow commands, which GitHub shows at the lines of a pull request. Syntax and escapes:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export const github: ReportForm = {
  id: 'github',
  title: 'annotations for GitHub Actions, and a summary of the step',
  render: findings => findings.findings.map(finding => `${annotation(finding, findings)}\n`).join(''),
}

function annotation(finding: Finding, findings: Findings): string {
  const file = fileOf(finding, findings)
  const place = file === undefined ? {} : { file, line: String(finding.line), col: String(finding.column) }
  const properties = Object.entries({ title: `secrets: ${finding.rule}`, ...place })
  const written = properties.map(([key, value]) => `${key}=${escapeProperty(value)}`).join(',')
  return `::${commands[finding.severity]} ${written}::${escapeData(sentence(finding))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** More would exceed what GitHub takes for a step, and what anybody reads. */
const mostRows = 500

/** The findings as a table in Markdown, for the page of the run. */
export function summaryOf(findings: Findings): string {
  const count = (severity: Finding['severity']): number =>
    findings.findings.filter(finding => finding.severity === severity).length
  const title = `### secrets validate: ${String(count('error'))} errors, ${String(count('warning'))} warnings`
  if (findings.findings.length === 0) return `${title}\n\nNothing to say of ${list(findings.files)}.\n`
  const rows = findings.findings.slice(0, mostRows).map(finding => {
    const file = fileOf(finding, findings)
    const place = file === undefined ? finding.path : `${file}:${String(finding.line)}`
    return `| ${[finding.severity, place, finding.rule, sentence(finding)].map(cell).join(' | ')} |`
  })
  const rest = findings.findings.length - rows.length
  const more = rest > 0 ? `\n${String(rest)} more are in the log.\n` : ''
  return `${title}\n\n| level | where | rule | what |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n${more}`
}

function list(files: readonly string[]): string {
  return files.length === 0 ? 'the declarations' : files.map(cell).join(', ')
}

/** Inside a table nothing of a file may end the cell or become markup. */
function cell(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|`<>[\]*_&]/g, found => `\\${found}`)
}
