import { createPrivateKey, createPublicKey } from 'node:crypto'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { atTerminal, hasTerminal } from '../support/terminal.ts'
import { inDepth } from '../support/thorough.ts'

interface Change {
  readonly name: string
  readonly line: number
  readonly templateLine: number
  readonly taken: boolean
}

interface InitFile {
  readonly target: string
  readonly outcome: string
  readonly added: readonly string[]
  readonly generated: readonly string[]
  readonly needs: readonly { readonly name: string }[]
  readonly removed: readonly { readonly name: string; readonly line: number }[]
  readonly changed: readonly Change[]
  readonly conflicts: readonly Change[]
}

function only(report: JsonReport): InitFile {
  return (report.data?.['files'] as readonly InitFile[])[0]!
}

const before = `# Where it listens
PORT=3000
LOG_LEVEL=info
JWT_SECRET=change-me
DB_PASSWORD=changeme
DATABASE_URL=postgres://app:changeme@db:5432/app
OLD_SETTING=on
`
const after = `# Where it listens
PORT=8080
LOG_LEVEL=debug

# --- New: cache ---

# Where the cache is
CACHE_URL=redis://localhost:6379
JWT_SECRET=change-me
DB_PASSWORD=changeme
DATABASE_URL=postgres://app:changeme@database:5432/app
`

/** A project whose template has changed since it was filled. */
async function changed(edit: (text: string) => string = text => text): Promise<Project> {
  const project = new Project({ '.env.example': before })
  await project.run(['init'])
  project.write('.env', edit(project.read('.env')), 0o600)
  project.write('.env.example', after)
  return project
}

