import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { inDepth, some } from '../support/thorough.ts'

const manifest = `version: 1
schema: ./env.schema.mjs
environments:
  development: { provider: dotenv, path: .env }
  production:
    provider: ./store.mjs
    hooks: { afterCommit: [{ run: [bash, scripts/restart.sh] }], verify: [{ http: "https://app.test/health?key=1" }] }
notify: { to: [{ slack: SLACK_URL }] }
`
const files = {
  'secrets.yaml': manifest,
  '.env': 'TOKEN=x\n',
  'env.schema.mjs': 'export default 1\n',
  'store.mjs': 'throw new Error("loaded")\n',
  'scripts/restart.sh': 'true\n',
}

function digestOf({ data }: JsonReport): string {
  return (data?.['trust'] as { sha256: string }).sha256
}

function recordPath(project: Project): string {
  return join(project.home, '.config', 'secrets', 'trust.json')
}

async function trusted(): Promise<{ project: Project; digest: string }> {
  const project = new Project(files)
  const { code, report } = await project.json(['trust', '--yes'])
  expect(code).toBe(0)
  return { project, digest: digestOf(report) }
}

/** Behind the gate the adapter is loaded, which throws; before the gate nothing comes so far. */
async function expectGate(project: Project, isOpen: boolean, words: readonly string[] = []): Promise<void> {
  const { code, report } = await project.json(['list', ...words])
  expect([code, report.error?.code]).toEqual([2, isOpen ? 'provider.bad_adapter' : 'trust.required'])
}

describe('secrets trust', () => {
  it('lists what the manifest asks for; without a terminal it records nothing by itself', async () => {
    const project = new Project(files)
    const { code, report } = await project.json(['trust'])
    expect([code, report.ok, report.error?.code]).toEqual([2, false, 'usage.needs_confirmation'])
    expect(report.data?.['trust']).toMatchObject({
      manifest: 'secrets.yaml',
      state: 'new',
      action: 'none',
      remotes: [{ environment: 'production', provider: './store.mjs' }],
      hooks: [
        { of: 'production', hook: 'afterCommit', run: ['bash', 'scripts/restart.sh'] },
        { of: 'production', hook: 'verify', http: 'https://app.test' },
      ],
      notify: ['SLACK_URL'],
      files: [
        { path: './env.schema.mjs', role: 'schema' },
        { path: './store.mjs', role: 'provider' },
        { path: 'scripts/restart.sh', role: 'hook' },
      ],
    })
    const { stdout } = await project.run(['trust'])
    for (const part of ['./store.mjs', 'bash scripts/restart.sh', 'https://app.test', digestOf(report)])
      expect(stdout).toContain(part)
    await expectGate(project, false)
    await expectGate(project, false, ['--env', 'production'])
    expect((await project.run(['list', '--env', 'development'])).code).toBe(0)
  })

  it('records it for this user only, in a file that only the user reads', async () => {
    const { project, digest } = await trusted()
    await expectGate(project, true)
    const path = recordPath(project)
    const record = JSON.parse(readFileSync(path, 'utf8')) as { trusted: Record<string, { sha256: string }> }
    expect(record.trusted).toMatchObject({ [join(project.path, 'secrets.yaml')]: { sha256: digest } })
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o600, 0o700])
    const other = { env: { XDG_CONFIG_HOME: join(project.home, 'other') } }
    expect((await project.json(['list'], other)).report.error?.code).toBe('trust.required')
    const again = await project.json(['trust'])
    expect([again.code, again.report.data?.['trust']]).toMatchObject([
      0,
      { state: 'trusted', action: 'none' },
    ])
  })

  const changes = [
    ['the manifest', 'secrets.yaml', `${manifest} `],
    ['the schema', 'env.schema.mjs', 'export default 2\n'],
    ['an adapter', 'store.mjs', ''],
    ['a script of a hook', 'scripts/restart.sh', 'truE\n'],
  ] as const

  it.each(some(changes, 2))('holds until one byte changes: %s', async (_, name, text) => {
    const { project, digest } = await trusted()
    project.write(name, text)
    const { report } = await project.json(['list'])
    expect(report.error?.code).toBe('trust.required')
    const now = await project.json(['trust', '--print'])
    expect([now.code, now.report.data?.['trust']]).toMatchObject([0, { state: 'changed', action: 'printed' }])
    expect(digestOf(now.report)).not.toBe(digest)
    expect(report.error?.hints.join('\n')).toContain(digestOf(now.report))
    await project.run(['trust', '--yes'])
    await expectGate(project, true)
  })

  it('is taken back, also from a manifest that is broken by now', async () => {
    const { project } = await trusted()
    project.write('secrets.yaml', 'version: [')
    const revoked = await project.json(['trust', '--revoke'])
    expect([revoked.code, revoked.report.data]).toEqual([
      0,
      { trust: { manifest: 'secrets.yaml', action: 'revoked' } },
    ])
    project.write('secrets.yaml', manifest)
    await expectGate(project, false)
    expect((await project.json(['trust', '--revoke'])).report.data).toMatchObject({
      trust: { action: 'none' },
    })
  })

  it('belongs to a path: a copy of the project is not trusted', async () => {
    const { project } = await trusted()
    for (const [name, text] of Object.entries(files)) project.write(`copy/${name}`, text)
    await expectGate(project, false, ['--cwd', 'copy'])
    await expectGate(project, true)
  })

  inDepth('has nothing to ask where only files of the project are named', async () => {
    const project = new Project({
      'secrets.yaml': 'version: 1\nenvironments: { test: { provider: local } }\n',
    })
    const { code, report } = await project.json(['trust'])
    expect([code, report.data?.['trust']]).toMatchObject([0, { state: 'not-needed', action: 'none' }])
    const missing = await new Project().json(['trust'])
    expect([missing.code, missing.report.error?.code]).toEqual([2, 'manifest.missing'])
  })
})

