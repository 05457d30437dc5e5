import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { inDepth, some } from '../support/thorough.ts'

const minute = 60_000
const at = (minutes: number): { env: Record<string, string> } => ({
  env: { SECRETS_CLOCK_OFFSET: String(minutes * minute) },
})
const value = async (project: Project, name = 'JWT_SECRET'): Promise<string> =>
  (await project.run(['get', name])).stdout.trim()
const first = (report: JsonReport): Record<string, unknown> =>
  (report.data?.['rotations'] as Record<string, unknown>[])[0] ?? {}

async function signed(
  provider: string,
  rotate = 'kind: signing, refreshTtl: 5m, tokenTtl: 60m',
): Promise<Project> {
  const settings = provider === 'dotenv' ? ', path: .env' : ''
  const project = new Project({
    'secrets.yaml': `version: 1
environments: { development: { provider: ${provider}${settings} } }
variables: { JWT_SECRET: { secret: true, generate: hex:64, rotate: { ${rotate} } } }
`,
  })
  expect((await project.run(['set', 'JWT_SECRET', '--generate'])).code).toBe(0)
  return project
}

/** What a program sees under `run`. */
async function seen(project: Project, minutes: number): Promise<readonly (string | null)[]> {
  const names = ['JWT_SECRET', 'JWT_SECRET_NEXT', 'JWT_SECRET_OLD'].map(name => `process.env.${name} ?? null`)
  project.write('show.mjs', `console.log(JSON.stringify([${names.join(', ')}]))`)
  const words = ['run', '--no-redact', '--', process.execPath, 'show.mjs']
  return JSON.parse((await project.run(words, at(minutes))).stdout) as (string | null)[]
}

describe.each(some(['dotenv', 'local'], 2))('signing on %s', provider => {
  it('is announced, signed with when every reader knows it, and retired when the last token is dead', async () => {
    const project = await signed(provider)
    const old = await value(project)
    const { code, report } = await project.json(['rotate', 'JWT_SECRET'])
    expect([code, first(report)]).toMatchObject([0, { action: 'announce', state: 'announced' }])
    const newer = await value(project, 'JWT_SECRET_NEXT')
    expect(newer).not.toBe(old)
    expect(await seen(project, 1)).toEqual([old, newer, null])

    const early = await project.json(['rotate', 'JWT_SECRET'], at(9))
    expect([early.code, early.report.error?.code]).toEqual([1, 'rotation.announced'])
    expect((await project.json(['status', '--due'], at(9))).code).toBe(0)
    expect((await project.json(['status', '--due'], at(11))).code).toBe(1)
    expect((await project.json(['rotate', '--due'], at(9))).report.data).toMatchObject({ rotations: [] })

    const due = await project.json(['rotate', '--due'], at(11))
    expect([due.code, first(due.report)]).toMatchObject([0, { action: 'resume', state: 'grace' }])
    expect(await seen(project, 12)).toEqual([newer, null, old])
    const retired = await project.json(['rotate', '--due'], at(12 + 24 * 60))
    expect(first(retired.report)).toMatchObject({ action: 'retire', state: 'steady' })
    expect(await seen(project, 13 + 24 * 60)).toEqual([newer, null, null])
  })

  inDepth('is taken back while it is only announced, and not announced at all in an emergency', async () => {
    const project = await signed(provider)
    const old = await value(project)
    expect((await project.run(['rotate', 'JWT_SECRET'])).code).toBe(0)
    const announced = await value(project, 'JWT_SECRET_NEXT')
    expect((await project.run(['rotate', 'JWT_SECRET', '--abort'])).code).toBe(0)
    expect(await seen(project, 0)).toEqual([old, null, null])
    const urgent = await project.json(['rotate', 'JWT_SECRET', '--emergency', '--yes'])
    expect([urgent.code, first(urgent.report)]).toMatchObject([0, { state: 'steady' }])
    const [now, ...others] = await seen(project, 0)
    expect([old, announced]).not.toContain(now)
    expect(others).toEqual([null, null])
  })
})

describe('signing', () => {
  it('is refused without its times, which are named; what is proposed for a JWT secret works', async () => {
    const project = await signed('dotenv', 'every: 30d')
    const undeclared = await project.json(['rotate', 'JWT_SECRET'])
    expect([undeclared.code, undeclared.report.error?.code]).toEqual([1, 'rotation.kind_required'])
    const manifest = project.read('secrets.yaml')
    project.write('secrets.yaml', manifest.replace('every: 30d', 'kind: signing, tokenTtl: 60m'))
    const untimed = await project.json(['rotate', 'JWT_SECRET'])
    expect([untimed.code, untimed.report.error?.code]).toEqual([1, 'rotation.kind_required'])
    expect(untimed.report.error?.message).toContain('refreshTtl')
    const [, proposed = ''] = /rotate: (\{.*?\})/.exec(undeclared.report.error?.hints.join('\n') ?? '') ?? []
    project.write('secrets.yaml', manifest.replace('{ every: 30d }', proposed))
    expect((await project.run(['rotate', 'JWT_SECRET'])).code).toBe(0)
  })

  it('shows every step with its time, and refuses a place that is taken', async () => {
    const project = await signed('dotenv')
    const dry = await project.json(['rotate', 'JWT_SECRET', '--dry-run'])
    const plan = first(dry.report)['plan'] as { step: string; at?: string }[]
    expect(plan.map(({ step }) => step)).toEqual(['stage', 'announce', 'commit', 'retire'])
    const times = plan.flatMap(one => (one.at === undefined ? [] : [Date.parse(one.at)]))
    expect([times[1]! - times[0]!, times[2]! - times[1]!]).toEqual([10 * minute, 24 * 60 * minute])
    project.write('.env', `${project.read('.env')}JWT_SECRET_NEXT=somebody-else\n`, 0o600)
    const taken = await project.json(['rotate', 'JWT_SECRET'])
    expect([taken.code, taken.report.error?.code]).toEqual([1, 'rotation.name_taken'])
    expect(project.read('.env')).not.toContain('pending')
  })
})
