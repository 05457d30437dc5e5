import { escapeControls } from '../core/printable.ts'
import { findingIds, type Finding, type Rule } from '../rules/index.ts'
import { fileOf, type Findings, type ReportForm } from './form.ts'

const levels = { error: 'error', warning: 'warning', info: 'note' } as const

/**
 * SARIF 2.1.0, as code scanning reads it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. What was
 * accepted in the file is there as suppressed.
 */
export const sarif: ReportForm = {
  id: 'sarif',
  title: 'SARIF 2.1.0, for code scanning',
  render(findings) {
    const ids = findings.rules.map(({ id }) => id)
    const identify = findingIds()
    const results = [
      ...findings.findings.map(finding => result(finding, findings, ids, identify)),
      ...findings.allowed.map(finding => ({
        ...result(finding, findings, ids, identify),
        suppressions: [{ kind: 'inSource', justification: finding.reason }],
      })),
    ]
    const driver = {
      name: 'secrets',
      informationUri: 'https://www.npmjs.com/package/@dualkey/secrets',
      semanticVersion: findings.version,
      rules: findings.rules.map(descriptor),
    }
    const log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
    }
    return `${escapeControls(JSON.stringify(log, undefined, 2))}\n`
  },
}

function descriptor({ id, title, rationale, fix, source, severity }: Rule): object {
  const worst = severity.production === 'off' ? 'none' : levels[severity.production]
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: `${rationale}.` },
    helpUri: source.url,
    help: {
      text: `${fix}. See: ${source.title}, ${source.url}`,
      markdown: `${fix}. See [${source.title}](${source.url}).`,
    },
    defaultConfiguration: { level: worst },
    properties: { tags: ['security', 'configuration'] },
  }
}

function result(
  finding: Finding,
  findings: Findings,
  ids: readonly string[],
  identify: (finding: Finding) => string,
): object {
  const { rule, severity, message, fix, line, column } = finding
  const index = ids.indexOf(rule)
  const file = fileOf(finding, findings)
  const uri = file?.split('/').map(encodeURIComponent).join('/')
  return {
    ruleId: rule,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level: levels[severity],
    message: { text: fix === undefined ? `${message}.` : `${message}. Fix: ${fix}.` },
    locations:
      uri === undefined
        ? []
        : [
            {
              physicalLocation: {
                artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
                region: { startLine: Math.max(line, 1), startColumn: Math.max(column, 1) },
              },
            },
          ],
    partialFingerprints: { 'finding/v1': identify(finding) },
  }
}
