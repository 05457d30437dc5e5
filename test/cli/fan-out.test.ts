import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const hour = 3_600_000
const ahead = (hours: number): { env: Record<string, string> } => ({
  env: { SECRETS_CLOCK_OFFSET: String(hours * hour) },
})

const first = 'the-first-value-of-all-0123456789'
const manifest = (
  variables = 'TOKEN: { secret: true, generate: "chars:32", rotate: { kind: verifier } }',
): string =>
  `version: 1
environments:
  development: { targets: [{ id: east, provider: dotenv, path: east.env }, { id: west, provider: dotenv, path: west.env }] }
variables:
  ${variables}
`

/** One value in both files. */
function inBoth(text = `TOKEN=${first}\n`, variables?: string): Project {
  const project = new Project({ 'secrets.yaml': manifest(variables) })
  for (const target of ['east', 'west']) project.write(`${target}.env`, text, 0o600)
  return project
}
const valuesOf = (project: Project, target: string): Record<string, string> =>
  parse(project.read(`${target}.env`))

interface Entry {
  readonly target: string
  readonly state: string
  readonly previous: string
  readonly deadline: string
  readonly action?: string
  readonly also?: readonly string[]
}
async function statusOf(project: Project, hours = 0): Promise<readonly Entry[]> {
  const { report } = await project.json(['status', 'TOKEN'], ahead(hours))
  return report.data?.['secrets'] as readonly Entry[]
}

describe('one value in several targets of an environment', () => {
  it('is changed in all of them by one rotation, and retired in all', async () => {
    const project = inBoth()
    const planned = await project.json(['rotate', 'TOKEN', '--dry-run'])
    expect(planned.report.data?.['rotations']).toMatchObject([{ target: 'east.env', also: ['west.env'] }])
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error]).toEqual([0, undefined])
    expect(report.data?.['rotations']).toMatchObject([
      { action: 'rotate', target: 'east.env', also: ['west.env'] },
    ])
    const [east, west] = [valuesOf(project, 'east'), valuesOf(project, 'west')]
    expect(east['TOKEN']).not.toBe(first)
    expect([west['TOKEN'], west['TOKEN_OLD'], east['TOKEN_OLD']]).toEqual([east['TOKEN'], first, first])
    const states = await statusOf(project)
    expect(states.map(({ state, previous }) => [state, previous])).toEqual([
      ['grace', 'accepted'],
      ['grace', 'accepted'],
    ])
    // The grace begins with the last of them.
    expect(Date.parse(states[0]!.deadline)).toBeGreaterThanOrEqual(Date.parse(states[1]!.deadline))
    expect((await project.json(['rotate', 'TOKEN'])).report.error?.code).toBe('rotation.grace_open')
    expect((await project.run(['rotate', '--due'], ahead(25))).code).toBe(0)
    expect((await statusOf(project, 25)).map(({ state }) => state)).toEqual(['steady', 'steady'])
    for (const target of ['east', 'west']) expect(valuesOf(project, target)).toEqual({ TOKEN: east['TOKEN'] })
  })

  it('is rotated once by --all and by the schedule', async () => {
    const project = inBoth()
    const { report } = await project.json(['rotate', '--all'])
    expect(report.data).toMatchObject({
      rotations: [{ target: 'east.env', also: ['west.env'] }],
      skipped: [],
    })
    const rotated = valuesOf(project, 'west')['TOKEN']
    expect(valuesOf(project, 'east')['TOKEN']).toBe(rotated)
    expect((await project.run(['rotate', '--due'], ahead(25))).code).toBe(0)
    const due = await project.json(['rotate', '--due'], ahead(200 * 24))
    expect(due.report.data).toMatchObject({
      rotations: [{ action: 'rotate', also: ['west.env'] }],
      skipped: [],
    })
    expect(valuesOf(project, 'east')['TOKEN']).toBe(valuesOf(project, 'west')['TOKEN'])
    expect(valuesOf(project, 'east')['TOKEN_OLD']).toBe(rotated)
  })

  it('goes back in all of them', async () => {
    const project = inBoth()
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect((await project.run(['rollback', 'TOKEN'])).code).toBe(0)
    for (const target of ['east', 'west']) expect(valuesOf(project, target)['TOKEN']).toBe(first)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect((await project.run(['rollback', 'TOKEN', '--keep-new'])).code).toBe(0)
    const [east, west] = [valuesOf(project, 'east'), valuesOf(project, 'west')]
    expect([east['TOKEN'], west['TOKEN']]).toEqual([first, first])
    expect(west['TOKEN_OLD']).toBe(east['TOKEN_OLD'])
    expect(east['TOKEN_OLD']).toMatch(/^.{32}$/)
  })

  it('that leaked is refused in all of them at once', async () => {
    const project = inBoth()
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    const second = valuesOf(project, 'east')['TOKEN']
    const words = ['rotate', 'TOKEN', '--emergency', '--yes']
    expect((await project.run([...words, '--compromised', 'previous'])).code).toBe(0)
    for (const target of ['east', 'west']) expect(valuesOf(project, target)).toEqual({ TOKEN: second })
    const { code, report } = await project.json(words)
    expect([code, report.data?.['rotations']]).toMatchObject([
      0,
      [{ target: 'east.env', also: ['west.env'] }],
    ])
    const third = valuesOf(project, 'east')['TOKEN']
    expect([first, second]).not.toContain(third)
    for (const target of ['east', 'west']) expect(valuesOf(project, target)).toEqual({ TOKEN: third })
  })

  it('takes along what contains it in every target', async () => {
    const project = inBoth(
      `DB_PASSWORD=${first}\nDATABASE_URL=postgres://app:${first}@db/app\n`,
      'DB_PASSWORD: { secret: true, generate: "chars:32", rotate: { kind: verifier } }\n  DATABASE_URL: { secret: true, rotate: { kind: composite } }',
    )
    expect((await project.run(['rotate', 'DB_PASSWORD'])).code).toBe(0)
    const password = valuesOf(project, 'east')['DB_PASSWORD'] ?? ''
    for (const target of ['east', 'west'])
      expect(valuesOf(project, target)).toMatchObject({
        DB_PASSWORD: password,
        DATABASE_URL: `postgres://app:${password}@db/app`,
        DATABASE_URL_OLD: `postgres://app:${first}@db/app`,
      })
  })

  it('of different values are different secrets of one name', async () => {
    const project = inBoth()
    project.write('west.env', 'TOKEN=another-value-than-in-the-east\n', 0o600)
    expect((await project.json(['rotate', 'TOKEN'])).report.error?.code).toBe('usage.ambiguous')
    expect(valuesOf(project, 'west')['TOKEN']).toBe('another-value-than-in-the-east')
  })

  it('is not announced in one of them for another', async () => {
    const project = inBoth(
      undefined,
      'TOKEN: { secret: true, generate: "chars:32", rotate: { kind: signing, refreshTtl: 5m, tokenTtl: 60m } }',
    )
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.kind_unsupported'])
    expect(valuesOf(project, 'east')).toEqual({ TOKEN: first })
  })
})

