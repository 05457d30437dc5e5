import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { amount, inDepth, some } from '../support/thorough.ts'
import { printing } from './started.ts'

/** What the program got: the values of those names. `--no-redact`, so that they can be compared. */
async function got(
  project: Project,
  words: readonly string[],
  names: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly (string | null)[]> {
  const { code, stdout, stderr } = await project.run(
    ['run', '--no-redact', '--quiet', ...words, ...printing(...names)],
    { env },
  )
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as (string | null)[]
}

describe('the variables of a file', () => {
  it('are all there, secret or not, as dotenv reads them', async () => {
    const project = new Project({
      '.env': 'TOKEN=one\nPORT=3000\nQUOTED="a b\\nc"\nEMPTY=\nexport SHELL_LIKE=\'$HOME #1\'\nTOKEN=two\n',
    })
    const names = ['TOKEN', 'PORT', 'QUOTED', 'EMPTY', 'SHELL_LIKE', 'NOBODY']
    expect(await got(project, [], names)).toEqual(['two', '3000', 'a b\nc', '', '$HOME #1', null])
  })

  it('may have names that mean something to JavaScript', async () => {
    const project = new Project({ '.env': '__proto__=p\nconstructor=c\n' })
    for (const [name, value] of [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ] as const) {
      expect((await project.run(['run', '--', 'printenv', name])).stdout).toBe(`${value}\n`)
    }
  })

  it('are those of the environment, and the file says which', async () => {
    const project = new Project({ '.env': 'A=dev\n', '.env.production': 'A=prod\n', 'sub/.env': 'A=sub\n' })
    expect(await got(project, [], ['A'])).toEqual(['dev'])
    expect(await got(project, ['--env', 'prod'], ['A'])).toEqual(['prod'])
    expect(await got(project, ['--cwd', 'sub'], ['A'])).toEqual(['sub'])
  })

  it('are refused in silence nowhere: no file, a missing file, all environments, no program', async () => {
    const project = new Project()
    const refused = async (...words: string[]): Promise<unknown[]> => {
      const { code, stdout } = await project.run(['--json', 'run', ...words])
      const report = JSON.parse(stdout) as JsonReport
      return [code, report.ok, report.error?.code]
    }
    expect(await refused('--', 'true')).toEqual([2, false, 'env_file.missing'])
    project.write('.env', 'A=1\n')
    const words = [
      [['--from', 'nowhere', '--', 'true'], 2, 'env_file.missing'],
      [['--env', 'all', '--', 'true'], 2, 'usage.invalid_argument'],
      [[], 2, 'usage.missing_name'],
      [['--'], 2, 'usage.missing_name'],
      [['true'], 2, 'usage.missing_name'],
      [['true', '--', 'false'], 2, 'usage.missing_name'],
      [['--only', 'B', '--', 'true'], 1, 'secret.absent'],
      [['--only', 'not a name', '--', 'true'], 2, 'usage.bad_name'],
    ] as const
    for (const [asked, exit, code] of some(words, 2)) {
      expect([asked, ...(await refused(...asked))]).toEqual([asked, exit, false, code])
    }
  })

  it('can be chosen, with their companions', async () => {
    const project = new Project({ '.env': 'A=1\nB=2\nC=3\nA_OLD=0\n' })
    expect(await got(project, ['--only', 'A,C'], ['A', 'A_OLD', 'B', 'C'])).toEqual(['1', '0', null, '3'])
    expect(await got(project, ['--only', 'A', 'C'], ['A', 'A_OLD', 'B', 'C'])).toEqual(['1', '0', null, '3'])
  })
})

describe('the environment that is there already', () => {
  const project = (): Project => new Project({ '.env': 'A=file\nB=file\nA_OLD=file-old\n' })

  it('wins, with a word about it, and the sources win with --override', async () => {
    expect(await got(project(), [], ['A', 'B'], { A: 'mine' })).toEqual(['mine', 'file'])
    expect(await got(project(), ['--override'], ['A', 'B'], { A: 'mine' })).toEqual(['file', 'file'])
    const { stderr, stdout } = await project().run(['run', ...printing('A')], { env: { A: 'mine' } })
    expect(stdout).toBe('["mine"]\n')
    expect(stderr).toMatch(/^secrets: note: .*A.*--override/)
    expect((await project().run(['run', ...printing('A')], { env: { A: 'file' } })).stderr).toBe('')
  })

  it('and a source never share a value and its previous one', async () => {
    expect(await got(project(), [], ['A', 'A_OLD'], { A: 'mine' })).toEqual(['mine', null])
    expect(await got(project(), [], ['B', 'B_OLD'], { B_OLD: 'of another B' })).toEqual(['file', null])
  })

  it('reaches the program whole', async () => {
    const env = { LOG_TOKENS: '1', LOG_STREAM: '2', NODE_DEBUG: 'nothing', EMPTY: '' }
    expect(await got(project(), [], [...Object.keys(env), 'SECRETS_NODE_DEBUG'], env)).toEqual([
      ...Object.values(env),
      null,
    ])
  })
})

describe('several sources', () => {
  const manifest = `version: 1
environments:
  development: { provider: dotenv, path: .env }
  shared: { provider: local }
  two: { targets: [{ id: one, provider: dotenv, path: one.env }, { id: other, provider: dotenv, path: other.env }] }
`

  inDepth('are laid over one another: environments beneath, then --env, then files', async () => {
    const project = new Project({
      'secrets.yaml': manifest,
      '.env': 'A=dev\nB=dev\nC=dev\n',
      'a.env': 'A=a\nB=a\n',
      'b.env': 'A=b\n',
    })
    await project.run(['set', 'D', '--env', 'shared'], { input: 'from the store' })
    await project.run(['set', 'C', '--env', 'shared'], { input: 'from the store' })
    const names = ['A', 'B', 'C', 'D']
    expect(await got(project, [], names)).toEqual(['dev', 'dev', 'dev', null])
    expect(await got(project, ['--env', 'shared'], names)).toEqual([
      null,
      null,
      'from the store',
      'from the store',
    ])
    expect(await got(project, ['--from', 'a.env', 'b.env'], names)).toEqual(['b', 'a', null, null])
    expect(await got(project, ['--env', 'development', '--from', 'b.env'], names)).toEqual([
      'b',
      'dev',
      'dev',
      null,
    ])
    expect(
      await got(project, ['--from', 'b.env', '--from-env', 'shared', '--env', 'development'], names),
    ).toEqual(['b', 'dev', 'dev', 'from the store'])
  })

  it('may be the targets of one environment', async () => {
    const project = new Project({ 'secrets.yaml': manifest, 'one.env': 'A=1\nB=1\n', 'other.env': 'B=2\n' })
    expect(await got(project, ['--env', 'two'], ['A', 'B'])).toEqual(['1', '2'])
  })

  it('a later one brings its own previous value or none', async () => {
    const project = new Project({ '.env': 'A=1\nA_OLD=0\n', 'top.env': 'A=2\n' })
    expect(await got(project, ['--from', '.env', 'top.env'], ['A', 'A_OLD'])).toEqual(['2', null])
    expect(await got(project, ['--from', 'top.env', '.env'], ['A', 'A_OLD'])).toEqual(['1', '0'])
  })

  it('need a word where the manifest declares several environments and no development', async () => {
    const project = new Project({
      'secrets.yaml':
        'version: 1\nenvironments: { a: { provider: dotenv, path: a.env }, b: { provider: local } }\n',
      'a.env': 'A=1\n',
    })
    const { code, stderr } = await project.run(['run', '--', 'true'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('[usage.ambiguous]')])
    expect(await got(project, ['--env', 'a'], ['A'])).toEqual(['1'])
  })
})

describe('a secret in its grace period', () => {
  const day = 86_400_000
  const until = (time: number): string => new Date(time).toISOString()

  it.each(['dotenv', 'local'])('has its old value and the deadline (%s), until then', async provider => {
    const project = new Project({
      'secrets.yaml': `version: 1\nenvironments: { development: { provider: ${provider} } }\nvariables: { TOKEN: { secret: true, generate: hex:32 } }\n`,
      ...(provider === 'dotenv' ? { '.env': 'TOKEN=the-first-value\n' } : {}),
    })
    await project.run(['set', 'TOKEN'], { input: 'the-first-value' })
    const names = ['TOKEN', 'TOKEN_OLD', 'TOKEN_OLD_UNTIL']
    expect(await got(project, [], names)).toEqual(['the-first-value', null, null])
    const { report } = await project.json(['rotate', 'TOKEN', '--grace', '1d'])
    const [{ deadline }] = report.data!['rotations'] as [{ deadline: string }]
    const [current, old, told] = await got(project, [], names)
    expect(current).toMatch(/^[0-9a-f]{64}$/)
    expect([old, told]).toEqual(['the-first-value', deadline])
    const soon = { SECRETS_CLOCK_OFFSET: String(day / 2) }
    expect(await got(project, [], names, soon)).toEqual([current, old, told])
    const then = { SECRETS_CLOCK_OFFSET: String(day) }
    expect(await got(project, [], names, then)).toEqual([current, null, null])
    expect(await got(project, ['--only', 'TOKEN'], names)).toEqual([current, old, told])
  })

  it('is told by the file itself where somebody else keeps it', async () => {
    const project = new Project({ '.env': `A=1\nA_OLD=0\nA_OLD_UNTIL=${until(Date.now() + day)}\nB_OLD=x\n` })
    const names = ['A', 'A_OLD', 'B_OLD']
    expect(await got(project, [], names)).toEqual(['1', '0', 'x'])
    project.write('.env', `A=1\nA_OLD=0\nA_OLD_UNTIL=${until(Date.now() - day)}\nB_OLD=x\n`)
    expect(await got(project, [], names)).toEqual(['1', null, 'x'])
  })

  it('loses what a run around this one had set, when its deadline has passed', async () => {
    const project = new Project({ '.env': 'OTHER=1\n' })
    const env = { A: '1', A_OLD: '0', A_OLD_UNTIL: until(Date.now() - day) }
    expect(await got(project, [], ['A', 'A_OLD', 'A_OLD_UNTIL'], env)).toEqual(['1', null, null])
    const open = { ...env, A_OLD_UNTIL: until(Date.now() + day) }
    expect(await got(project, [], ['A', 'A_OLD'], open)).toEqual(['1', '0'])
  })
})

describe('--json', () => {
  it('gives one document, and what the program prints goes to stderr', async () => {
    const project = new Project({ '.env': 'TOKEN=hunter2hunter2\nPORT=3000\n' })
    const { code, stdout, stderr } = await project.run([
      ...['run', '--json', '--', process.execPath, '-e'],
      'console.log(process.env.TOKEN, "out"); console.error("err"); process.exit(3)',
    ])
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      command: 'run',
      ok: false,
      data: {
        run: {
          sources: [{ target: '.env', environment: 'development', provider: 'dotenv' }],
          names: ['TOKEN', 'PORT'],
          shadowed: [],
          exitCode: 3,
          signal: null,
        },
      },
    })
    expect(stderr.split('\n').sort()).toEqual(['', '[redacted] out', 'err'])
  })

  it("behind the dashes is the program's own", async () => {
    const project = new Project({ '.env': 'A=1\n' })
    const words = ['--json', '--quiet', '--env', 'x', '--help', '--', '-V']
    const { code, stdout } = await project.run([
      ...['run', '--', process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--'],
      ...words,
    ])
    expect([code, JSON.parse(stdout)]).toEqual([0, words])
  })
})

