import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'

interface Finding {
  readonly check: string
  readonly subject?: string
  readonly severity: string
  readonly message: string
  readonly repair: readonly string[]
  readonly environment: string
  readonly target: string
  readonly provider: string
}

const findingsOf = (report: JsonReport): readonly Finding[] =>
  (report.data?.['findings'] ?? []) as readonly Finding[]

const declared = 'version: 1\nenvironments:\n  development: { provider: dotenv, path: .env }\n'
const local =
  'version: 1\nenvironments:\n  development: { provider: local }\nvariables:\n  TOKEN: { secret: true, generate: hex:32 }\n'

function git(project: Project, ...words: readonly string[]): void {
  execFileSync('git', [...words], {
    cwd: project.path,
    stdio: 'ignore',
    env: { ...project.env(), HOME: project.home },
  })
}

async function doctor(
  project: Project,
): Promise<{ code: number; findings: readonly Finding[]; report: JsonReport }> {
  const { code, report } = await project.json(['doctor'])
  for (const { severity, repair } of findingsOf(report)) {
    if (severity === 'warning' || severity === 'error') expect(repair).not.toEqual([])
  }
  return { code, report, findings: findingsOf(report) }
}

const about = (findings: readonly Finding[], check: string): Finding | undefined =>
  findings.find(one => one.check === check)

describe('doctor, files', () => {
  it('a file that others may read and git would publish; then neither', async () => {
    const project = new Project()
    git(project, 'init')
    project.write('.env', 'TOKEN=a-value-that-stays-inside\n', 0o644)
    const before = await doctor(project)
    expect(before.code).toBe(0)
    expect([about(before.findings, 'mode')?.severity, about(before.findings, 'git')?.severity]).toEqual([
      'warning',
      'warning',
    ])
    expect(statSync(join(project.path, '.env')).mode & 0o777).toBe(0o644)

    project.write('.gitignore', '.env\n')
    chmodSync(join(project.path, '.env'), 0o600)
    const after = await doctor(project)
    expect(new Set(after.findings.map(({ severity }) => severity))).toEqual(new Set(['ok']))
    expect(JSON.stringify(after.report)).not.toContain('a-value-that-stays-inside')
  })

  it('a file that git tracks: exit 1, and the command that stops it', async () => {
    const project = new Project()
    git(project, 'init')
    project.write('.env', 'TOKEN=a\n', 0o600)
    git(project, 'add', '.env')
    const { code, findings, report } = await doctor(project)
    expect([code, report.ok, report.error]).toEqual([1, false, undefined])
    expect(about(findings, 'git')).toMatchObject({ severity: 'error', subject: '.env' })
    expect(about(findings, 'git')?.repair[0]).toContain('git rm -r --cached -- .env')
  })

  it('no file yet is no fault; nothing to look at is one', async () => {
    const project = new Project({ 'secrets.yaml': declared })
    const { code, findings } = await doctor(project)
    expect(code).toBe(0)
    expect(about(findings, 'place')).toMatchObject({ severity: 'info', environment: 'development' })
    const nothing = await new Project().json(['doctor'])
    expect([nothing.code, nothing.report.error?.code]).toEqual([2, 'env_file.missing'])
  })

  it('a file that cannot be understood', async () => {
    const project = new Project({ 'secrets.yaml': declared })
    project.write('.env', Buffer.from([0xff, 0xfe, 0x41, 0x00]), 0o600)
    const { code, findings } = await doctor(project)
    expect(code).toBe(1)
    expect(about(findings, 'place')?.severity).toBe('error')
  })

  it('an unreadable manifest is no finding', async () => {
    const { code, report } = await new Project({ 'secrets.yaml': 'version: 9\n' }).json(['doctor'])
    expect([code, report.error?.code]).toEqual([2, 'manifest.invalid'])
  })
})

describe('doctor, the local store', () => {
  it('before and after the first write', async () => {
    const project = new Project({ 'secrets.yaml': local })
    const before = await doctor(project)
    expect([before.code, about(before.findings, 'place')?.severity]).toEqual([0, 'info'])
    await project.run(['set', 'TOKEN'], { input: 'a-value-that-stays-inside' })
    const after = await doctor(project)
    expect(after.findings.filter(({ severity }) => severity !== 'ok' && severity !== 'info')).toEqual([])
    expect(about(after.findings, 'identity')?.severity).toBe('ok')
  })

  it('an identity that is missing, one that others may read: nothing is changed', async () => {
    const project = new Project({ 'secrets.yaml': local })
    await project.run(['set', 'TOKEN'], { input: 'a-value-that-stays-inside' })
    const identity = join(project.home, '.config', 'secrets', 'identity.txt')
    chmodSync(identity, 0o644)
    const open = await doctor(project)
    expect([open.code, about(open.findings, 'mode')?.subject]).toEqual([1, identity])
    expect(statSync(identity).mode & 0o777).toBe(0o644)
    rmSync(identity)
    const missing = await doctor(project)
    expect([missing.code, about(missing.findings, 'identity')?.severity]).toEqual([1, 'error'])
  })
})

describe('doctor, a store that is not trusted', () => {
  it('is not contacted; the others are looked at', async () => {
    const project = new Project({
      'secrets.yaml': `version: 1
environments:
  development: { provider: dotenv, path: .env }
  production: { provider: vault, address: "https://127.0.0.1:1", path: app }
`,
    })
    const { code, findings, report } = await doctor(project)
    expect([code, report.error?.code]).toEqual([2, 'trust.required'])
    expect(findings.find(({ environment }) => environment === 'production')).toMatchObject({
      ...{ check: 'trust', severity: 'error', provider: 'vault' },
    })
    expect(findings.some(({ environment }) => environment === 'development')).toBe(true)
    await project.run(['trust', '--yes'])
    const reached = await doctor(project)
    expect(reached.code).toBe(1)
    expect(about(reached.findings, 'reachable')).toMatchObject({
      environment: 'production',
      severity: 'error',
    })
  })
})
