import { describe, expect, it } from 'vitest'
import { type JsonReport, preparedProject, Project } from '../support/cli.ts'
import { allHooks, hookedProject, steps, told } from '../support/hooks.ts'
import { currentValue as value } from '../support/stored.ts'
import { inDepth, some } from '../support/thorough.ts'

const urgent = ['--emergency', '--yes']
const answer = async (project: Project, ...words: readonly string[]): Promise<string> =>
  (await project.run(['get', ...words])).stdout

interface Status {
  readonly name: string
  readonly environment: string
  readonly state: string
  readonly previous: string
}
async function statusOf(project: Project, name = 'TOKEN'): Promise<readonly Status[]> {
  return (await project.json(['status', name])).report.data?.['secrets'] as readonly Status[]
}
const actions = (report: JsonReport): readonly string[] =>
  (report.data?.['rotations'] as { action: string }[]).map(({ action }) => action)

async function tokenProject(provider: string): Promise<Project> {
  const settings = provider === 'dotenv' ? ', path: .env' : ''
  const manifest = `version: 1
environments: { development: { provider: ${provider}${settings} } }
variables: { TOKEN: { secret: true, generate: hex:32 } }
`
  return await preparedProject({ 'secrets.yaml': manifest }, [[['set', 'TOKEN', '--generate', 'hex:32']]])
}

describe.each(some(['local', 'dotenv'], 2))('an emergency on %s', provider => {
  it('makes a new value, and the old one is accepted no more', async () => {
    const project = await tokenProject(provider)
    const old = await value(project)
    const { code, report } = await project.json(['rotate', 'TOKEN', ...urgent])
    expect([code, report.error, actions(report)]).toEqual([0, undefined, ['rotate']])
    expect(report.data).toMatchObject({ first: [] })
    expect(await value(project)).not.toBe(old)
    const [status] = await statusOf(project)
    expect(status?.state).toBe('steady')
    expect(status?.previous).not.toBe('accepted')
    expect(await answer(project, 'TOKEN_OLD')).not.toBe(old)
    expect((await project.json(['rollback', 'TOKEN'])).report.error?.code).toBe(
      'rotation.nothing_to_roll_back',
    )
  })

  it('drops a value that is still accepted first, and makes one new value', async () => {
    const project = await tokenProject(provider)
    const first = await value(project)
    await project.run(['rotate', 'TOKEN'])
    const second = await value(project)
    expect((await project.run(['rotate', 'TOKEN', ...urgent])).code).toBe(0)
    expect([first, second]).not.toContain(await value(project))
    expect((await statusOf(project))[0]?.state).toBe('steady')
    expect([first, second]).not.toContain(await answer(project, 'TOKEN_OLD'))
  })

  it('of the previous value keeps the current one', async () => {
    const project = await tokenProject(provider)
    const first = await value(project)
    const words = ['rotate', 'TOKEN', ...urgent, '--compromised', 'previous']
    expect((await project.json(words)).report.error?.code).toBe('rotation.nothing_to_retire')
    await project.run(['rotate', 'TOKEN'])
    const second = await value(project)
    const { code, report } = await project.json(words)
    expect([code, actions(report)]).toEqual([0, ['retire']])
    expect(await value(project)).toBe(second)
    expect(await answer(project, 'TOKEN_OLD')).not.toBe(first)
  })
})

