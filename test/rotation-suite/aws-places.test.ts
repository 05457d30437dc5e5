import { describe, expect, it } from 'vitest'
import { type AwsSession, startAws } from '../providers/aws.harness.ts'
import { expectUntouched, fieldView, original, shared, textOf } from '../providers/aws-fields.ts'
import { type JsonReport, Project } from '../support/cli.ts'
import { ahead, entriesOf } from './place.ts'

const tail = ' \n}\n'
const secret = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }
const placed = (place: object): object => ({ ...secret, environments: { production: place } })

/** Variables that stand where somebody put them before this tool came. */
const manifest = ({ prefix, server }: AwsSession): string =>
  JSON.stringify({
    version: 1,
    environments: {
      production: {
        ...{ provider: 'aws', region: server.service.region, prefix },
        rotate: { every: '30d', grace: '1h' },
      },
    },
    variables: {
      JWT_SECRET: placed({ ref: shared, field: 'jwt_secret' }),
      MAIL_TOKEN: placed({ ref: shared, field: 'mail_token' }),
      SESSION_KEY: placed({ ref: `${prefix}the-session-key` }),
    },
  })

async function opened(): Promise<{ session: AwsSession; project: Project; env: Record<string, string> }> {
  const session = await startAws()
  const fields = ',"jwt_secret":"jwt-by-hand","mail_token":"mail-by-hand"'
  session.server.service.seed(shared, original.replace(tail, fields + tail))
  session.server.service.seed(`${session.prefix}the-session-key`, 'session-by-hand')
  const project = new Project({ 'secrets.yaml': manifest(session) })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return { session, project, env: { ...session.cli!().env } }
}

const wordsOf = (report: JsonReport): readonly (readonly [string, string])[] =>
  entriesOf(report, 'secrets').map(({ name, state }) => [name, state] as const)

describe('aws, through the command line: ref and field', { timeout: 120_000 }, () => {
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
    expect(await textOf(session, `${session.prefix}the-session-key`)).toMatch(/^[0-9a-f]{64}$/)
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

  it('requests of a whole rotation: at most eight, the first one of a value that somebody wrote included', async () => {
    const { session, project } = await opened()
    const proxy = await session.through(() => undefined)
    const env = { ...session.cli!().env, AWS_ENDPOINT_URL: proxy.address }
    const counts: number[] = []
    for (const [round, name] of ['JWT_SECRET', 'SESSION_KEY', 'JWT_SECRET'].entries()) {
      const clock = round < 2 ? {} : { ...ahead(7_200_000).env }
      if (round === 2) await project.json(['retire', name], { env: { ...env, ...clock } })
      const before = proxy.count
      expect((await project.json(['rotate', name], { env: { ...env, ...clock } })).code).toBe(0)
      counts.push(proxy.count - before)
    }
    expect(counts).toEqual([8, 6, 6])
    await session.stop()
  })

  it('the store lost from each request of a rotation on; the next run settles it', async () => {
    for (let at = 1; at <= 8; at += 1) {
      const { session, project, env } = await opened()
      let isStruck = false
      const proxy = await session.through(number => {
        if (number < at) return undefined
        isStruck = true
        return { do: 'drop', when: at % 2 === 0 ? 'after' : 'before' }
      })
      const broken = await project.json(['rotate', 'JWT_SECRET'], {
        env: { ...env, AWS_ENDPOINT_URL: proxy.address },
      })
      expect([at, isStruck, broken.code]).toEqual([at, true, 2])
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
