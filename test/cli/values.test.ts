import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateHybridIdentity } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { currentValue } from '../support/stored.ts'
import { inDepth, some } from '../support/thorough.ts'

const manifests = {
  dotenv: undefined,
  local:
    'version: 1\nenvironments:\n  development: { provider: local }\nvariables:\n  API_TOKEN: { secret: true, generate: hex:32 }\n',
} as const

describe.each(some(['dotenv', 'local'] as const, 2, 1))('set, get, list, delete on %s', provider => {
  function project(): Project {
    const manifest = manifests[provider]
    return new Project(manifest === undefined ? { '.env': '' } : { 'secrets.yaml': manifest })
  }

  it('stores what a pipe gives and gives it back raw, without a line end', async () => {
    const one = project()
    const stored = await one.json(['set', 'API_TOKEN'], { input: 'first-value\n' })
    expect([stored.code, stored.report.data]).toMatchObject([0, { secret: { name: 'API_TOKEN' } }])
    expect(await one.run(['get', 'API_TOKEN'])).toMatchObject({ code: 0, stdout: 'first-value' })
    expect(stored.stdout).not.toContain('first-value')
  })

  inDepth('reads a value from a file and keeps what a value may hold', async () => {
    const one = project()
    const value = 'line one\nline "two" with $dollar and #hash'
    one.write('value.txt', `${value}\n`)
    const { code } = await one.run(['set', 'PRIVATE_TEXT', '--value-file', 'value.txt'])
    const { stdout } = await one.run(['get', 'PRIVATE_TEXT'])
    // A plain file may refuse what its readers cannot agree on; then nothing is there.
    expect([code, stdout]).toEqual(code === 0 ? [0, value] : [2, ''])
  })

  it('shows a value in JSON only where that is asked for', async () => {
    const one = project()
    await one.run(['set', 'API_TOKEN'], { input: 'some-value' })
    expect((await one.json(['get', 'API_TOKEN'])).report.data).toMatchObject({
      secret: { name: 'API_TOKEN' },
    })
    expect((await one.run(['get', 'API_TOKEN', '--json'])).stdout).not.toContain('some-value')
    const { report } = await one.json(['get', 'API_TOKEN', '--reveal'])
    expect(report.data).toMatchObject({ secret: { value: 'some-value' } })
  })

  it('lists names and deletes one', async () => {
    const one = project()
    for (const name of ['DB_USER', 'DB_HOST', 'API_TOKEN'])
      await one.run(['set', name], { input: `value-of-${name}` })
    const listed = (await one.json(['list', '--prefix', 'DB_'])).report.data?.['secrets'] as {
      name: string
    }[]
    expect(listed.map(({ name }) => name)).toEqual(['DB_HOST', 'DB_USER'])
    expect((await one.run(['delete', 'DB_HOST'])).code).toBe(0)
    const gone = await one.json(['get', 'DB_HOST'])
    expect([gone.code, gone.report.error?.code]).toEqual([1, 'secret.absent'])
    expect((await one.json(['delete', 'DB_HOST'])).report.error?.code).toBe('secret.absent')
    expect((await one.run(['get', 'DB_USER'])).stdout).toBe('value-of-DB_USER')
  })

  it.each([
    ['an empty value', ['set', 'API_TOKEN'], '', 'usage.needs_input'],
    ['a value as an argument', ['set', 'API_TOKEN', 'the-value'], '', 'usage.invalid_argument'],
    ['no name', ['set'], 'x', 'usage.missing_name'],
    ['a bad name', ['set', 'not-a-name!'], 'x', 'usage.bad_name'],
    [
      'bytes that are no text',
      ['set', 'API_TOKEN'],
      Buffer.from([0xff, 0xfe, 0x00]),
      'env_file.unsupported_value',
    ],
    ['a value that is too large', ['set', 'API_TOKEN'], 'v'.repeat(70_000), 'provider.too_large'],
    ['a missing value file', ['set', 'API_TOKEN', '--value-file', 'nowhere'], '', 'file.missing'],
  ])('refuses %s', async (_what, words, input, code) => {
    const one = project()
    const { code: exit, report } = await one.json(words, { input })
    expect([report.error?.code, exit]).toEqual([code, 2])
    expect(await currentValue(one, 'API_TOKEN')).toBe('')
  })

  it('does not write into an open rotation', async () => {
    const one = project()
    if (provider === 'dotenv') one.write('.env', '# secrets: generate hex:32\nAPI_TOKEN=before\n', 0o600)
    else await one.run(['set', 'API_TOKEN'], { input: 'before' })
    expect((await one.run(['rotate', 'API_TOKEN'])).code).toBe(0)
    const { stdout: rotated } = await one.run(['get', 'API_TOKEN'])
    const { code, report } = await one.json(['set', 'API_TOKEN'], { input: 'mine' })
    expect([code, report.error?.code]).toEqual([1, 'rotation.grace_open'])
    expect((await one.run(['get', 'API_TOKEN'])).stdout).toBe(rotated)
    expect((await one.run(['get', 'API_TOKEN_OLD'])).stdout).toBe('before')
  })

  it('a value that was set is as old as that, and due after its interval', async () => {
    const one = project()
    if (provider === 'dotenv') one.write('.env', '# secrets: generate hex:32\nAPI_TOKEN=x\n', 0o600)
    await one.run(['set', 'API_TOKEN'], { input: 'some-value' })
    const { report } = await one.json(['status', 'API_TOKEN'])
    const [status] = report.data?.['secrets'] as {
      current: { since: string }
      due: string
      state: string
    }[]
    expect(status?.state).toBe('steady')
    const days = (Date.parse(status!.due) - Date.parse(status!.current.since)) / 86_400_000
    // Those that were made together are not all due together.
    expect([days > 87, days <= 90]).toEqual([true, true])
  })
})