describe('init after the template changed', () => {
  it('offers new defaults, reports what is gone, adds what is new in its place', async () => {
    const project = await changed()
    const values = parse(project.read('.env'))
    const { code, report } = await project.json(['init'])
    expect([code, only(report)]).toMatchObject([
      0,
      {
        outcome: 'updated',
        added: ['CACHE_URL'],
        generated: [],
        removed: [{ name: 'OLD_SETTING', line: 12 }],
        changed: [
          { name: 'PORT', line: 2, templateLine: 2, taken: false },
          { name: 'LOG_LEVEL', taken: false },
          { name: 'DATABASE_URL', taken: false },
        ],
        conflicts: [],
      },
    ])
    expect(parse(project.read('.env'))).toEqual({ ...values, CACHE_URL: 'redis://localhost:6379' })
    const shape = (text: string): string[] => text.split('\n').map(line => line.replace(/=.*/, '='))
    expect(shape(project.read('.env'))).toEqual(shape(`${after}OLD_SETTING=on\n`))
  })

  it('offers again what nobody has decided, and keeps quiet about the rest', async () => {
    const project = await changed()
    await project.run(['init'])
    const file = project.read('.env')
    const record = project.read('.secrets/init.json')
    const { report } = await project.json(['init'])
    expect(only(report)).toMatchObject({
      outcome: 'unchanged',
      added: [],
      removed: [],
      changed: [{ name: 'PORT' }, { name: 'LOG_LEVEL' }, { name: 'DATABASE_URL' }],
    })
    expect([project.read('.env'), project.read('.secrets/init.json')]).toEqual([file, record])
  })

  it('shows a conflict where both sides changed, and keeps the own value', async () => {
    const project = await changed(text => text.replace('PORT=3000', 'PORT=4444'))
    const { code, report } = await project.json(['init'])
    expect(code).toBe(0)
    expect(only(report).conflicts).toEqual([{ name: 'PORT', line: 2, templateLine: 2, taken: false }])
    expect(only(report).changed.map(({ name }) => name)).not.toContain('PORT')
    expect(parse(project.read('.env'))['PORT']).toBe('4444')
    const text = (await (await changed(t => t.replace('PORT=3000', 'PORT=4444'))).run(['init'])).stdout
    expect(text).toMatch(/conflict.*PORT.*\.env\.example:2.*\.env:2/)
    expect(only((await project.json(['init'])).report).conflicts).toEqual([])
  })

  inDepth('is quiet where the own value is what the template says now', async () => {
    const project = await changed(text => text.replace('PORT=3000', 'PORT=8080'))
    const file = only((await project.json(['init'])).report)
    expect([file.conflicts, file.changed.map(({ name }) => name)]).toEqual([
      [],
      ['LOG_LEVEL', 'DATABASE_URL'],
    ])
  })

  it('never touches a generated value, whatever the template says of it', async () => {
    const project = await changed()
    const secret = parse(project.read('.env'))['JWT_SECRET']
    project.write('.env.example', before.replace('JWT_SECRET=change-me', 'JWT_SECRET=another-placeholder'))
    const { report } = await project.json(['init'])
    expect(only(report)).toMatchObject({ generated: [], changed: [], conflicts: [] })
    expect(parse(project.read('.env'))['JWT_SECRET']).toBe(secret)
  })

  inDepth('adds what the template has at its beginning before what followed it', async () => {
    const project = await changed()
    project.write('.env.example', `# The first\nFIRST=1\n\n${before}`)
    await project.run(['init'])
    expect(project.read('.env').startsWith('# The first\nFIRST=1\n# Where it listens\nPORT=3000\n')).toBe(
      true,
    )
  })

  it('a dry run tells the same and remembers nothing', async () => {
    const project = await changed()
    const record = project.read('.secrets/init.json')
    const { report } = await project.json(['init', '--dry-run'])
    expect(only(report)).toMatchObject({ added: ['CACHE_URL'], removed: [{ name: 'OLD_SETTING' }] })
    expect(project.read('.secrets/init.json')).toBe(record)
  })

  inDepth('a file that was there before the first init counts as the own one', async () => {
    const project = new Project({ '.env.example': before })
    project.write('.env', 'PORT=9999\nLOG_LEVEL=info\n', 0o600)
    await project.run(['init'])
    project.write('.env.example', after)
    const { report } = await project.json(['init'])
    expect(only(report).conflicts.map(({ name }) => name)).toEqual(['PORT'])
    expect(only(report).changed.map(({ name }) => name)).toEqual(['LOG_LEVEL', 'DATABASE_URL'])
  })

  it('remembers no value', async () => {
    const project = await changed()
    const record = project.read('.secrets/init.json')
    for (const value of Object.values(parse(project.read('.env')))) {
      if (value.length > 3) expect(record).not.toContain(value)
    }
    expect(project.mode('.secrets/init.json')).toBe(0o600)
  })

  it.runIf(hasTerminal)(
    'takes over the defaults that one agrees to, and asks once (needs python3 for a terminal)',
    async () => {
      const project = await changed()
      const password = parse(project.read('.env'))['DB_PASSWORD']
      const { code, report } = await atTerminal(
        project,
        ['init'],
        [
          ['PORT', 'y\\r'],
          ['LOG_LEVEL', 'n\\r'],
          ['DATABASE_URL', 'y\\r'],
        ],
      )
      expect([code, only(report).changed.map(({ name, taken }) => [name, taken])]).toEqual([
        0,
        [
          ['PORT', true],
          ['LOG_LEVEL', false],
          ['DATABASE_URL', true],
        ],
      ])
      expect(parse(project.read('.env'))).toMatchObject({
        PORT: '8080',
        LOG_LEVEL: 'info',
        DATABASE_URL: `postgres://app:${password!}@database:5432/app`,
      })
      expect(only((await project.json(['init'])).report).changed).toEqual([])
    },
  )
})

