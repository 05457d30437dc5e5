import { describe, expect, it } from 'vitest'
import { preparedProject, type Project } from '../support/cli.ts'
import { currentValue } from '../support/stored.ts'

const manifest = `version: 1
environments:
  staging: { provider: local, path: .secrets/staging }
  production: { provider: local, path: .secrets/production }
variables:
  TOKEN: { secret: true, generate: hex:32 }
  OTHER: { secret: true, generate: hex:32 }
`
const production = ['--env', 'production']

async function made(): Promise<Project> {
  const commands = ['staging', 'production'].flatMap(env =>
    ['TOKEN', 'OTHER'].map(name => [['set', name, '--generate', 'hex:32', '--env', env]] as const),
  )
  return await preparedProject({ 'secrets.yaml': manifest }, commands)
}

const value = async (project: Project, name = 'TOKEN', environment = 'production'): Promise<string> =>
  await currentValue(project, name, { environment, at: `.secrets/${environment}` })

/** What the command answers: its exit code and the code of its error. */
async function answer(
  project: Project,
  words: readonly string[],
  hours = 0,
): Promise<readonly [number, string | undefined]> {
  const env = { SECRETS_CLOCK_OFFSET: String(hours * 3_600_000) }
  const { code, report } = await project.json(words, { env })
  return [code, report.error?.code]
}

const plan = ['rotate', 'TOKEN', ...production, '--plan', 'plan.json']
const apply = ['rotate', '--apply', 'plan.json']
const stale = [1, 'rotation.plan_stale']

describe('a rotation in production', () => {
  it('needs a word where nobody can be asked, except by the schedule', async () => {
    const project = await made()
    const old = await value(project)
    expect(await answer(project, ['rotate', 'TOKEN', ...production])).toEqual([2, 'usage.needs_confirmation'])
    expect(await answer(project, ['rotate', '--all', ...production])).toEqual([2, 'usage.needs_confirmation'])
    expect(await value(project)).toBe(old)
    expect(await answer(project, ['rotate', 'TOKEN', ...production, '--dry-run'])).toEqual([0, undefined])
    expect(await answer(project, ['rotate', 'OTHER', '--env', 'staging'])).toEqual([0, undefined])
    expect(await answer(project, ['rotate', '--due', ...production], 31 * 24)).toEqual([0, undefined])
    expect(await value(project)).not.toBe(old)
    expect(await answer(project, ['rotate', 'TOKEN', ...production, '--resume'], 31 * 24)).toEqual([
      0,
      undefined,
    ])
  })

  it('goes on with --yes', async () => {
    const project = await made()
    const old = await value(project)
    expect(await answer(project, ['rotate', 'TOKEN', ...production, '--yes'])).toEqual([0, undefined])
    expect(await value(project)).not.toBe(old)
  })
})

describe('a plan', () => {
  it('changes nothing, holds no value, and is carried out once', async () => {
    const project = await made()
    const old = await value(project)
    const { code, report } = await project.json([...plan, '--grace', '2h'])
    expect([code, report.data?.['plan']]).toEqual([0, 'plan.json'])
    expect(await value(project)).toBe(old)
    const text = project.read('plan.json')
    expect(text).not.toContain(old)
    expect(JSON.parse(text)).toMatchObject({
      env: 'production',
      grace: 7200,
      secrets: [{ name: 'TOKEN', target: 'local', state: 'steady', pending: null }],
    })
    const applied = await project.json(apply)
    expect(applied.code).toBe(0)
    const [entry] = applied.report.data?.['rotations'] as readonly {
      deadline: string
      current: { since: string }
    }[]
    expect(Date.parse(entry!.deadline) - Date.parse(entry!.current.since)).toBe(7_200_000)
    expect(await value(project)).not.toBe(old)
    expect(await value(project, 'TOKEN', 'staging')).not.toBe(await value(project))
    expect((await project.json(apply)).code).toBe(1)
  })

  it('is refused when anything has moved, and nothing is changed', async () => {
    const changes: Readonly<Record<string, (project: Project) => Promise<unknown>>> = {
      'the value': project =>
        project.run(['set', 'TOKEN', ...production], { input: 'typed-by-a-person-later' }),
      'the manifest': project => {
        project.write('secrets.yaml', `${manifest}# later\n`)
        return Promise.resolve()
      },
      'the plan itself': project => {
        project.write('plan.json', project.read('plan.json').replace(/"version": "[^"]+"/, '"version": "x"'))
        return Promise.resolve()
      },
    }
    for (const [what, change] of Object.entries(changes)) {
      const project = await made()
      expect(await answer(project, plan)).toEqual([0, undefined])
      await change(project)
      const old = await value(project)
      expect([what, ...(await answer(project, apply))]).toEqual([what, ...stale])
      expect(await value(project)).toBe(old)
    }
  })

  it('is refused a day later, and for another environment', async () => {
    const project = await made()
    expect(await answer(project, plan)).toEqual([0, undefined])
    const old = await value(project)
    expect(await answer(project, apply, 25)).toEqual(stale)
    expect(await answer(project, [...apply, '--env', 'staging'])).toEqual(stale)
    expect(await value(project)).toBe(old)
    expect(await answer(project, [...apply, ...production])).toEqual([0, undefined])
  })

  it('of several secrets changes none when one has moved', async () => {
    const project = await made()
    expect(await answer(project, ['rotate', '--all', ...production, '--plan', 'plan.json'])).toEqual([
      0,
      undefined,
    ])
    const old = await value(project, 'OTHER')
    await project.run(['set', 'TOKEN', ...production], { input: 'typed-by-a-person-later' })
    expect(await answer(project, apply)).toEqual(stale)
    expect(await value(project, 'OTHER')).toBe(old)
  })

  it('says what is no plan, and what cannot stand beside it', async () => {
    const project = await made()
    expect(await answer(project, apply)).toEqual([2, 'file.missing'])
    for (const text of ['', '{}', '{"format":"secrets rotation plan 1"}']) {
      project.write('plan.json', text)
      expect(await answer(project, apply)).toEqual([2, 'usage.invalid_argument'])
    }
    for (const more of [['--due'], ['--grace', '1h'], ['TOKEN'], ['--yes'], ['--plan', 'x']])
      expect(await answer(project, [...apply, ...more])).toEqual([2, 'usage.invalid_argument'])
    expect(await answer(project, [...plan, '--due'])).toEqual([2, 'usage.invalid_argument'])
  })
})
