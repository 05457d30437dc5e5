import { describe, expect, it } from 'vitest'
import { type JsonReport, preparedProject, Project } from '../support/cli.ts'
import { currentValue } from '../support/stored.ts'
import { amount, inDepth, some } from '../support/thorough.ts'
import { expectRefused, treeOf } from './refusal.ts'

const hour = 3_600_000
const ahead = (milliseconds: number): { env: Record<string, string> } => ({
  env: { SECRETS_CLOCK_OFFSET: String(milliseconds) },
})
const variables = '  API_TOKEN: { secret: true, generate: hex:32 }\n'
const manifest = (provider: string): string =>
  `version: 1\nenvironments:\n  development: { provider: ${provider} }\nvariables:\n${variables}`

interface Entry {
  readonly state: string
  readonly current: { readonly version: string }
}
const rotations = ({ data }: JsonReport): readonly Entry[] => (data?.['rotations'] ?? []) as readonly Entry[]

// What test/cli/rotate.test.ts shows of the plain file is not repeated here.
describe.each(some(['local', 'dotenv'], 2))('a rotation on %s', provider => {
  async function started(): Promise<Project> {
    return await preparedProject({ 'secrets.yaml': manifest(provider) }, [
      [['set', 'API_TOKEN'], { input: 'first-value' }],
    ])
  }

  it('with a clock before the last rotation writes no deadline', async () => {
    const project = await started()
    expect((await project.run(['rotate', 'API_TOKEN', '--grace', '1h'], ahead(72 * hour))).code).toBe(0)
    await expectRefused(project, ['rotate', 'API_TOKEN'], { code: 'rotation.grace_open' })
    await expectRefused(project, ['retire', 'API_TOKEN'], { code: 'rotation.too_early' })
    const before = treeOf(project)
    const due = await project.json(['rotate', '--due'])
    expect(rotations(due.report)).toEqual([])
    expect((await project.run(['status'])).code).toBe(0)
    expect(treeOf(project)).toEqual(before)
    expect((await project.run(['rotate', '--due'], ahead(74 * hour))).code).toBe(0)
    expect((await project.json(['get', 'API_TOKEN_OLD'])).report.error?.code).toBe('secret.absent')
    await expectRefused(project, ['rotate', 'API_TOKEN'], { code: 'rotation.clock_skew' })
  })

  it('of a NAME whose NAME_OLD is a secret of its own', async () => {
    const project = await started()
    expect((await project.run(['set', 'API_TOKEN_OLD'], { input: 'of-somebody-else' })).code).toBe(0)
    await expectRefused(project, ['rotate', 'API_TOKEN'], { code: 'rotation.name_taken' })
    expect((await project.run(['get', 'API_TOKEN_OLD'])).stdout).toBe('of-somebody-else')
  })

  it('four at once: one new value, and the old one beside it', async () => {
    const project = await started()
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => project.json(['rotate', 'API_TOKEN', '--grace', '1h'])),
    )
    const done = runs.filter(({ code }) => code === 0)
    expect(new Set(done.map(({ report }) => rotations(report)[0]?.current.version)).size).toBe(1)
    for (const { report } of runs.filter(({ code }) => code !== 0)) {
      expect(report.error?.code).toBe('rotation.grace_open')
    }
    expect((await project.run(['get', 'API_TOKEN_OLD'])).stdout).toBe('first-value')
    expect((await project.run(['get', 'API_TOKEN'])).stdout).toMatch(/^[0-9a-f]{64}$/)
  })

  inDepth('rotate, set and rollback at once end in one state that they allow', async () => {
    const project = await started()
    const commands = [
      ['rotate', 'API_TOKEN'],
      ['set', 'API_TOKEN'],
      ['rollback', 'API_TOKEN'],
      ['retire', 'API_TOKEN'],
    ]
    const runs = await Promise.all(commands.map(words => project.json(words, { input: 'by-hand' })))
    for (const { report, code } of runs) {
      expect(report.error?.code).not.toBe('internal.unexpected')
      if (code !== 0) expect(report.error?.code).toMatch(/^(?:rotation|provider)\./)
    }
    const { report } = await project.json(['status', 'API_TOKEN'])
    const [status] = (report.data?.['secrets'] ?? []) as unknown as readonly Entry[]
    expect(['steady', 'grace', 'foreign']).toContain(status?.state)
    const [current, old] = await Promise.all(
      ['API_TOKEN', 'API_TOKEN_OLD'].map(async name => (await project.run(['get', name])).stdout),
    )
    expect(current === 'by-hand' || current === 'first-value' || /^[0-9a-f]{64}$/.test(current!)).toBe(true)
    expect(['', 'first-value', 'by-hand']).toContain(old)
  })

  it('values set at once are all there', async () => {
    const project = await started()
    const names = Array.from({ length: amount(8, 4) }, (_, index) => `TOKEN_${String(index)}`)
    const runs = await Promise.all(
      names.map(name => project.run(['set', name], { input: `value-of-${name}` })),
    )
    expect(runs.map(({ code }) => code)).toEqual(names.map(() => 0))
    for (const name of names) expect(await currentValue(project, name)).toBe(`value-of-${name}`)
    expect(await currentValue(project, 'API_TOKEN')).toBe('first-value')
  })
})

describe('init', () => {
  it('four at once: one file, whole, whose values are known as ours', async () => {
    const template = Array.from(
      { length: 5 },
      (_, index) => `# secrets: generate hex:32\nKEY_${String(index)}=\n`,
    )
    const project = new Project({ '.env.example': template.join('') })
    const runs = await Promise.all(Array.from({ length: 4 }, () => project.json(['init'])))
    expect(runs.some(({ code }) => code === 0)).toBe(true)
    for (const { report, code } of runs.filter(one => one.code !== 0)) {
      expect([code, report.error?.code]).toEqual([2, 'env_file.changed'])
      expect(report.error?.retryable).toBe(true)
    }
    expect(project.read('.env').match(/^KEY_\d=[0-9a-f]{64}$/gm)).toHaveLength(5)
    expect((await project.run(['init'])).code).toBe(0)
    expect((await project.run(['rotate', 'KEY_0'])).code).toBe(0)
    const files = [...treeOf(project).keys()]
    expect(files.filter(name => /\.(?:tmp|lock)$/.test(name))).toEqual([])
  })
})