describe('a target that cannot be reached', () => {
  const closed = (project: Project): void => {
    project.write('west.env', Buffer.from([0x80, 0x00, 0xff]), 0o600)
  }

  it('keeps a rotation from beginning', async () => {
    const project = inBoth()
    closed(project)
    const { code } = await project.json(['rotate', 'TOKEN'])
    expect(code).toBe(2)
    expect(valuesOf(project, 'east')).toEqual({ TOKEN: first })
  })

  it('in the middle of one keeps it open and the old value valid, and the grace begins when it is back', async () => {
    const project = inBoth()
    // As after a run that died, or lost the second store, behind the first commit.
    const alone = manifest().replace(/, \{ id: west[^}]*\}/, '')
    project.write('secrets.yaml', alone)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    project.write('secrets.yaml', manifest())
    const west = project.read('west.env')
    closed(project)
    const late = await project.json(['rotate', '--due'], ahead(30))
    expect(late.code).toBe(2)
    expect(valuesOf(project, 'east')['TOKEN_OLD']).toBe(first)
    project.write('west.env', west, 0o600)
    expect((await project.run(['status', '--due'], ahead(30))).code).toBe(1)
    expect((await project.run(['rotate', '--due'], ahead(30))).code).toBe(0)
    const newer = valuesOf(project, 'east')['TOKEN']
    expect(newer).not.toBe(first)
    expect(valuesOf(project, 'west')['TOKEN']).toBe(newer)
    const [east, other] = await statusOf(project, 30)
    expect([east?.state, other?.state]).toEqual(['grace', 'grace'])
    expect(Date.parse(east!.deadline)).toBeGreaterThanOrEqual(Date.parse(other!.deadline))
    expect(Date.parse(east!.deadline)).toBeGreaterThan(Date.now() + 50 * hour)
    expect((await project.run(['rotate', '--due'], ahead(60))).code).toBe(0)
    expect((await statusOf(project, 60)).map(({ state }) => state)).toEqual(['steady', 'steady'])
  })
})
