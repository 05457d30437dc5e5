import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { some } from '../support/thorough.ts'

const strong = 'k7Qz2vXw9Rb4TmY8nHc3Ld6Pf5Js1GuA'
const strongOther = strong.toLowerCase()

/** Somebody else's store: what `store.json` holds, and down where `state` says so. Every read leaves a line. */
const adapter = `
import { appendFileSync, readFileSync } from 'node:fs'
export async function connect({ settings }, { root, Secret, SecretsError }) {
  const held = () => {
    if (settings.state === 'down') throw new SecretsError('provider.unavailable', 'no answer')
    return JSON.parse(readFileSync(root + '/store.json', 'utf8'))
  }
  return {
    limits: { valueBytes: 65536 },
    async check() { return { who: 'a test', where: 'here' } },
    async *list(prefix) { for (const name of Object.keys(held()).sort()) if (name.startsWith(prefix)) yield { name } },
    async read(name) {
      appendFileSync(root + '/reads', name + '\\n')
      const value = held()[name]
      return value === undefined ? undefined : { version: '1', value: new Secret(value) }
    },
    async write() { throw new Error('nothing is written here') },
    async remove() { throw new Error('nothing is removed here') },
    async close() {},
  }
}
`
const variables = `
variables:
  SESSION_SECRET: { secret: true, required: true }
  API_TOKEN: { secret: true, required: true }
  PORT: { type: port }
`
const remote = {
  'secrets.yaml': `version: 1\naudit: {}\nenvironments:\n  production: { provider: ./store.mjs }\n${variables}`,
  'store.mjs': adapter,
  'store.json': JSON.stringify({ SESSION_SECRET: 'hunter2', PROT: '80', SESSION_SECRET_OLD: 'x' }),
  '.env.example': 'SESSION_SECRET=\nLOG_LEVEL=info\n',
}

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly name?: string
  readonly path: string
}

function found({ data }: JsonReport): readonly string[] {
  const list = (data?.['findings'] ?? []) as readonly Finding[]
  return list.map(({ rule, severity, name, path }) => `${severity} ${rule} ${name ?? '-'} ${path}`)
}

const provider = ['validate', '--source', 'provider']

describe('validate --source provider', () => {
  it('is named where there are no values here, because they are in a store', async () => {
    const project = new Project(remote)
    const { code, report } = await project.json(['validate', '--env', 'production'])
    expect([code, report.data?.['source'], report.data?.['isElsewhere']]).toEqual([0, 'static', true])
    expect((await project.run(['validate', '--env', 'production'])).stdout).toContain('--source provider')
  })

  it('compares the names of a remote store with what is declared, after trust, and reads no value', async () => {
    const project = new Project(remote)
    const early = await project.json(provider)
    expect([early.code, early.report.error?.code]).toEqual([2, 'trust.required'])
    await project.run(['trust', '--yes'])
    const { code, report } = await project.json(provider)
    expect(code).toBe(1)
    expect(report.data).toMatchObject({
      source: 'provider',
      values: false,
      files: [{ kind: 'provider', path: './store.mjs (production)', environment: 'production' }],
    })
    expect(found(report)).toEqual([
      'warning unknown PROT ./store.mjs (production)',
      'error missing API_TOKEN secrets.yaml',
    ])
    expect(() => project.read('reads')).toThrow()
  })

  it('judges the values where that is asked for, and each read stands in the audit log', async () => {
    const project = new Project(remote)
    await project.run(['trust', '--yes'])
    const { code, report, stdout } = await project.json([...provider, '--values', '--output', 'json'])
    expect(code).toBe(1)
    expect(found(report)).toContain('error weak SESSION_SECRET ./store.mjs (production)')
    expect(stdout).not.toContain('hunter2')
    const log = project.read('.secrets/audit.jsonl')
    const names = project.read('reads').trim().split('\n').sort()
    expect(names).toEqual(['PROT', 'SESSION_SECRET', 'SESSION_SECRET_OLD'])
    for (const name of names) expect(log).toMatch(new RegExp(`"secret\\.read"[^\\n]*"${name}"`))
  })

  it('never takes a store without an answer for a good or an empty one; the others are still checked', async () => {
    const project = new Project({
      ...remote,
      'secrets.yaml': `version: 1
environments:
  development: { provider: dotenv, path: .env }
  staging: { provider: local }
  production: { provider: ./store.mjs, state: down }
variables: { SESSION_SECRET: { secret: true, required: true } }
`,
      '.env.example': '',
      '.env': `SESSION_SECRET=${strong}\nSESSION_SECRET=${strongOther}\nEXTRA=1\n`,
    })
    await project.run(['trust', '--yes'])
    await project.run(['set', 'SESSION_SECRET', '--env', 'staging'], { input: strong })
    const { code, report } = await project.json(provider)
    expect([code, report.ok, report.error]).toMatchObject([
      2,
      false,
      { code: 'provider.unavailable', retryable: true },
    ])
    expect(report.data).toMatchObject({
      unanswered: [{ path: './store.mjs (production)', environment: 'production' }],
    })
    // Of the file, too, only the names: no mode, no line twice, nothing of git.
    expect(found(report)).toEqual(['warning unknown EXTRA .env'])
    const alone = await project.json([...provider, '--values', '--env', 'production'])
    expect([alone.code, alone.report.data, alone.report.error?.code]).toEqual([
      2,
      undefined,
      'provider.unavailable',
    ])
    const local = await project.run([...provider, '--values', '--env', 'staging'])
    expect([local.code, local.stdout]).toEqual([0, 'no problems: local (staging)\n'])
  })

  const refused: readonly (readonly [readonly string[]])[] = [
    [['--source', 'vault']],
    [['--values']],
    [['--source', 'process', '--values']],
    [['--source', 'provider', '.env']],
    [['--source', 'provider', '--fix']],
    [['--source', 'process', '--changed']],
  ]

  it.each(some(refused, 3))('refuses %j', async words => {
    const { code, report } = await new Project({ '.env': 'A=1\n' }).json(['validate', ...words])
    expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
  })
})
