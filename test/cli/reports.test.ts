import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const files = {
  '.env.example': 'API_URL=https://api.test\nNEEDED=x\nA=1\n',
  '.env.production': 'CORS_ORIGIN=*\nA=1\nA=2\nAPI_URL=https://api.test\nDEBUG=true # secrets\n',
}
interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly results: readonly {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly level: string
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number }
        }
      }[]
      readonly suppressions?: readonly { readonly justification: string }[]
    }[]
  }[]
}

interface Found {
  readonly rule: string
  readonly severity: string
  readonly line: number
}

async function findings(project: Project, words: readonly string[] = []): Promise<readonly Found[]> {
  const { report } = await project.json(['validate', '.env.production', ...words])
  return report.data?.['findings'] as readonly Found[]
}

describe('validate --output', () => {
  it('writes several forms at once, and the usual text', async () => {
    const project = new Project(files)
    const plain = await project.run(['validate', '.env.production'])
    const outputs = ['sarif=out.sarif', 'junit=out.xml', 'json=out.json', 'text=out.txt']
    const words = outputs.flatMap(output => ['--output', output])
    const { code, stdout } = await project.run(['validate', '.env.production', ...words])
    expect([code, stdout]).toEqual([1, plain.stdout])
    expect(project.read('out.txt')).toBe(plain.stdout)
    expect(JSON.parse(project.read('out.json'))).toMatchObject({
      schema: 1,
      command: 'validate',
      ok: false,
    })
    const found = await findings(project)
    const { runs } = JSON.parse(project.read('out.sarif')) as Sarif
    const levels: Record<string, string> = { info: 'note' }
    expect(
      runs[0]?.results.map(({ ruleId, level, locations }) => [
        ruleId,
        level,
        locations[0]?.physicalLocation.region.startLine,
      ]),
    ).toEqual(found.map(({ rule, severity, line }) => [rule, levels[severity] ?? severity, line]))
    for (const { ruleId, ruleIndex } of runs[0]!.results) {
      expect(runs[0]?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
    }
    const failures = found.filter(({ severity }) => severity === 'error').length
    expect(project.read('out.xml')?.match(/<failure /g)?.length).toBe(failures)
  })

  it('prints one form on stdout, from the top of the repository', async () => {
    const project = new Project({ 'packages/api/.env.production': 'DEBUG=true\n' })
    const words = ['validate', '.env.production', '--cwd', 'packages/api', '--output']
    const env = { GITHUB_WORKSPACE: project.path }
    const { stdout } = await project.run([...words, 'sarif'], { env })
    const { runs } = JSON.parse(stdout) as Sarif
    expect(runs[0]!.results[0]!.locations[0]!.physicalLocation.artifactLocation.uri).toBe(
      'packages/api/.env.production',
    )
    const annotated = await project.run([...words, 'github'], { env })
    expect(annotated.stdout).toMatch(
      /^::error title=secrets%3A debug,file=packages\/api\/\.env\.production,line=1,col=1::/,
    )
  })

  it('annotates under GitHub Actions by itself, and adds to the summary of the run', async () => {
    const project = new Project({ ...files, 'summary.md': 'an earlier step' })
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: `${project.path}/summary.md` }
    const found = await findings(project)
    const { code, stdout } = await project.run(['validate', '.env.production'], { env })
    const lines = stdout.trimEnd().split('\n')
    expect(code).toBe(1)
    expect(lines.filter(line => /^::(?:error|warning|notice) /.test(line))).toHaveLength(found.length)
    expect(lines).toHaveLength(found.length + 1)
    const summary = project.read('summary.md')
    expect(summary).toMatch(/^an earlier step\n### /)
    expect(summary.match(/^\| (?:error|warning|info) /gm)).toHaveLength(found.length)
    const { stdout: json } = await project.run(['validate', '.env.production', '--json'], { env })
    expect(JSON.parse(json)).toMatchObject({ schema: 1 })
  })

  it('tells what was accepted apart, and counts warnings as asked', async () => {
    const project = new Project({
      '.env.production':
        '# secrets: allow debug reason="a demo"\nDEBUG=true\nSESSION_TIMEOUT=999999\nA=1\nA=2\n',
    })
    const { stdout } = await project.run(['validate', '.env.production', '--output', 'sarif'])
    const accepted = (JSON.parse(stdout) as Sarif).runs[0]?.results.filter(({ suppressions }) => suppressions)
    expect(accepted?.map(({ ruleId, suppressions }) => [ruleId, suppressions?.[0]?.justification])).toEqual([
      ['debug', 'a demo'],
    ])
    const failures = async (words: readonly string[]): Promise<number | undefined> => {
      const { stdout: xml } = await project.run([
        'validate',
        '.env.production',
        '--output',
        'junit',
        ...words,
      ])
      return xml.match(/<failure /g)?.length
    }
    const found = await findings(project)
    const warnings = found.filter(({ severity }) => severity === 'warning').length
    expect(warnings).toBeGreaterThan(0)
    expect(await failures(['--strict'])).toBe(((await failures([])) ?? 0) + warnings)
  })

  it('keeps odd names from becoming markup', async () => {
    const project = new Project({ 'a & <b>,c:%25|d.env': 'not a line\n' })
    const words = ['validate', 'a & <b>,c:%25|d.env', '--output']
    const { stdout: xml } = await project.run([...words, 'junit'])
    expect(xml).toContain('a &amp; &lt;b&gt;,c:%25|d.env')
    const { stdout: annotated } = await project.run([...words, 'github'])
    expect(annotated).toContain('file=a & <b>%2Cc%3A%2525|d.env')
    const { stdout: sarif } = await project.run([...words, 'sarif'])
    expect(JSON.stringify(JSON.parse(sarif))).toContain('a%20%26%20%3Cb%3E%2Cc%3A%2525%7Cd.env')
  })

  it.each([
    [['--output', 'sraif'], 'usage.invalid_argument'],
    [['--output', 'sarif='], 'usage.invalid_argument'],
    [['--output', 'sarif', '--output', 'junit'], 'usage.invalid_argument'],
    [['--output', 'sarif'], 'usage.invalid_argument'],
    [['--output', 'sarif=nowhere/out.sarif'], 'file.missing'],
  ])('refuses %j beside --json', async (words, code) => {
    const { code: exit, report } = await new Project(files).json(['validate', ...words])
    expect([exit, report.error?.code]).toEqual([2, code])
  })
})