describe('an emergency', () => {
  const environments = ['staging', 'production']
  const setInBoth = environments.map(env => [['set', 'TOKEN', '--generate', 'hex:32', '--env', env]] as const)
  const twoEnvironments = `version: 1
environments: { staging: { provider: local, path: staging }, production: { provider: local, path: production } }
variables: { TOKEN: { secret: true, generate: hex:32 } }
`

  it('is everywhere unless an environment is named', async () => {
    const project = await preparedProject({ 'secrets.yaml': twoEnvironments }, setInBoth)
    const olds = await Promise.all(environments.map(env => answer(project, 'TOKEN', '--env', env)))
    const { code, report } = await project.json(['rotate', 'TOKEN', ...urgent])
    expect([code, actions(report)]).toEqual([0, ['rotate', 'rotate']])
    const news = await Promise.all(environments.map(env => answer(project, 'TOKEN', '--env', env)))
    expect(new Set([...olds, ...news]).size).toBe(4)
    expect((await project.json(['rotate', 'TOKEN', ...urgent, '--env', 'staging'])).code).toBe(0)
    expect(await answer(project, 'TOKEN', '--env', 'production')).toBe(news[1])
  })

  inDepth('goes on where another environment fails, and is not done then', async () => {
    const project = await preparedProject({ 'secrets.yaml': twoEnvironments }, setInBoth)
    const old = await answer(project, 'TOKEN', '--env', 'production')
    // The manifest says of one environment that somebody else issues the value there.
    project.write(
      'secrets.yaml',
      twoEnvironments.replace(
        'generate: hex:32',
        'generate: hex:32, environments: { staging: { rotate: { kind: manual } } }',
      ),
    )
    const { code, report } = await project.json(['rotate', 'TOKEN', ...urgent])
    expect(code).not.toBe(0)
    expect(actions(report)).toEqual(['rotate'])
    expect(await answer(project, 'TOKEN', '--env', 'production')).not.toBe(old)
  })

  it.each(some([[[]], [['--dry-run']]], 2))('%j tells what may not be changed as a failure', async words => {
    const project = new Project({
      'secrets.yaml': `version: 1
environments: { development: { provider: local } }
variables: { JWT_SECRET: { secret: true, generate: hex:64 } }
`,
    })
    await project.run(['set', 'JWT_SECRET', '--generate', 'hex:64'])
    const { code, report } = await project.json(['rotate', '--all', ...urgent, ...words])
    expect([code, report.error?.code, report.data?.['skipped']]).toEqual([1, 'rotation.kind_required', []])
    expect(report.data?.['failed']).toMatchObject([{ name: 'JWT_SECRET', code: 'rotation.kind_required' }])
  })

  it('of nothing says how one of everything is written', async () => {
    const project = await tokenProject('local')
    const { report } = await project.json(['rotate', ...urgent])
    expect(report.error?.code).toBe('usage.missing_name')
    expect(report.error?.hints.join('\n')).toContain('--all --emergency')
  })

  it('is agreed to by somebody, and shown before', async () => {
    const project = await tokenProject('local')
    const old = await value(project)
    expect((await project.json(['rotate', 'TOKEN', '--emergency'])).report.error?.code).toBe(
      'usage.needs_confirmation',
    )
    const { report } = await project.json(['rotate', 'TOKEN', '--emergency', '--dry-run'])
    expect(report.data?.['rotations']).toMatchObject([
      { plan: [{ step: 'stage' }, { step: 'commit' }, { step: 'retire' }] },
    ])
    expect(await value(project)).toBe(old)
  })

  it.each([
    [['--compromised', 'previous']],
    [['--emergency', '--compromised', 'all']],
    [['--emergency', '--grace', '1h']],
    [['--emergency', '--due']],
    [['--emergency', '--plan', 'p.json']],
  ])('%j is refused', async words => {
    const project = await tokenProject('local')
    expect((await project.json(['rotate', 'TOKEN', '--yes', ...words])).report.error?.code).toBe(
      'usage.invalid_argument',
    )
  })
})

describe('hooks of an emergency', () => {
  it('shut the doors before, and end the sessions after', async () => {
    const project = await hookedProject({ hooks: allHooks, provider: 'local' })
    expect((await project.run(['rotate', 'TOKEN', ...urgent])).code).toBe(0)
    expect(steps(project)).toEqual([
      ...['onEmergency', 'beforeStage', 'apply', 'verifyStaged', 'afterCommit', 'verify'],
      ...['reencrypt', 'revoke', 'afterRetire', 'invalidate'],
    ])
    expect(told(project).at(-1)).toMatchObject({ new: (await value(project)).trim(), old: null })
  })

  it('that fail do not stop it, and never bring the old value back', async () => {
    for (const hook of some(['verify', 'onEmergency', 'invalidate'], 3)) {
      const project = await hookedProject({ hooks: allHooks, provider: 'local' })
      const old = await value(project)
      project.write(`do-${hook}`, 'process.exit(3)')
      const { code, report } = await project.json(['rotate', 'TOKEN', ...urgent])
      const expected = hook === 'verify' ? 'rotation.verify_failed' : 'rotation.hook_failed'
      expect([hook, code, report.error?.code]).toEqual([hook, 1, expected])
      expect(await value(project)).not.toBe(old)
      const [status] = await statusOf(project)
      expect([status?.state, status?.previous === 'accepted']).toEqual(['steady', false])
    }
  })

  it('that is killed is gone on with as an emergency', async () => {
    const project = await hookedProject({ hooks: ['afterCommit'], provider: 'local' })
    const old = await value(project)
    project.write('do-afterCommit', 'process.kill(process.ppid, "SIGKILL")')
    expect((await project.run(['rotate', 'TOKEN', ...urgent])).code).not.toBe(0)
    expect(await value(project)).not.toBe(old)
    project.write('do-afterCommit', '')
    expect((await project.json(['rollback', 'TOKEN'])).report.error?.code).toBe('rotation.compromised')
    expect((await project.run(['rotate', '--due'])).code).toBe(0)
    const [status] = await statusOf(project)
    expect([status?.state, status?.previous === 'accepted']).toEqual(['steady', false])
  })
})
