import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { sharedDirectory } from '../support/shared.ts'
import { inDepth, some } from '../support/thorough.ts'

interface Reversed {
  readonly outcome: string
  readonly kept: readonly string[]
  readonly emptied: readonly { readonly name: string; readonly line: number; readonly reason: string }[]
  readonly added: readonly string[]
  readonly removed: readonly { readonly name: string }[]
}

function reversed(report: JsonReport): Reversed {
  return report.data?.['reversed'] as Reversed
}

const [one, two, three, four] = [1, 2, 3, 4].map(() => randomBytes(18).toString('hex')) as [
  string,
  string,
  string,
  string,
]
const live = ['sk_', 'live_', '4eC39HqLyjWDarjtT1zdp7dc'].join('')
const file = `# A shop

# Signs the sessions; the old one was ${two}
SESSION_SECRET=${one}
SESSION_SECRET_OLD=${two}
# secrets: rotation SESSION_SECRET id=${three} at=2026-11-01T00:00:00Z
POSTGRES_PASSWORD=${three}
DATABASE_URL=postgres://app:${three}@db:5432/app
REPORT_URL="https://u:${four}@x.test/?api_key=${four}&page=1" # was ${four}
STRIPE=${live}
#STRIPE_SECRET_KEY=${live}
# PORT=4000
export PORT=3000
TITLE='My shop'
DEBUG=true
UPLOADS=/var/lib/shop/uploads
API_TOKEN=
nonsense ${four}
`

