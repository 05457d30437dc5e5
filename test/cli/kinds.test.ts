import { describe, expect, it } from 'vitest'
import { preparedProject, Project } from '../support/cli.ts'
import { hookedProject, steps, told } from '../support/hooks.ts'
import { currentValue as value } from '../support/stored.ts'
import { inDepth, some } from '../support/thorough.ts'

const later = { env: { SECRETS_CLOCK_OFFSET: String(25 * 3_600_000) } }

/** A project whose TOKEN is of that kind, without hooks. */
function plain(rotate: string): Project {
  const project = new Project({
    'secrets.yaml': `version: 1
environments: { development: { provider: dotenv, path: .env } }
variables: { TOKEN: { secret: true, generate: hex:32, rotate: { ${rotate} } } }
`,
  })
  project.write('.env', `TOKEN=${'a1'.repeat(32)}\n`, 0o600)
  return project
}

async function refusal(project: Project, words: readonly string[]): Promise<readonly unknown[]> {
  const { code, report } = await project.json(words)
  return [code, report.error?.code]
}

describe('kinds that would break something', () => {
  it.each(['external', 'encryption'])('%s is refused without its hooks, which are named', async kind => {
    const project = plain(`kind: ${kind}`)
    const before = project.read('.env')
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.kind_required'])
    expect(report.error?.hints.join('\n')).toContain(kind === 'external' ? 'apply' : 'reencrypt')
    expect(project.read('.env')).toBe(before)
    const all = await project.json(['rotate', '--all'])
    expect([all.code, all.report.data]).toMatchObject([0, { skipped: [{ name: 'TOKEN' }] }])
  })
})

describe('external', () => {
  const hooks = ['apply', 'verifyStaged', 'revoke'] as const
  const variable = 'generate: hex:32\n    rotate: { kind: external }'
  /** The other system: one password in a file. */
  const database = (project: Project): string => project.read('password').trim()

  async function withDatabase(): Promise<Project> {
    const project = await hookedProject({ hooks, variable })
    project.write('password', await value(project))
    project.write(
      'do-apply',
      'const { writeFileSync } = await import("node:fs"); writeFileSync("password", input.new)',
    )
    project.write(
      'do-verifyStaged',
      'const { readFileSync } = await import("node:fs"); if (readFileSync("password", "utf8") !== input.new) process.exit(1)',
    )
    return project
  }

  it('is set there before it is current here, and revoked when its grace is over', async () => {
    const project = await withDatabase()
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect(database(project)).toBe(await value(project))
    expect(steps(project)).toEqual(['apply', 'verifyStaged'])
    expect((await project.run(['rotate', '--due'], later)).code).toBe(0)
    expect(steps(project).slice(2)).toEqual(['revoke'])
  })

  it('is put back there when it does not work', async () => {
    const project = await withDatabase()
    const old = await value(project)
    project.write('do-verifyStaged', 'process.exit(1)')
    expect(await refusal(project, ['rotate', 'TOKEN'])).toEqual([1, 'rotation.verify_failed'])
    expect([database(project), await value(project)]).toEqual([old, old])
  })

  inDepth('killed between the other system and the store goes on with the same value', async () => {
    const project = await withDatabase()
    project.write('do-verifyStaged-rotate', 'process.kill(process.ppid, "SIGKILL")')
    expect((await project.run(['rotate', 'TOKEN'])).code).not.toBe(0)
    const staged = database(project)
    expect(staged).not.toBe(await value(project))
    project.write('do-verifyStaged-rotate', '')
    expect((await project.run(['rotate', '--due'])).code).toBe(0)
    expect([database(project), await value(project)]).toEqual([staged, staged])
    expect(new Set(told(project).map(({ rotation }) => rotation)).size).toBe(1)
  })

  inDepth('goes back in both places', async () => {
    const project = await withDatabase()
    const old = await value(project)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect((await project.run(['rollback', 'TOKEN'])).code).toBe(0)
    expect([database(project), await value(project)]).toEqual([old, old])
  })
})

describe('manual', () => {
  it('takes the value of a person, with the same grace', async () => {
    const project = plain('kind: manual, every: 30d')
    const old = await value(project)
    const given = 'b2'.repeat(20)
    project.write('new-value', `${given}\n`)
    expect(await refusal(project, ['rotate', 'TOKEN'])).toEqual([1, 'rotation.kind_required'])
    const { code, report } = await project.json(['rotate', 'TOKEN', '--value-file', 'new-value'])
    expect([code, report.data]).toMatchObject([0, { rotations: [{ state: 'grace', previous: 'accepted' }] }])
    expect(await value(project)).toBe(given)
    expect(project.read('.env')).toContain(`TOKEN_OLD=${old}`)
    expect(JSON.stringify(report)).not.toContain(given)
    const due = await project.json(['rotate', '--due'], later)
    expect(due.report.data).toMatchObject({ rotations: [{ action: 'retire' }] })
    const late = await project.json(['rotate', '--due'], {
      env: { SECRETS_CLOCK_OFFSET: String(40 * 24 * 3_600_000) },
    })
    expect([late.code, late.report.data]).toMatchObject([0, { rotations: [], skipped: [{ name: 'TOKEN' }] }])
  })

  it('refuses a value that is in use, none, and one for another kind', async () => {
    const project = plain('kind: manual')
    const before = project.read('.env')
    project.write('same', await value(project))
    project.write('empty', '\n')
    expect(await refusal(project, ['rotate', 'TOKEN', '--value-file', 'same'])).toEqual([
      2,
      'usage.invalid_argument',
    ])
    expect(await refusal(project, ['rotate', 'TOKEN', '--value-file', 'empty'])).toEqual([
      2,
      'usage.needs_input',
    ])
    expect(await refusal(project, ['rotate', 'TOKEN', '--value-file', 'nowhere'])).toEqual([
      2,
      'file.missing',
    ])
    expect(project.read('.env')).toBe(before)
    const other = plain('kind: verifier')
    other.write('new-value', 'b2'.repeat(20))
    expect(await refusal(other, ['rotate', 'TOKEN', '--value-file', 'new-value'])).toEqual([
      2,
      'usage.invalid_argument',
    ])
  })
})

