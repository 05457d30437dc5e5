import { afterAll, describe, expect, it } from 'vitest'
import { type AzureSession, harness, startAzure } from '../providers/azure.harness.ts'
import { expectUntouched, fieldView, shared, textOf, withText } from '../providers/azure-fields.ts'
import { Project } from '../support/cli.ts'
import { ahead } from './place.ts'
import { placedLife, placedManifest } from './placed.ts'

afterAll(() => harness.close?.())

const sessionKey = 'the-session-key'
const manifest = (session: AzureSession): string =>
  placedManifest({ provider: 'azure', ...session.cli!().settings }, shared, sessionKey)

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

describe('azure, through the command line: ref and field', { timeout: 120_000 }, () => {
  placedLife(async () => {
    const { session, project, env } = await opened()
    return {
      project,
      env,
      view: field => fieldView(session, field),
      sessionKey: () => textOf(session, sessionKey),
      untouched: () => expectUntouched(session),
      stop: () => session.stop(),
    }
  })

  it('requests of a whole rotation: at most twelve, the first one of a value that somebody wrote included', async () => {
    const { session, project, env } = await opened()
    const counts: number[] = []
    for (const [round, name] of ['JWT_SECRET', 'SESSION_KEY', 'JWT_SECRET'].entries()) {
      const clock = round < 2 ? {} : { ...ahead(7_200_000).env }
      if (round === 2) await project.json(['retire', name], { env: { ...env, ...clock } })
      const before = session.vault.seen.length
      expect((await project.json(['rotate', name, '--yes'], { env: { ...env, ...clock } })).code).toBe(0)
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
      const { code } = await broken.json(['rotate', 'JWT_SECRET', '--yes'], { env })
      expect([at, isStruck, code]).toEqual([at, true, 2])
      await proxy.stop()
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
