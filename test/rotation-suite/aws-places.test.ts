import { describe, expect, it } from 'vitest'
import { type AwsSession, startAws } from '../providers/aws.harness.ts'
import { expectUntouched, fieldView, original, shared, textOf } from '../providers/aws-fields.ts'
import { Project } from '../support/cli.ts'
import { ahead } from './place.ts'
import { placedLife, placedManifest } from './placed.ts'

const tail = ' \n}\n'
const manifest = ({ prefix, server }: AwsSession): string =>
  placedManifest(
    { provider: 'aws', region: server.service.region, prefix },
    shared,
    `${prefix}the-session-key`,
  )

async function opened(): Promise<{ session: AwsSession; project: Project; env: Record<string, string> }> {
  const session = await startAws()
  const fields = ',"jwt_secret":"jwt-by-hand","mail_token":"mail-by-hand"'
  session.server.service.seed(shared, original.replace(tail, fields + tail))
  session.server.service.seed(`${session.prefix}the-session-key`, 'session-by-hand')
  const project = new Project({ 'secrets.yaml': manifest(session) })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return { session, project, env: { ...session.cli!().env } }
}

describe('aws, through the command line: ref and field', { timeout: 120_000 }, () => {
  placedLife(async () => {
    const { session, project, env } = await opened()
    return {
      project,
      env,
      view: field => fieldView(session, field),
      sessionKey: () => textOf(session, `${session.prefix}the-session-key`),
      untouched: () => expectUntouched(session),
      stop: () => session.stop(),
    }
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
      expect((await project.json(['rotate', name, '--yes'], { env: { ...env, ...clock } })).code).toBe(0)
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
      const broken = await project.json(['rotate', 'JWT_SECRET', '--yes'], {
        env: { ...env, AWS_ENDPOINT_URL: proxy.address },
      })
      expect([at, isStruck, broken.code]).toEqual([at, true, 2])
      const between = await fieldView(session, 'jwt_secret')
      if (between.current !== 'jwt-by-hand') expect(between.previous).toBe('jwt-by-hand')
      const again = await project.json(['rotate', 'JWT_SECRET', '--yes'], { env })
      if (again.code !== 0) expect([at, again.report.error?.code]).toEqual([at, 'rotation.grace_open'])
      const view = await fieldView(session, 'jwt_secret')
      expect([at, view.previous]).toEqual([at, 'jwt-by-hand'])
      if (between.current !== 'jwt-by-hand') expect(view.current).toBe(between.current)
      await expectUntouched(session)
      await session.stop()
    }
  })
})
