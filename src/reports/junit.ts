import type { Finding } from '../rules/index.ts'
import { fileOf, type Findings, isFailure, type ReportForm, sentence } from './form.ts'

/**
 * JUnit's XML as CI systems read it (https://github.com/testmoapp/junitxml): a suite for each file, a case for each finding.
 * What makes `validate` fail is a failure; the rest is a case that passed, with its words as output.
 */
export const junit: ReportForm = {
  id: 'junit',
  title: 'JUnit XML, for the test reports of CI systems',
  render(findings) {
    const paths = new Set([...findings.files, ...findings.findings.map(({ path }) => path)])
    const suites = [...paths].map(path => suite(path, findings))
    const failures = findings.findings.filter(finding => isFailure(finding, findings)).length
    const tests = suites.reduce((sum, { tests: own }) => sum + own, 0)
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="secrets validate" tests="${String(tests)}" failures="${String(failures)}">`,
      ...suites.flatMap(({ lines }) => lines),
      '</testsuites>',
      '',
    ].join('\n')
  },
}

function suite(
  path: string,
  findings: Findings,
): { readonly tests: number; readonly lines: readonly string[] } {
  const own = findings.findings.filter(finding => finding.path === path)
  const failures = own.filter(finding => isFailure(finding, findings)).length
  const cases =
    own.length === 0
      ? [`    <testcase name="valid" classname="${escaped(path)}"/>`]
      : own.flatMap(finding => testCase(finding, findings))
  const tests = Math.max(own.length, 1)
  const head = `  <testsuite name="${escaped(path)}" tests="${String(tests)}" failures="${String(failures)}" errors="0" skipped="0">`
  return { tests, lines: [head, ...cases, '  </testsuite>'] }
}

function testCase(finding: Finding, findings: Findings): readonly string[] {
  const { rule, name, line, path } = finding
  const title = name === undefined ? `${rule} (line ${String(line)})` : `${rule}: ${name}`
  const file = fileOf(finding, findings)
  const place = file === undefined ? '' : ` file="${escaped(file)}" line="${String(line)}"`
  const words = escaped(`${path}:${String(line)}: ${sentence(finding)}`)
  const body = isFailure(finding, findings)
    ? `<failure type="${escaped(rule)}" message="${escaped(finding.message)}">${words}</failure>`
    : `<system-out>${words}</system-out>`
  return [
    `    <testcase name="${escaped(title)}" classname="${escaped(path)}"${place}>`,
    `      ${body}`,
    '    </testcase>',
  ]
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** XML 1.0 has no control characters, not even escaped, and no halves of surrogate pairs. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, found => entities[found] ?? '')
}