describe('the local store through the command line', () => {
  it('rotates like the plain file: same words, same deadlines', async () => {
    const project = new Project({ 'secrets.yaml': manifests.local })
    await project.run(['set', 'API_TOKEN'], { input: 'before' })
    const rotated = await project.json(['rotate', 'API_TOKEN', '--grace', '1h'])
    expect(rotated.report.data?.['rotations']).toMatchObject([
      { action: 'rotate', state: 'grace', previous: 'accepted' },
    ])
    const early = await project.json(['retire', 'API_TOKEN'])
    expect(early.report.error?.code).toBe('rotation.too_early')
    const later = { env: { SECRETS_CLOCK_OFFSET: '3700000' } }
    const due = await project.json(['rotate', '--due'], later)
    expect(due.report.data?.['rotations']).toMatchObject([{ action: 'retire', state: 'steady' }])
    expect((await project.json(['get', 'API_TOKEN_OLD'])).report.error?.code).toBe('secret.absent')
  })

  inDepth('opens with a post-quantum identity too, whose code is a file of its own', async () => {
    const project = new Project({ 'secrets.yaml': manifests.local })
    const file = join(project.home, 'hybrid.txt')
    writeFileSync(file, `${await generateHybridIdentity()}\n`, { mode: 0o600 })
    const env = { SECRETS_IDENTITY_FILE: file }
    expect((await project.run(['set', 'API_TOKEN'], { input: 'value-1', env })).code).toBe(0)
    expect(await project.run(['get', 'API_TOKEN'], { env })).toMatchObject({ code: 0, stdout: 'value-1' })
  })

  it('says at first use where the identity is and that it wants a backup', async () => {
    const project = new Project({ 'secrets.yaml': manifests.local })
    const { stderr } = await project.run(['set', 'API_TOKEN'], { input: 'x' })
    expect(stderr).toContain('identity.txt')
    expect((await project.run(['set', 'OTHER'], { input: 'y' })).stderr).not.toContain('identity.txt')
  })
})

describe('a .env that git tracks', () => {
  it('gets no new secret, and the command that untracks it is named', async () => {
    const { runProcess } = await import('../support/cli.ts')
    const project = new Project({ '.env': 'A=1\n', '.env.example': 'TOKEN_SECRET=change-me\n' })
    for (const words of [
      ['init', '-q'],
      ['add', '.env'],
    ]) {
      expect((await runProcess('git', words, { cwd: project.path, env: project.env() })).code).toBe(0)
    }
    for (const words of [['set', 'API_TOKEN'], ['init']]) {
      const { code, report } = await project.json(words, { input: 'x' })
      expect([code, report.error?.code]).toEqual([1, 'env_file.tracked'])
      expect(report.error?.hints.join('\n')).toContain('git rm --cached')
    }
    expect(project.read('.env')).toBe('A=1\n')
  })
})

