import { describe, expect, it } from 'vitest'
import { Project, type JsonReport } from '../support/cli.ts'
import { inDepth } from '../support/thorough.ts'

const template =
  '# Signs the session cookies\n# secrets: generate hex:32\nSESSION_SECRET_KEY=change-me\nPORT=3000\n'
const day = 86_400_000

interface Status {
  readonly name: string
  readonly state: string
  readonly previous: string
  readonly target: string
  readonly environment: string
  readonly action?: string
  readonly current: { readonly version: string; readonly since: string | null } | null
  readonly deadline?: string
  readonly due?: string
  readonly plan?: readonly { readonly step: string; readonly at?: string }[]
}

async function initialised(files: Record<string, string> = { '.env.example': template }): Promise<Project> {
  const project = new Project(files)
  expect((await project.run(['init'])).code).toBe(0)
  return project
}

/** The clock of the command, so many milliseconds ahead. */
const ahead = (milliseconds: number): { env: Record<string, string> } => ({
  env: { SECRETS_CLOCK_OFFSET: String(milliseconds) },
})

function value(project: Project, name: string, file = '.env'): string | undefined {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(project.read(file))?.[1]
}

function entries(report: JsonReport, noun: 'rotations' | 'secrets'): readonly Status[] {
  return (report.data?.[noun] ?? []) as readonly Status[]
}

async function statusOf(project: Project, name: string, offset = 0): Promise<Status> {
  const { report } = await project.json(['status', name], ahead(offset))
  return entries(report, 'secrets')[0]!
}