describe('the grace', () => {
  it('covers a late reader and the token that it signed last; the sum is shown', async () => {
    const project = plain('kind: verifier, refreshTtl: 5m, tokenTtl: 60m')
    const { code, report } = await project.json(['rotate', 'TOKEN', '--grace', '1h'])
    expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
    expect(report.error?.message).toContain('1h 5m')
    expect((await project.run(['rotate', 'TOKEN', '--grace', '1h5m'])).code).toBe(0)
  })

  it('is over before the next rotation is due', async () => {
    const project = plain('kind: verifier, every: 10d')
    expect(await refusal(project, ['rotate', 'TOKEN', '--grace', '10d'])).toEqual([
      2,
      'usage.invalid_argument',
    ])
    const declared = plain('kind: verifier, every: 10d, grace: 11d')
    expect(await refusal(declared, ['rotate', 'TOKEN'])).toEqual([2, 'manifest.invalid'])
  })
})

describe('composite', () => {
  const hour = 3_600_000
  const ahead = (hours: number): { env: Record<string, string> } => ({
    env: { SECRETS_CLOCK_OFFSET: String(hours * hour) },
  })
  const manifest = (
    provider: string,
    composite = 'rotate: { kind: composite }',
    hooks = '',
  ): string => `version: 1
environments: { development: { provider: ${provider}${hooks} } }
variables:
  DB_PASSWORD: { secret: true, generate: "chars:32", rotate: { kind: verifier } }
  DATABASE_URL: { secret: true, ${composite} }
`
  const old = 'oldPassword/with+signs=0123456789'
  const urlOf = (password: string): string =>
    `postgres://app:${encodeURIComponent(password)}@db.test/app?again=${password}`

  async function made(provider: string, text = manifest(provider)): Promise<Project> {
    return await preparedProject({ 'secrets.yaml': text }, [
      [['set', 'DB_PASSWORD'], { input: old }],
      [['set', 'DATABASE_URL'], { input: urlOf(old) }],
    ])
  }

  describe.each(some(['dotenv', 'local'], 2))('on %s', provider => {
    it('changes with the secret inside it, and keeps its old value as long', async () => {
      const project = await made(provider)
      const { code, report } = await project.json(['rotate', 'DB_PASSWORD'])
      expect([code, report.error]).toEqual([0, undefined])
      const newer = await value(project, 'DB_PASSWORD')
      expect(newer).not.toBe(old)
      expect(await value(project, 'DATABASE_URL')).toBe(urlOf(newer))
      expect(JSON.stringify(report)).not.toContain(newer)
      const seen = (await project.json(['status', 'DATABASE_URL'])).report.data
      expect(seen).toMatchObject({ secrets: [{ state: 'grace', previous: 'accepted' }] })
      expect((await project.run(['rotate', '--due'], ahead(25))).code).toBe(0)
      const after = (await project.json(['status'], ahead(25))).report.data
      expect(after).toMatchObject({ secrets: [{ state: 'steady' }, { state: 'steady' }] })
    })

    it('goes back with it, by hand and by a hook', async () => {
      const project = await made(provider)
      expect((await project.run(['rotate', 'DB_PASSWORD'])).code).toBe(0)
      expect((await project.run(['rollback', 'DB_PASSWORD'])).code).toBe(0)
      expect([await value(project, 'DB_PASSWORD'), await value(project, 'DATABASE_URL')]).toEqual([
        old,
        urlOf(old),
      ])
      project.write(
        'secrets.yaml',
        manifest(provider, undefined, ', hooks: { verify: [{ run: ["false"] }] }'),
      )
      expect((await project.run(['trust', '--yes'])).code).toBe(0)
      expect(await refusal(project, ['rotate', 'DB_PASSWORD'])).toEqual([1, 'rotation.verify_failed'])
      expect([await value(project, 'DB_PASSWORD'), await value(project, 'DATABASE_URL')]).toEqual([
        old,
        urlOf(old),
      ])
    })

    it('that was left behind by a run that died is followed up by the next one', async () => {
      // As after a crash: the secret has moved, what contains it has not.
      const project = await made(provider, manifest(provider, 'rotate: { kind: external }'))
      expect((await project.run(['rotate', 'DB_PASSWORD'])).code).toBe(0)
      expect(await value(project, 'DATABASE_URL')).toBe(urlOf(old))
      project.write('secrets.yaml', manifest(provider))
      expect((await project.run(['rotate', '--due'])).code).toBe(0)
      expect(await value(project, 'DATABASE_URL')).toBe(urlOf(await value(project, 'DB_PASSWORD')))
    })
  })

  it('is never rotated by itself', async () => {
    const project = await made('dotenv')
    expect(await refusal(project, ['rotate', 'DATABASE_URL'])).toEqual([1, 'rotation.kind_required'])
    const all = await project.json(['rotate', '--all'])
    expect([all.code, all.report.data]).toMatchObject([0, { skipped: [{ name: 'DATABASE_URL' }] }])
  })
})
