import { describe, expect, it } from 'vitest'
import { startGcp } from '../providers/gcp.harness.ts'
import { Project } from '../support/cli.ts'
import { ahead } from './place.ts'

const secret = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }

describe('gcp, through the command line: ref', { timeout: 120_000 }, () => {
  it('a secret under its own name is found, rotated and retired there', async () => {
    const session = await startGcp()
    session.addByHand('the-session-key', 'session-by-hand')
    const { settings, env } = session.cli!()
    const place = { ref: `${session.prefix}the-session-key` }
    const manifest = (own: object): string =>
      JSON.stringify({
        version: 1,
        environments: { production: { provider: 'gcp', ...settings, rotate: { every: '30d', grace: '1h' } } },
        variables: { SESSION_KEY: { ...secret, environments: { production: own } } },
      })
    const project = new Project({ 'secrets.yaml': manifest(place) })
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    const { report } = await project.json(['list'], { env })
    expect((report.data?.['secrets'] as { name: string }[]).map(({ name }) => name)).toEqual(['SESSION_KEY'])
    expect((await project.json(['rotate', 'SESSION_KEY', '--yes'], { env })).code).toBe(0)
    const view = await session.readersView!('the-session-key')
    expect(view).toEqual({
      current: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      previous: 'session-by-hand',
    })
    const later = { env: { ...env, ...ahead(7_200_000).env } }
    expect((await project.json(['retire', 'SESSION_KEY'], later)).code).toBe(0)
    expect((await session.readersView!('the-session-key')).previous).not.toBe('session-by-hand')

    project.write('secrets.yaml', manifest({ ...place, field: 'key' }))
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    const refused = await project.json(['list'], { env })
    expect([refused.code, refused.report.error?.code]).toEqual([2, 'manifest.invalid'])
    await session.stop()
  })
})
