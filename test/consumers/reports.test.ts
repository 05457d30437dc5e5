import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Project, runProcess } from '../support/cli.ts'
import { consumer, consumers, python } from '../support/consumers.ts'

const names = ['.env.production', 'odd, 100% & <b>.env'] as const
const files = {
  [names[0]]: 'CORS_ORIGIN=*\n# secrets: allow debug reason="a \\"demo\\" & more"\nDEBUG=true\nA=1\nA=2\n',
  [names[1]]: 'not a line\nDEBUG=true\n',
  'good.env': 'A=1\n',
}

async function report(form: string): Promise<{ project: Project; stdout: string }> {
  const project = new Project(files)
  const { stdout } = await project.run(['validate', ...Object.keys(files), '--output', form])
  return { project, stdout }
}

// Microsoft's validator checks the schema of the standard, and what GitHub's code scanning asks for beyond it.
it.skipIf(consumers === undefined || process.platform !== 'linux')(
  'sarif is what code scanning takes (needs scripts/install-consumers.sh; the validator is a Linux program)',
  async () => {
    const { project } = await report('sarif=out.sarif')
    const tool = join(
      consumers ?? '',
      'node',
      'node_modules',
      '@microsoft',
      'sarif-multitool-linux',
      'Sarif.Multitool',
    )
    const words = ['validate', 'out.sarif', '--rule-kind', 'Sarif;Ghas', '--output', 'checked.sarif']
    const env = { ...project.env(), DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' }
    const { code } = await runProcess(tool, words, { cwd: project.path, env })
    const { runs } = JSON.parse(project.read('checked.sarif').replace(/^\ufeff/, '')) as {
      runs: {
        results?: { ruleId: string; level?: string }[]
        invocations: { executionSuccessful: boolean }[]
      }[]
    }
    expect(code).toBe(0)
    expect(runs[0]?.invocations[0]?.executionSuccessful).toBe(true)
    expect(
      (runs[0]?.results ?? []).filter(({ level = 'warning' }) => ['error', 'warning'].includes(level)),
    ).toEqual([])
  },
)

it.skipIf(consumers === undefined)(
  'junit is what test reports are read with (needs scripts/install-consumers.sh)',
  async () => {
    const { project } = await report('junit=out.xml')
    const { report: plain } = await project.json(['validate', ...Object.keys(files)])
    const findings = plain.data?.['findings'] as { severity: string }[]
    const program = `
from junitparser import JUnitXml, Failure
xml = JUnitXml.fromfile(facts["path"])
suites = list(xml)
assert sorted(suite.name for suite in suites) == sorted(facts["files"]), [suite.name for suite in suites]
cases = [case for suite in suites for case in suite]
failed = [case for case in cases if any(isinstance(result, Failure) for result in case.result)]
assert len(cases) == facts["cases"], len(cases)
assert len(failed) == facts["failures"] == sum(suite.failures for suite in suites), len(failed)
assert xml.tests == len(cases) and xml.failures == len(failed)
`
    const facts = {
      path: join(project.path, 'out.xml'),
      files: Object.keys(files),
      // A file without findings is a case that passed.
      cases: findings.length + 1,
      failures: findings.filter(({ severity }) => severity === 'error').length,
    }
    expect(facts.failures).toBeGreaterThan(0)
    expect(await python(program, facts)).toBe('done')
  },
)

interface Command {
  issueCommand(name: string, properties: object, message: string): void
}

// GitHub's own library writes the same lines for the same facts.
it.skipIf(consumers === undefined)(
  'github is what its own library writes (needs scripts/install-consumers.sh)',
  async () => {
    const { project, stdout } = await report('github')
    const { report: plain } = await project.json(['validate', ...Object.keys(files)])
    const findings = plain.data?.['findings'] as {
      [key in 'severity' | 'path' | 'rule' | 'message']: string
    }[] &
      { line: number; column: number; fix?: string }[]
    const { issueCommand } = consumer<Command>('@actions/core/lib/command')
    const lines: string[] = []
    const { write } = process.stdout
    process.stdout.write = (text: string | Uint8Array): boolean => lines.push(String(text)) > 0
    try {
      for (const { severity, path, rule, message, fix, line, column } of findings) {
        const name = { error: 'error', warning: 'warning', info: 'notice' }[severity] ?? ''
        const properties = { title: `secrets: ${rule}`, file: path, line, col: column }
        issueCommand(name, properties, fix === undefined ? message : `${message}; fix: ${fix}`)
      }
    } finally {
      process.stdout.write = write
    }
    expect(findings.length).toBeGreaterThan(2)
    expect(stdout.split('\n').slice(0, lines.length)).toEqual(lines.join('').trimEnd().split('\n'))
  },
)