describe('a pair of keys', () => {
  const template = 'JWT_PUBLIC_KEY=<public key>\nJWT_PRIVATE_KEY=<private key>\n'

  function publicOf(pem: string): string {
    return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
  }

  it('is made together', async () => {
    const project = new Project({ '.env.example': `# ED25519 key pair\n${template}` })
    const { code, report } = await project.json(['init'])
    expect([code, only(report).generated]).toEqual([0, ['JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY']])
    expect(project.read('.env').split('\n').length).toBe(4)
    const { JWT_PRIVATE_KEY, JWT_PUBLIC_KEY } = parse(project.read('.env'))
    expect(JWT_PUBLIC_KEY).toBe(publicOf(JWT_PRIVATE_KEY!))
  })

  it('is completed where the private half is there', async () => {
    const project = new Project({ '.env.example': `# ED25519 key pair\n${template}` })
    await project.run(['init'])
    const own = project.read('.env')
    project.write('.env', own.replace(/JWT_PUBLIC_KEY=.*/, 'JWT_PUBLIC_KEY='), 0o600)
    expect(only((await project.json(['init'])).report).generated).toEqual(['JWT_PUBLIC_KEY'])
    expect(project.read('.env')).toBe(own)
  })

  it('is not made anew beside a public half that is in use', async () => {
    const project = new Project({ '.env.example': template })
    project.write('.env', 'JWT_PUBLIC_KEY=in-use\nJWT_PRIVATE_KEY=\n', 0o600)
    const { code, report } = await project.json(['init'])
    expect([code, only(report).generated]).toEqual([1, []])
    expect(only(report).needs.map(({ name }) => name)).toEqual(['JWT_PRIVATE_KEY'])
    expect(project.read('.env')).toBe('JWT_PUBLIC_KEY=in-use\nJWT_PRIVATE_KEY=\n')
  })

  inDepth('passes validate --strict, and is not rotated without a word', async () => {
    const project = new Project({ '.env.example': template })
    await project.run(['init'])
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, report.data?.['findings']]).toEqual([0, []])
    for (const name of ['JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY']) {
      expect((await project.json(['rotate', name])).report.error?.code).toBe('rotation.kind_required')
    }
  })
})

describe('init --check', () => {
  function uncovered(report: JsonReport): readonly Record<string, unknown>[] {
    return report.data?.['uncovered'] as readonly Record<string, unknown>[]
  }

  it('says what a file lacks, exits 1, and writes nothing', async () => {
    const project = await changed(text => text.replace(/^DB_PASSWORD=.*/m, 'DB_PASSWORD='))
    const files = [project.read('.env'), project.read('.secrets/init.json')]
    const { code, report } = await project.json(['init', '--check'])
    expect([code, report.ok]).toEqual([1, false])
    expect(uncovered(report)).toMatchObject([
      { file: '.env', name: 'CACHE_URL', path: '.env.example', line: 8 },
      { file: '.env', name: 'DB_PASSWORD', path: '.env', line: 5 },
    ])
    expect([project.read('.env'), project.read('.secrets/init.json')]).toEqual(files)
    expect((await project.run(['init', '--check'])).stdout).toMatch(
      /^\.env\.example:8 CACHE_URL: .*\n\.env:5 DB_PASSWORD/,
    )
  })

  it('exits 0 after init, whatever else stands in the file', async () => {
    const project = await changed(text => `${text}MINE=1\n`)
    expect((await project.run(['init'])).code).toBe(0)
    const { code, report } = await project.json(['init', '--check'])
    expect([code, uncovered(report)]).toEqual([0, []])
  })

  inDepth('says that a file is not there', async () => {
    const project = new Project({ '.env.example': before, 'api/.env.example': 'A=1\n', 'api/.env': 'A=2\n' })
    const { code, report } = await project.json(['init', '--check'])
    expect([code, uncovered(report)]).toMatchObject([1, [{ file: '.env', path: '.env' }]])
  })

  inDepth('stands alone', async () => {
    const project = new Project({ '.env.example': before })
    for (const other of ['--explain', '--dry-run']) {
      const { code, report } = await project.json(['init', '--check', other])
      expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
    }
  })
})
