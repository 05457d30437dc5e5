import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { atTerminal, hasTerminal } from '../support/terminal.ts'

const template = `JWT_SECRET=change-me
TITLE=Shop
STRIPE_KEY=your-key
MAGIC=abc
`

function outline(report: JsonReport): Record<string, string> {
  const decisions = report.data?.['decisions'] as { name: string; decision: string; form?: string }[]
  return Object.fromEntries(decisions.map(({ name, decision, form }) => [name, form ?? decision]))
}

describe('--set', () => {
  it('decides in place of the template, for this run', async () => {
    const project = new Project({ '.env.example': template })
    const words = [
      '--set',
      'JWT_SECRET=generate:alnum:48',
      'MAGIC=generate',
      '--set',
      'TITLE=ask',
      '--set',
      'STRIPE_KEY=keep',
    ]
    const { report } = await project.json(['init', '--explain', ...words])
    expect(outline(report)).toEqual({
      JWT_SECRET: 'alnum:48',
      TITLE: 'ask',
      STRIPE_KEY: 'keep',
      MAGIC: 'hex:32',
    })
    const made = await project.json(['init', ...words])
    const values = parse(project.read('.env'))
    expect(made.code).toBe(1)
    expect([values['JWT_SECRET']!.length, values['MAGIC']!.length, values['STRIPE_KEY']]).toEqual([
      48,
      64,
      'your-key',
    ])
  })

  it('wins over a directive and the manifest', async () => {
    const project = new Project({
      '.env.example': '# secrets: keep\nA=1\nB=1\n',
      'secrets.yaml': 'version: 1\nvariables: { B: { secret: true, generate: hex:16 } }\n',
    })
    const { report } = await project.json(['init', '--explain', '--set', 'A=generate:uuid', '--set', 'B=ask'])
    expect(outline(report)).toEqual({ A: 'uuid', B: 'ask' })
  })

  it('overwrites nothing', async () => {
    const project = new Project({ '.env.example': template, '.env': 'JWT_SECRET=mine\n' })
    await project.run(['init', '--set', 'JWT_SECRET=generate:hex:64'])
    expect(parse(project.read('.env'))['JWT_SECRET']).toBe('mine')
  })

  it('makes a pair of keys where it is told to', async () => {
    const project = new Project({ '.env.example': 'A_KEY=\nB_KEY=\n' })
    const words = ['--set', 'A_KEY=generate:ed25519', 'B_KEY=generate:public-of:A_KEY']
    expect((await project.run(['init', ...words])).code).toBe(0)
    expect(parse(project.read('.env'))['B_KEY']).toContain('BEGIN PUBLIC KEY')
  })

  it.each([
    ['a value', 'JWT_SECRET=my-own-value', 'usage.invalid_argument'],
    ['no decision', 'JWT_SECRET', 'usage.invalid_argument'],
    ['an empty decision', 'JWT_SECRET=', 'usage.invalid_argument'],
    ['an unknown kind', 'JWT_SECRET=generate:hexx', 'usage.unknown_kind'],
    ['a name that is not there', 'JWT_SECRT=ask', 'usage.invalid_argument'],
    ['half a pair without the other', 'JWT_SECRET=generate:bcrypt', 'usage.invalid_argument'],
  ])('refuses %s', async (_what, setting, code) => {
    const project = new Project({ '.env.example': template })
    const { code: exit, report } = await project.json(['init', '--set', setting])
    expect([exit, report.error?.code]).toEqual([2, code])
    expect(report.error?.hints.length).toBeGreaterThan(0)
    expect(() => project.read('.env')).toThrow()
  })
})

describe('what stands in the template', () => {
  it('a form that cannot be read is refused with its place', async () => {
    const project = new Project({ '.env.example': 'A=1\n# secrets: generate hexx:32\nB=\n' })
    const { code, report } = await project.json(['init'])
    expect([code, report.error]).toMatchObject([
      2,
      { code: 'usage.unknown_kind', at: { path: '.env.example', line: 3 } },
    ])
  })
})

describe.skipIf(!hasTerminal)('--interactive (needs python3 for a terminal)', () => {
  it('shows each decision, and takes another one', async () => {
    const project = new Project({ '.env.example': template })
    const { code } = await atTerminal(
      project,
      ['init', '--interactive'],
      [
        ['JWT_SECRET: generate hex:32', 'g:alnum:40\\r'],
        ['TITLE: keep', '\\r'],
        ['STRIPE_KEY: ask', 'nonsense\\r'],
        ['STRIPE_KEY: ask', 'k\\r'],
        ['MAGIC: keep', 'g\\r'],
      ],
    )
    const values = parse(project.read('.env'))
    expect([
      code,
      values['JWT_SECRET']!.length,
      values['TITLE'],
      values['STRIPE_KEY'],
      values['MAGIC']!.length,
    ]).toEqual([0, 40, 'Shop', 'your-key', 64])
  })

  it('takes the rest as it is, and decides what follows anew', async () => {
    const project = new Project({
      '.env.example':
        'DB_PASSWORD=changeme\nDATABASE_URL=postgres://app:changeme@db/app\nJWT_SECRET=change-me\n',
    })
    const { code } = await atTerminal(
      project,
      ['init', '--interactive'],
      [
        ['DB_PASSWORD: generate', 'k\\r'],
        ['DATABASE_URL: derive', 'r\\r'],
        ['DATABASE_URL (', '\\r'],
      ],
    )
    expect([code, parse(project.read('.env'))]).toMatchObject([
      1,
      { DB_PASSWORD: 'changeme', DATABASE_URL: 'postgres://app:changeme@db/app' },
    ])
  })

  it('needs a terminal', async () => {
    const project = new Project({ '.env.example': template })
    const { code, report } = await project.json(['init', '--interactive'])
    expect([code, report.error?.code]).toEqual([2, 'usage.needs_input'])
    expect(() => project.read('.env')).toThrow()
  })
})