describe('init --reverse', () => {
  it('writes names, comments, order and harmless values, and no secret', async () => {
    const project = new Project({ '.env': file })
    const { code, report } = await project.json(['init', '--reverse', '.env', '--to', '.env.example'])
    expect(code).toBe(0)
    expect(project.read('.env.example')).toBe(
      `# A shop

# Signs the sessions; the old one was change-me
# secrets: generate hex:32
SESSION_SECRET=change-me
POSTGRES_PASSWORD=change-me
DATABASE_URL=postgres://app:change-me@db:5432/app
REPORT_URL="https://u:change-me@x.test/?api_key=change-me&page=1"
STRIPE=
# STRIPE_SECRET_KEY=
# PORT=4000
export PORT=3000
TITLE='My shop'
DEBUG=true
UPLOADS=/var/lib/shop/uploads
# secrets: generate hex:32
API_TOKEN=change-me
`.replace('# secrets: generate hex:32\nAPI_TOKEN=change-me\n', 'API_TOKEN=\n'),
    )
    expect(reversed(report).emptied.map(({ name, line }) => [name, line])).toEqual([
      ['SESSION_SECRET', 4],
      ['SESSION_SECRET_OLD', 5],
      ['POSTGRES_PASSWORD', 7],
      ['STRIPE', 10],
    ])
    expect(reversed(report)).toMatchObject({
      outcome: 'created',
      kept: expect.arrayContaining(['PORT', 'TITLE']) as unknown,
    })
    expect([project.mode('.env.example'), project.read('.env')]).toEqual([0o644, file])
  })

  it('makes a template from which init makes a new set that fits together', async () => {
    const project = new Project({ '.env': file })
    await project.run(['init', '--reverse', '.env'])
    const fresh = new Project({ '.env.example': project.read('.env.example') })
    const { report } = await fresh.json(['init'])
    const [made] = report.data?.['files'] as { needs: { name: string }[] }[]
    expect(made!.needs.map(({ name }) => name)).toEqual(['REPORT_URL'])
    const values = parse(fresh.read('.env'))
    expect(values['SESSION_SECRET']).toMatch(/^[0-9a-f]{64}$/)
    expect(values['DATABASE_URL']).toBe(`postgres://app:${values['POSTGRES_PASSWORD']!}@db:5432/app`)
  })

  it('knows what init generated, and in which form', async () => {
    const project = new Project({
      '.env.example':
        '# exactly 40 characters\nPANEL_SECRET=change-me\n# ED25519 key\nJWT_PRIVATE_KEY=<x>\nJWT_PUBLIC_KEY=<x>\n',
    })
    await project.run(['init'])
    await project.run(['init', '--reverse', '.env', '--to', 'env.template'])
    expect(project.read('env.template')).toBe(
      '# exactly 40 characters\n# secrets: generate chars:40\nPANEL_SECRET=change-me\n# ED25519 key\n' +
        '# secrets: generate ed25519\nJWT_PRIVATE_KEY="change-me"\n# secrets: generate public-of:JWT_PRIVATE_KEY\nJWT_PUBLIC_KEY="change-me"\n',
    )
  })

  inDepth('adds to a template that is there, and keeps what stands in it', async () => {
    const example = '# Mine\nPORT=8000 # default\n\nGONE=1\n'
    const project = new Project({
      '.env': `PORT=1\n# New\nAPI_SECRET=${one}\nTITLE=x\n`,
      '.env.example': example,
    })
    const { report } = await project.json(['init', '--reverse', '.env', '--to', '.env.example'])
    expect(reversed(report)).toMatchObject({
      outcome: 'updated',
      added: ['API_SECRET', 'TITLE'],
      removed: [{ name: 'GONE' }],
    })
    const text = project.read('.env.example')
    expect(text.startsWith('# Mine\nPORT=8000 # default\n')).toBe(true)
    expect(text).toContain('GONE=1\n')
    expect(text).not.toContain(one)
    const again = await project.json(['init', '--reverse', '.env', '--to', '.env.example'])
    expect(reversed(again.report).outcome).toBe('unchanged')
  })

  inDepth('writes nothing in a dry run', async () => {
    const project = new Project({ '.env': file })
    const { report } = await project.json(['init', '--reverse', '.env', '--dry-run'])
    expect([reversed(report).outcome, reversed(report).emptied.length]).toEqual(['created', 4])
    expect(() => project.read('.env.example')).toThrow()
  })

  it.each([
    [
      'a value that it holds for a secret',
      { '.env': file },
      ['--set', 'STRIPE=keep'],
      'usage.invalid_argument',
    ],
    ['the same path twice', { '.env': 'A=1\n' }, ['--to', '.env'], 'env_file.same_path'],
    ['a file that is not there', {}, [], 'env_file.missing'],
    ['a file that is no text', { '.env': Buffer.from('A=\0') }, [], 'env_file.not_text'],
    ['another mode', { '.env': 'A=1\n' }, ['--check'], 'usage.invalid_argument'],
    [
      'a secret that is also a name',
      { '.env': 'ABCDEFGH=1\nAPI_SECRET=ABCDEFGH\n' },
      [],
      'env_file.unsupported_value',
    ],
  ])('refuses %s', async (_what, files, words, code) => {
    const project = new Project(files)
    const { code: exit, report } = await project.json(['init', '--reverse', '.env', ...words])
    expect([exit, report.error?.code]).toEqual([2, code])
    expect(() => project.read('.env.example')).toThrow()
  })
})

const directory = join(sharedDirectory ?? '', 'corpus', 'templates')
const templates = sharedDirectory === undefined ? [] : readdirSync(directory)

describe.skipIf(sharedDirectory === undefined)(
  'real templates there and back (needs the shared test data)',
  () => {
    it.each(some(templates, 4))('%s', async name => {
      const project = new Project({ 'in.txt': readFileSync(join(directory, name)) })
      await project.run(['init', '--from', 'in.txt', '--to', '.env'])
      const made = JSON.parse(project.read('.secrets/init.json')) as {
        generated: Record<string, Record<string, unknown>>
      }
      const { code, report } = await project.json(['init', '--reverse', '.env', '--to', 'out.txt'])
      expect([code, report.error]).toEqual([0, undefined])
      const [values, text] = [parse(project.read('.env')), project.read('out.txt')]
      for (const generated of Object.keys(made.generated['.env'] ?? {})) {
        expect(text.includes(values[generated]!), generated).toBe(false)
      }
      expect(Object.keys(parse(text)).sort()).toEqual(Object.keys(values).sort())
    })
  },
)