describe('--trust in CI', () => {
  it('accepts the digest that --print gives, on any machine, and records nothing', async () => {
    const { stdout } = await new Project(files).run(['trust', '--print'])
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
    const runner = new Project(files)
    await expectGate(runner, true, ['--trust', stdout.trim()])
    await expectGate(runner, false)
  })

  it('refuses every other digest, also where the manifest is trusted, and says what it found', async () => {
    const { project, digest } = await trusted()
    const { report } = await project.json(['list', '--trust', 'b'.repeat(64)])
    expect(report.error).toMatchObject({ code: 'trust.required', at: { path: 'secrets.yaml' } })
    expect(report.error?.hints.join('\n')).toContain(digest)
    const { report: mistaken } = await project.json(['list', '--trust', 'my-pasted-password'])
    expect(mistaken.error?.code).toBe('usage.invalid_argument')
    expect(JSON.stringify(mistaken)).not.toContain('my-pasted-password')
  })

  inDepth('makes "trust" record exactly that content, unasked', async () => {
    const project = new Project(files)
    const wrong = await project.json(['trust', '--trust', 'b'.repeat(64)])
    expect([wrong.code, wrong.report.error?.code]).toEqual([2, 'trust.required'])
    await expectGate(project, false)
    const digest = digestOf(wrong.report)
    expect((await project.run(['trust', '--trust', digest])).code).toBe(0)
    await expectGate(project, true)
  })
})

describe('what is in the way', () => {
  it.each([
    ['no JSON', '{"version": 1'],
    ['another version', '{"version": 2, "trusted": {}}'],
    ['an entry that is none', '{"version": 1, "trusted": {"/x": "yes"}}'],
    ['empty', ''],
  ])('a damaged record is an error that names the file, and is not overwritten: %s', async (_, text) => {
    const { project } = await trusted()
    writeFileSync(recordPath(project), text)
    for (const words of [['list'], ['trust', '--yes'], ['trust', '--revoke']]) {
      const { code, report } = await project.json(words)
      expect([code, report.error]).toMatchObject([
        2,
        { code: 'trust.damaged', at: { path: recordPath(project) } },
      ])
      expect(report.error?.hints.length).toBeGreaterThan(0)
    }
    expect(readFileSync(recordPath(project), 'utf8')).toBe(text)
  })

  it('a record that others may write trusts nothing', async () => {
    const { project } = await trusted()
    chmodSync(recordPath(project), 0o620)
    expect((await project.json(['list'])).report.error?.code).toBe('trust.damaged')
  })

  it('a link in place of the record, the manifest or a file that it names', async () => {
    const linked = new Project({ elsewhere: manifest })
    symlinkSync('elsewhere', join(linked.path, 'secrets.yaml'))
    expect((await linked.json(['trust', '--yes'])).report.error?.code).toBe('env_file.symlink')

    const { project } = await trusted()
    const record = recordPath(project)
    const target = join(project.home, 'record.json')
    writeFileSync(target, readFileSync(record), { mode: 0o600 })
    const moved = join(project.home, 'moved')
    mkdirSync(join(moved, 'secrets'), { recursive: true })
    symlinkSync(target, join(moved, 'secrets', 'trust.json'))
    const env = { env: { XDG_CONFIG_HOME: moved } }
    expect((await project.json(['list'], env)).report.error?.code).toBe('env_file.symlink')

    for (const name of ['store.mjs', 'scripts/restart.sh']) {
      const { [name as 'store.mjs']: _, ...rest } = files
      const other = new Project({ ...rest, other: '' })
      mkdirSync(join(other.path, 'scripts'), { recursive: true })
      symlinkSync(join(other.path, 'other'), join(other.path, name))
      expect((await other.json(['trust', '--yes'])).report.error?.code).toBe('env_file.symlink')
    }
  })

  inDepth('a directory, an absolute program, an option or an address in a command is no file', async () => {
    const hooks = '[{ run: [/bin/echo, folder, --x, "https://x.test/y", deployment/backend] }]'
    const project = new Project({
      'secrets.yaml': `version: 1\nenvironments: { test: { provider: dotenv, hooks: { verify: ${hooks} } } }\n`,
      'folder/file': '',
    })
    const { report } = await project.json(['trust', '--yes'])
    expect(report.data?.['trust']).toMatchObject({ action: 'recorded', files: [] })
    project.write('deployment/backend', 'a script by now')
    expect((await project.json(['trust'])).report.data?.['trust']).toMatchObject({ state: 'changed' })
  })
})
