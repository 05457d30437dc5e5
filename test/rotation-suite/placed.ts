import { expect, it } from 'vitest'
import type { ReadersView } from '../contract/harness.ts'
import type { JsonReport, Project } from '../support/cli.ts'
import { ahead, entriesOf } from './place.ts'

const secret = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }
const placed = (place: object): object => ({ ...secret, environments: { production: place } })

/** A store with a JSON value of many fields, two of which are variables, and a secret of another name. */
export interface PlacedStore {
  readonly project: Project
  readonly env: Readonly<Record<string, string>>
  /** Read past the adapter. */
  view(field: string): Promise<ReadersView>
  /** The value of the secret with the other name, read past the adapter. */
  sessionKey(): Promise<string>
  /** Every other byte of the JSON value is as it was. */
  untouched(): Promise<void>
  stop(): Promise<void>
}

/** Variables that stand where somebody put them before this tool came. */
export function placedManifest(production: object, shared: string, sessionKey: string): string {
  return JSON.stringify({
    version: 1,
    environments: { production: { ...production, rotate: { every: '30d', grace: '1h' } } },
    variables: {
      JWT_SECRET: placed({ ref: shared, field: 'jwt_secret' }),
      MAIL_TOKEN: placed({ ref: shared, field: 'mail_token' }),
      SESSION_KEY: placed({ ref: sessionKey }),
    },
  })
}

const wordsOf = (report: JsonReport): readonly (readonly [string, string])[] =>
  entriesOf(report, 'secrets').map(({ name, state }) => [name, state] as const)

export function placedLife(open: () => Promise<PlacedStore>): void {
  it('each variable is found, rotated and retired where it stands; nothing beside it changes', async () => {
    const { project, env, view, sessionKey, untouched, stop } = await open()
    const list = await project.json(['list'], { env })
    expect([list.code, (list.report.data?.['secrets'] as { name: string }[]).map(one => one.name)]).toEqual([
      0,
      ['JWT_SECRET', 'MAIL_TOKEN', 'SESSION_KEY'],
    ])
    expect((await project.run(['get', 'MAIL_TOKEN'], { env })).stdout).toBe('mail-by-hand')
    for (const name of ['JWT_SECRET', 'SESSION_KEY']) {
      const { code, report } = await project.json(['rotate', name, '--yes'], { env })
      expect([name, code, report.error]).toEqual([name, 0, undefined])
    }
    const jwt = await view('jwt_secret')
    expect(jwt).toEqual({
      current: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      previous: 'jwt-by-hand',
    })
    expect(await view('mail_token')).toEqual({ current: 'mail-by-hand' })
    expect(await sessionKey()).toMatch(/^[0-9a-f]{64}$/)
    expect(wordsOf((await project.json(['status'], { env })).report)).toEqual([
      ['JWT_SECRET', 'grace'],
      ['MAIL_TOKEN', 'steady'],
      ['SESSION_KEY', 'grace'],
    ])
    await untouched()
    const program = `const { JWT_SECRET_OLD: old, MAIL_TOKEN: token } = process.env
      process.exit(old === 'jwt-by-hand' && token === 'mail-by-hand' ? 7 : 8)`
    expect((await project.run(['run', '--', process.execPath, '-e', program], { env })).code).toBe(7)

    const later = { env: { ...env, ...ahead(7_200_000).env } }
    expect((await project.json(['rotate', 'MAIL_TOKEN', '--yes'], { env })).code).toBe(0)
    expect((await project.json(['retire', 'JWT_SECRET'], later)).code).toBe(0)
    expect(await view('jwt_secret')).toEqual({ current: jwt.current, previous: jwt.current })
    expect((await view('mail_token')).previous).toBe('mail-by-hand')
    expect((await project.json(['rollback', 'MAIL_TOKEN'], { env })).code).toBe(0)
    expect((await view('mail_token')).current).toBe('mail-by-hand')
    const doctor = await project.json(['doctor'], { env })
    expect(doctor.code).toBe(0)
    await untouched()
    await stop()
  })
}