describe('while secrets are rotated', () => {
  it('every program has a value with the one before it, or with none', async () => {
    const project = new Project({
      'secrets.yaml':
        'version: 1\nenvironments: { development: { provider: local } }\nvariables: { TOKEN: { secret: true, generate: hex:32 } }\n',
    })
    await project.run(['set', 'TOKEN'], { input: 'the-first-value' })
    const seen: (readonly (string | null)[])[] = []
    const order = ['the-first-value']
    let isOver = false
    const look = async (): Promise<void> => {
      while (!isOver) seen.push(await got(project, [], ['TOKEN', 'TOKEN_OLD']))
    }
    const rotate = async (): Promise<void> => {
      for (let round = 0; round < amount(4, 2); round += 1) {
        expect((await project.run(['rotate', 'TOKEN', '--grace', '1s'])).code).toBe(0)
        order.push((await project.run(['get', 'TOKEN'])).stdout)
        const env = { SECRETS_CLOCK_OFFSET: '5000' }
        expect((await project.run(['retire', 'TOKEN'], { env })).code).toBe(0)
      }
      isOver = true
    }
    await Promise.all([look(), rotate()])
    expect(seen.length).toBeGreaterThan(3)
    for (const [current, old] of seen) {
      const at = order.indexOf(current ?? '')
      expect(at).toBeGreaterThanOrEqual(0)
      if (old !== null) expect(old).toBe(order[at - 1])
    }
  }, 120_000)
})