describe('rotate, from steady to steady', () => {
  it('keeps the old value accepted until the deadline, then retires it', async () => {
    const project = await initialised()
    const old = value(project, 'SESSION_SECRET_KEY')
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY', '--grace', '1h'])
    expect(code).toBe(0)
    const [rotated] = entries(report, 'rotations')
    expect(rotated).toMatchObject({ action: 'rotate', state: 'grace', previous: 'accepted', target: '.env' })
    expect(Date.parse(rotated!.deadline!) - Date.parse(rotated!.current!.since!)).toBe(3_600_000)
    expect(value(project, 'SESSION_SECRET_KEY')).toMatch(/^[0-9a-f]{64}$/)
    expect(value(project, 'SESSION_SECRET_KEY')).not.toBe(old)
    expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBe(old)
    expect(project.mode('.env')).toBe(0o600)

    const early = await project.json(['retire', 'SESSION_SECRET_KEY'])
    expect([early.code, early.report.error?.code]).toEqual([1, 'rotation.too_early'])
    const again = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([again.code, again.report.error?.code]).toEqual([1, 'rotation.grace_open'])
    expect((await project.json(['rotate', '--due'])).report.data).toMatchObject({ rotations: [], failed: [] })

    const later = ahead(3_700_000)
    expect((await statusOf(project, 'SESSION_SECRET_KEY', 3_700_000)).state).toBe('overdue')
    expect((await project.run(['status', '--due'], later)).code).toBe(1)
    const due = await project.json(['rotate', '--due'], later)
    expect(entries(due.report, 'rotations')).toMatchObject([{ action: 'retire', state: 'steady' }])
    expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBeUndefined()
    expect((await project.run(['status', '--due'], later)).code).toBe(0)
  })

  it('rotates what the schedule asks for, and nothing else', async () => {
    const project = await initialised()
    const old = value(project, 'SESSION_SECRET_KEY')
    const early = await project.json(['rotate', '--due'], ahead(89 * day))
    expect(entries(early.report, 'rotations')).toEqual([])
    const due = await project.json(['rotate', '--due'], ahead(91 * day))
    expect(entries(due.report, 'rotations')).toMatchObject([{ action: 'rotate', name: 'SESSION_SECRET_KEY' }])
    expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBe(old)
  })

  inDepth('changes only its own lines: the rest of the file stays byte for byte', async () => {
    const project = new Project()
    const file =
      '\ufeff# a file with all its oddities\r\nexport A="1"   # one\r\n\r\n  B = two words\r\n# secrets: generate hex:32\r\nexport TOKEN_KEY=abcdefabcdefabcdefabcdefabcdef01\r\nnot an assignment\r\nLAST=x'
    project.write('.env', file, 0o600)
    expect((await project.run(['rotate', 'TOKEN_KEY', '--grace', '1h'])).code).toBe(0)
    expect(project.read('.env')).toContain('\r\nexport TOKEN_KEY_OLD=abcdefabcdefabcdefabcdefabcdef01\r\n')
    expect((await project.run(['rotate', '--due'], ahead(3_700_000))).code).toBe(0)
    const key = value(project, 'export TOKEN_KEY')!
    const restored = project
      .read('.env')
      .replace(key.trim(), 'abcdefabcdefabcdefabcdefabcdef01')
      .replace(/# secrets: rotation TOKEN_KEY [^\r]*\r\n/, '')
    expect(restored).toBe(file)
  })
})

describe('rollback, abort, dry run', () => {
  it('goes back to the previous value while it is there', async () => {
    const project = await initialised()
    const old = value(project, 'SESSION_SECRET_KEY')
    await project.run(['rotate', 'SESSION_SECRET_KEY'])
    const { code, report } = await project.json(['rollback', 'SESSION_SECRET_KEY'])
    expect(code).toBe(0)
    expect(entries(report, 'rotations')).toMatchObject([
      { action: 'rollback', state: 'steady', previous: 'none' },
    ])
    expect([value(project, 'SESSION_SECRET_KEY'), value(project, 'SESSION_SECRET_KEY_OLD')]).toEqual([
      old,
      undefined,
    ])
    const again = await project.json(['rollback', 'SESSION_SECRET_KEY'])
    expect([again.code, again.report.error?.code]).toEqual([1, 'rotation.nothing_to_roll_back'])
  })

  it('keeps what the newer value signed accepted where asked', async () => {
    const project = await initialised()
    const old = value(project, 'SESSION_SECRET_KEY')
    await project.run(['rotate', 'SESSION_SECRET_KEY'])
    const newer = value(project, 'SESSION_SECRET_KEY')
    const { report } = await project.json(['rollback', 'SESSION_SECRET_KEY', '--keep-new', '--grace', '2h'])
    expect(entries(report, 'rotations')).toMatchObject([{ action: 'rollback', state: 'grace' }])
    expect([value(project, 'SESSION_SECRET_KEY'), value(project, 'SESSION_SECRET_KEY_OLD')]).toEqual([
      old,
      newer,
    ])
  })

  it('shows the plan of a dry run and changes nothing', async () => {
    const project = await initialised()
    const before = project.read('.env')
    const { code, report } = await project.json([
      'rotate',
      'SESSION_SECRET_KEY',
      '--dry-run',
      '--grace',
      '1h',
    ])
    expect(code).toBe(0)
    expect(entries(report, 'rotations')[0]?.plan?.map(({ step }) => step)).toEqual([
      'stage',
      'commit',
      'retire',
    ])
    expect(project.read('.env')).toBe(before)
  })

  it('resumes a staged rotation with the same value, or gives it up', async () => {
    for (const [words, action] of [
      [['rotate', 'SESSION_SECRET_KEY', '--resume'], 'resume'],
      [['rotate', 'SESSION_SECRET_KEY'], 'resume'],
      [['rotate', '--due'], 'resume'],
      [['rotate', 'SESSION_SECRET_KEY', '--abort'], 'abort'],
    ] as const) {
      const project = await stagedProject()
      const staged = /pending SESSION_SECRET_KEY=(\w+)/.exec(project.read('.env'))?.[1]
      const old = value(project, 'SESSION_SECRET_KEY')
      expect((await statusOf(project, 'SESSION_SECRET_KEY')).state).toBe('staged')
      expect((await project.run(['status', '--due'])).code).toBe(1)
      const { code, report } = await project.json(words)
      expect(code).toBe(0)
      expect(entries(report, 'rotations')).toMatchObject([{ action }])
      const isAborted = action === 'abort'
      expect(value(project, 'SESSION_SECRET_KEY')).toBe(isAborted ? old : staged)
      expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBe(isAborted ? undefined : old)
      expect(project.read('.env')).not.toContain('secrets: pending')
    }
  })

  inDepth('gives up a staged value when somebody else changed the current one', async () => {
    const project = await stagedProject()
    project.write(
      '.env',
      project.read('.env').replace(/^SESSION_SECRET_KEY=.*$/m, 'SESSION_SECRET_KEY=typed-by-hand'),
    )
    const refused = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([refused.code, refused.report.error?.code]).toEqual([1, 'rotation.foreign'])
    expect((await project.run(['rotate', 'SESSION_SECRET_KEY', '--abort'])).code).toBe(0)
    expect(value(project, 'SESSION_SECRET_KEY')).toBe('typed-by-hand')
    expect(project.read('.env')).not.toContain('secrets: pending')
  })
})

/** A project whose run died between stage and commit: made from the state that a run leaves at that point. */
async function stagedProject(): Promise<Project> {
  const project = await initialised()
  const { createFiles } = await import('../../src/effects/files.ts')
  const { connect } = await import('../../providers/dotenv.ts')
  const { systemRandom } = await import('../../src/effects/random.ts')
  const { Secret } = await import('../../src/core/secret.ts')
  const target = { id: '.env', provider: 'dotenv', environment: 'development', settings: { path: '.env' } }
  const deps = {
    files: createFiles(),
    random: systemRandom,
    env: {},
    root: project.path,
    note: () => undefined,
  }
  const { rotation } = await connect(target, deps)
  const { signal } = new AbortController()
  const candidate = new Secret('f'.repeat(64))
  await rotation!.stage(
    'SESSION_SECRET_KEY',
    'initial',
    candidate,
    { runId: 'dead', mode: 'scheduled' },
    signal,
  )
  return project
}

describe('what rotate refuses', () => {
  it.each([
    ['no name', ['rotate'], 'usage.missing_name', 2],
    ['an unknown name', ['rotate', 'NO_SUCH'], 'secret.absent', 1],
    ['what is no name', ['rotate', 'not a name!'], 'usage.bad_name', 2],
    ['what is not a secret of ours', ['rotate', 'PORT'], 'rotation.kind_required', 1],
    ['a companion', ['rotate', 'SESSION_SECRET_KEY', '--abort'], 'rotation.nothing_staged', 1],
    ['names beside --due', ['rotate', 'PORT', '--due'], 'usage.invalid_argument', 2],
    ['two modes', ['rotate', '--due', '--all'], 'usage.invalid_argument', 2],
    [
      'a grace that is none',
      ['rotate', 'SESSION_SECRET_KEY', '--grace', 'soon'],
      'usage.invalid_argument',
      2,
    ],
    ['retire with nothing to retire', ['retire', 'SESSION_SECRET_KEY'], 'rotation.nothing_to_retire', 1],
    ['retire without a name', ['retire'], 'usage.missing_name', 2],
  ])('%s', async (_what, words, code, exit) => {
    const project = await initialised()
    const before = project.read('.env')
    const result = await project.json(words)
    expect([result.report.error?.code, result.code]).toEqual([code, exit])
    expect(result.report.ok).toBe(false)
    expect(project.read('.env')).toBe(before)
  })

  it('kinds that need more than two accepted values', async () => {
    const names = ['JWT_SECRET', 'ENCRYPTION_KEY', 'POSTGRES_PASSWORD']
    const lines = names.map(name => `# secrets: generate hex:32\n${name}=\n`).join('')
    const project = await initialised({ '.env.example': lines })
    for (const name of names) {
      const { code, report } = await project.json(['rotate', name])
      expect([name, code, report.error?.code]).toEqual([name, 1, 'rotation.kind_required'])
    }
    const all = await project.json(['rotate', '--all'])
    expect(all.code).toBe(0)
    expect(all.report.data).toMatchObject({ rotations: [] })
    expect(
      ((all.report.data?.['skipped'] ?? []) as { name: string }[]).map(({ name }) => name).sort(),
    ).toEqual(names.sort())
  })

  it('a value that is used in another place too, naming the place', async () => {
    const project = await initialised()
    const key = value(project, 'SESSION_SECRET_KEY')!
    project.write('.env', `${project.read('.env')}CALLBACK=https://example.test/?k=${key}\n`, 0o600)
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.kind_required'])
    expect(report.error?.hints.join('\n')).toContain('CALLBACK')
    expect(JSON.stringify(report)).not.toContain(key)
  })

  inDepth('a name that stands in two files', async () => {
    const project = await initialised({ 'api/.env.example': template, 'worker/.env.example': template })
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([code, report.error?.code]).toEqual([2, 'usage.ambiguous'])
    expect((await project.run(['rotate', 'SESSION_SECRET_KEY', '--cwd', 'api'])).code).toBe(0)
  })

  it('one value in two files: rotating one would break the other', async () => {
    const project = await initialised({ 'api/.env.example': template, 'worker/.env.example': template })
    project.write('worker/.env', project.read('api/.env'), 0o600)
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.kind_required'])
  })

  it('knows in a sub-package what init generated for it from above', async () => {
    const plain = 'SESSION_SECRET_KEY=change-me\n'
    const project = await initialised({ 'api/.env.example': plain, 'worker/.env.example': plain })
    expect((await project.run(['rotate', 'SESSION_SECRET_KEY', '--cwd', 'worker'])).code).toBe(0)
  })

  it('a NAME_OLD that is not ours', async () => {
    const project = await initialised()
    project.write('.env', `${project.read('.env')}SESSION_SECRET_KEY_OLD=mine\n`, 0o600)
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.name_taken'])
    expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBe('mine')
  })

  it('a value that was edited by hand during the grace', async () => {
    const project = await initialised()
    await project.run(['rotate', 'SESSION_SECRET_KEY'])
    project.write(
      '.env',
      project.read('.env').replace(/^SESSION_SECRET_KEY=.*$/m, 'SESSION_SECRET_KEY=mine'),
      0o600,
    )
    const before = project.read('.env')
    expect((await statusOf(project, 'SESSION_SECRET_KEY')).state).toBe('foreign')
    for (const words of [
      ['rotate', 'SESSION_SECRET_KEY'],
      ['retire', 'SESSION_SECRET_KEY'],
      ['rollback', 'SESSION_SECRET_KEY'],
    ]) {
      const { code, report } = await project.json(words, ahead(2 * day))
      expect([code, report.error?.code]).toEqual([1, 'rotation.foreign'])
    }
    expect(project.read('.env')).toBe(before)
  })

  inDepth('a clock that stands before the last rotation', async () => {
    const project = await initialised()
    await project.run(['rotate', 'SESSION_SECRET_KEY', '--grace', '0s'], ahead(2 * day))
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect(code).toBe(1)
    expect(['rotation.clock_skew', 'rotation.grace_open']).toContain(report.error?.code)
  })

  inDepth('a secret that is assigned twice', async () => {
    const project = await initialised()
    project.write('.env', `${project.read('.env')}SESSION_SECRET_KEY=other\n`, 0o600)
    const { code, report } = await project.json(['rotate', 'SESSION_SECRET_KEY'])
    expect([code, report.error?.code]).toEqual([2, 'env_file.duplicate_name'])
    expect(report.error?.at).toMatchObject({ path: '.env' })
  })

  inDepth('several names change nothing when one of them is refused', async () => {
    const project = await initialised()
    const before = project.read('.env')
    expect((await project.run(['rotate', 'SESSION_SECRET_KEY', 'PORT'])).code).toBe(1)
    expect(project.read('.env')).toBe(before)
  })
})

describe('two runners at once', () => {
  it('make one new value, and both know it', async () => {
    const project = await initialised()
    const old = value(project, 'SESSION_SECRET_KEY')
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => project.json(['rotate', 'SESSION_SECRET_KEY'])),
    )
    const winners = runs.filter(({ code }) => code === 0)
    expect(winners.length).toBeGreaterThan(0)
    for (const { code, report } of runs) {
      if (code !== 0) expect(report.error?.code).toBe('rotation.grace_open')
    }
    const versions = new Set(winners.map(({ report }) => entries(report, 'rotations')[0]?.current?.version))
    expect(versions.size).toBe(1)
    expect(value(project, 'SESSION_SECRET_KEY_OLD')).toBe(old)
    expect(project.read('.env').match(/^SESSION_SECRET_KEY/gm)).toHaveLength(2)
  })
})
