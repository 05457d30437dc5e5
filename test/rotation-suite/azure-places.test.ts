import { afterAll, describe, expect, it } from 'vitest'
import { type AzureSession, harness, startAzure } from '../providers/azure.harness.ts'
import { expectUntouched, fieldView, shared, textOf, withText } from '../providers/azure-fields.ts'
import { type JsonReport, Project } from '../support/cli.ts'
import { ahead, entriesOf } from './place.ts'

afterAll(() => harness.close?.())

const sessionKey = 'the-session-key'
const secret = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }
const placed = (place: object): object => ({ ...secret, environments: { production: place } })

/** Variables that stand where somebody put them before this tool came. */
const manifest = (session: AzureSession): string =>
  JSON.stringify({
    version: 1,
    environments: {
      production: {
        ...{ provider: 'azure', ...session.cli!().settings },
        rotate: { every: '30d', grace: '1h' },
      },
    },
    variables: {
      JWT_SECRET: placed({ ref: shared, field: 'jwt_secret' }),
      MAIL_TOKEN: placed({ ref: shared, field: 'mail_token' }),
      SESSION_KEY: placed({ ref: sessionKey }),
    },
  })

async function opened(): Promise<{ session: AzureSession; project: Project; env: Record<string, string> }> {
  const session = await startAzure()
  const fields = ',"jwt_secret":"jwt-by-hand","mail_token":"mail-by-hand"'
  session.vault.state.plant(shared, withText(fields), {
    contentType: 'application/json',
    tags: { team: 'photo' },
  })
  session.vault.state.plant(sessionKey, 'session-by-hand')
  const project = new Project({ 'secrets.yaml': manifest(session) })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return { session, project, env: { ...session.cli!().env } }
}

const wordsOf = (report: JsonReport): readonly (readonly [string, string])[] =>
  entriesOf(report, 'secrets').map(({ name, state }) => [name, state] as const)

describe('azure, through the command line: ref and field', { timeout: 120_000 }, () => {
  it('each variable is found, rotated and retired where it stands; nothing beside it changes', async () => {
    const { session, project, env } = await opened()
    const list = await project.json(['list'], { env })
    expect([list.code, (list.report.data?.['secrets'] as { name: string }[]).map(one => one.name)]).toEqual([
      0,
      ['JWT_SECRET', 'MAIL_TOKEN', 'SESSION_KEY'],
    ])
    expect((await project.run(['get', 'MAIL_TOKEN'], { env })).stdout).toBe('mail-by-hand')
    for (const name of ['JWT_SECRET', 'SESSION_KEY']) {
      const { code, report } = await project.json(['rotate', name], { env })
      expect([name, code, report.error]).toEqual([name, 0, undefined])
    }
    const jwt = await fieldView(session, 'jwt_secret')
    expect(jwt).toEqual({
      current: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      previous: 'jwt-by-hand',
    })
    expect(await fieldView(session, 'mail_token')).toEqual({ current: 'mail-by-hand' })
    expect(await textOf(session, sessionKey)).toMatch(/^[0-9a-f]{64}$/)
    expect(wordsOf((await project.json(['status'], { env })).report)).toEqual([
      ['JWT_SECRET', 'grace'],
      ['MAIL_TOKEN', 'steady'],
      ['SESSION_KEY', 'grace'],
    ])
    await expectUntouched(session)
    const program = `const { JWT_SECRET_OLD: old, MAIL_TOKEN: token } = process.env
      process.exit(old === 'jwt-by-hand' && token === 'mail-by-hand' ? 7 : 8)`
    expect((await project.run(['run', '--', process.execPath, '-e', program], { env })).code).toBe(7)

    const later = { env: { ...env, ...ahead(7_200_000).env } }
    expect((await project.json(['rotate', 'MAIL_TOKEN'], { env })).code).toBe(0)
    expect((await project.json(['retire', 'JWT_SECRET'], later)).code).toBe(0)
    expect(await fieldView(session, 'jwt_secret')).toEqual({ current: jwt.current, previous: jwt.current })
    expect((await fieldView(session, 'mail_token')).previous).toBe('mail-by-hand')
    expect((await project.json(['rollback', 'MAIL_TOKEN'], { env })).code).toBe(0)
    expect((await fieldView(session, 'mail_token')).current).toBe('mail-by-hand')
    const doctor = await project.json(['doctor'], { env })
    expect(doctor.code).toBe(0)
    await expectUntouched(session)
    await session.stop()
  })

  it('requests of a whole rotation: at most twelve, the first one of a value that somebody wrote included', async () => {
    const { session, project, env } = await opened()
    const counts: number[] = []
    for (const [round, name] of ['JWT_SECRET', 'SESSION_KEY', 'JWT_SECRET'].entries()) {
      const clock = round < 2 ? {} : { ...ahead(7_200_000).env }
      if (round === 2) await project.json(['retire', name], { env: { ...env, ...clock } })
      const before = session.vault.seen.length
      expect((await project.json(['rotate', name], { env: { ...env, ...clock } })).code).toBe(0)
      counts.push(session.vault.seen.length - before)
    }
    expect(counts).toEqual([12, 12, 9])
    await session.stop()
  })

  it('the vault lost at each request of a rotation; the next run settles it', async () => {
    for (let at = 1; at <= 12; at += 1) {
      const { session, project, env } = await opened()
      const manifestOf = (text: string, vault: string): string =>
        text.replaceAll(session.vault.address, vault)
      let isStruck = false
      const proxy = await session.cliThrough!(number => {
        if (number < at) return undefined
        isStruck = true
        return { drop: at % 2 === 0 ? 'after' : 'before' }
      })
      const broken = new Project({ 'secrets.yaml': manifestOf(manifest(session), proxy.settings['vault']!) })
      expect((await broken.run(['trust', '--yes'])).code).toBe(0)
      const { code } = await broken.json(['rotate', 'JWT_SECRET'], { env })
      expect([at, isStruck, code]).toEqual([at, true, 2])
      await proxy.stop()
      const between = await fieldView(session, 'jwt_secret')
      if (between.current !== 'jwt-by-hand') expect(between.previous).toBe('jwt-by-hand')
      const again = await project.json(['rotate', 'JWT_SECRET'], { env })
      if (again.code !== 0) expect([at, again.report.error?.code]).toEqual([at, 'rotation.grace_open'])
      const view = await fieldView(session, 'jwt_secret')
      expect([at, view.previous]).toEqual([at, 'jwt-by-hand'])
      if (between.current !== 'jwt-by-hand') expect(view.current).toBe(between.current)
      await expectUntouched(session)
      await session.stop()
    }
  })
})