describe.each(some(['dotenv', 'local'] as const, 2, 1))('set --generate on %s', provider => {
  function project(): Project {
    const manifest = manifests[provider]
    return new Project(manifest === undefined ? { '.env': '' } : { 'secrets.yaml': manifest })
  }

  it('makes a value in the store and shows it nowhere', async () => {
    const one = project()
    const { code, report, stdout, stderr } = await one.json([
      'set',
      'API_TOKEN',
      '--generate',
      'base64url:48',
    ])
    expect(code).toBe(0)
    expect(report.data).toEqual({
      secret: { name: 'API_TOKEN', version: expect.any(String) as string, form: 'base64url:48' },
    })
    const value = (await one.run(['get', 'API_TOKEN'])).stdout
    expect(value).toMatch(/^[\w-]{64}$/)
    expect(stdout + stderr).not.toContain(value)
    const text = await one.run(['set', 'OTHER_TOKEN', '--generate'])
    expect(text.stdout).not.toContain((await one.run(['get', 'OTHER_TOKEN'])).stdout)
  })

  inDepth('takes the form of the manifest, else 32 bytes in hex', async () => {
    const one = project()
    await one.run(['set', 'API_TOKEN', '--generate'])
    expect(await currentValue(one, 'API_TOKEN')).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not take the place of a value without a word', async () => {
    const one = project()
    await one.run(['set', 'API_TOKEN'], { input: 'a-value-that-is-in-use' })
    const refused = await one.json(['set', 'API_TOKEN', '--generate', 'hex:32'])
    expect([refused.code, refused.report.error?.code]).toEqual([2, 'usage.needs_confirmation'])
    expect(await currentValue(one, 'API_TOKEN')).toBe('a-value-that-is-in-use')
    expect((await one.run(['set', 'API_TOKEN', '--generate', 'hex:32', '--yes'])).code).toBe(0)
    expect(await currentValue(one, 'API_TOKEN')).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['an unknown form', ['--generate', 'no-such-kind'], 'usage.unknown_kind'],
    ['a weak form', ['--generate', 'hex:4'], 'usage.too_weak'],
    ['a file beside it', ['--generate', 'hex:32', '--value-file', 'x'], 'usage.invalid_argument'],
    ['an empty value beside it', ['--generate', 'hex:32', '--allow-empty'], 'usage.invalid_argument'],
    ['--yes without it', ['--yes'], 'usage.invalid_argument'],
  ])('refuses %s, and stores nothing', async (_what, words, code) => {
    const one = project()
    const { code: exit, report } = await one.json(['set', 'API_TOKEN', ...words])
    expect([exit, report.error?.code]).toEqual([2, code])
    expect(await currentValue(one, 'API_TOKEN')).toBe('')
  })
})

describe.each(some(['dotenv', 'local'] as const, 2, 1))('history and delete --purge on %s', provider => {
  function project(): Project {
    const manifest = manifests[provider]
    return new Project(manifest === undefined ? { '.env': '' } : { 'secrets.yaml': manifest })
  }

  interface Listed {
    readonly version: string
    readonly role: string
  }

  it('the versions that are known, newest first, and what was rotated last', async () => {
    const one = project()
    await one.run(['set', 'API_TOKEN'], { input: 'the-first-value-of-all' })
    if (provider === 'dotenv') one.write('.env', `# secrets: generate hex:32\n${one.read('.env')}`, 0o600)
    expect((await one.run(['rotate', 'API_TOKEN', '--grace', '1h'])).code).toBe(0)
    const { code, report, stdout } = await one.json(['history', 'API_TOKEN'])
    expect(code).toBe(0)
    const versions = report.data?.['versions'] as readonly Listed[]
    expect(versions.map(({ role }) => role)).toEqual(['current', 'previous'])
    const status = (await one.json(['status', 'API_TOKEN'])).report.data?.['secrets'] as readonly {
      readonly current: { readonly version: string }
      readonly deadline: string
    }[]
    expect(versions[0]?.version).toBe(status[0]?.current.version)
    expect(report.data).toMatchObject({
      secret: { name: 'API_TOKEN' },
      rotations: [
        {
          state: 'grace',
          keepsVersions: provider === 'local',
          last: {
            version: versions[0]?.version,
            previous: { status: 'accepted' },
            deadline: status[0]?.deadline,
          },
        },
      ],
    })
    expect(stdout).not.toContain('the-first-value-of-all')
    expect((await one.run(['history', 'API_TOKEN'])).stdout).toContain('API_TOKEN')
    const absent = await one.json(['history', 'NO_SUCH_NAME'])
    expect([absent.code, absent.report.error?.code]).toEqual([1, 'secret.absent'])
  })

  inDepth('purge needs a word, and leaves nothing behind', async () => {
    const one = project()
    await one.run(['set', 'API_TOKEN'], { input: 'a-value-to-be-erased' })
    const refused = await one.json(['delete', 'API_TOKEN', '--purge'])
    expect([refused.code, refused.report.error?.code]).toEqual([2, 'usage.needs_confirmation'])
    expect(await currentValue(one, 'API_TOKEN')).toBe('a-value-to-be-erased')
    const { code, report } = await one.json(['delete', 'API_TOKEN', '--purge', '--yes'])
    expect([code, report.data]).toEqual([0, { secret: { name: 'API_TOKEN', purged: true } }])
    expect((await one.json(['get', 'API_TOKEN'])).report.error?.code).toBe('secret.absent')
    // What an earlier delete has left is taken too; nothing left is no fault.
    await one.run(['set', 'API_TOKEN'], { input: 'a-value-to-be-erased' })
    await one.run(['delete', 'API_TOKEN'])
    expect((await one.run(['delete', 'API_TOKEN', '--purge', '--yes'])).code).toBe(0)
    expect((await one.run(['delete', 'API_TOKEN', '--purge', '--yes'])).code).toBe(0)
  })
})
