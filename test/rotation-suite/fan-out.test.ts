import { describe, expect, it, onTestFinished } from 'vitest'
import type { CliTarget, ProviderHarness, ReadersView, Session } from '../contract/harness.ts'
import { harness as aws } from '../providers/aws.harness.ts'
import { harness as azure } from '../providers/azure.harness.ts'
import { harness as gcp } from '../providers/gcp.harness.ts'
import { harness as vault } from '../providers/vault.harness.ts'
import { type CliOptions, Project } from '../support/cli.ts'
import { ahead, entriesOf } from './place.ts'

const stores = [vault, aws, gcp, azure]
const missing = stores.flatMap(({ unavailable }) => unavailable ?? [])
const first = 'one-value-in-all-of-the-stores-0001'

type Listed = readonly [provider: string, target: CliTarget]

async function open(...harnesses: readonly ProviderHarness[]): Promise<readonly Session[]> {
  const sessions = await Promise.all(harnesses.map(one => one.start()))
  onTestFinished(async () => {
    await Promise.all(sessions.map(one => one.stop()))
  })
  return sessions
}

/** A project whose one environment is all of these stores; each has the value already. */
async function projectOf(
  listed: readonly Listed[],
): Promise<{ project: Project; env: Record<string, string> }> {
  const env = Object.assign({}, ...listed.map(([, target]) => target.env)) as Record<string, string>
  const text = (targets: readonly Listed[]): string =>
    JSON.stringify({
      version: 1,
      environments: {
        production: {
          targets: targets.map(([provider, { settings }]) => ({ id: provider, provider, ...settings })),
          rotate: { every: '30d', grace: '1h' },
        },
      },
      variables: { TOKEN: { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } } },
    })
  const project = new Project()
  for (const one of listed) {
    project.write('secrets.yaml', text([one]))
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    expect((await project.run(['set', 'TOKEN'], { env, input: first })).code).toBe(0)
  }
  project.write('secrets.yaml', text(listed))
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return { project, env }
}

const viewsOf = async (sessions: readonly Session[]): Promise<readonly ReadersView[]> =>
  await Promise.all(sessions.map(one => one.readersView!('TOKEN')))
const statesOf = async (project: Project, options: CliOptions): Promise<readonly string[]> =>
  entriesOf((await project.json(['status', 'TOKEN'], options)).report, 'secrets').map(({ state }) => state)

describe.skipIf(missing.length > 0)('one value in several stores', { timeout: 600_000 }, () => {
  it('is rotated, retired and rotated back in all of them', async () => {
    const sessions = await open(...stores)
    const { project, env } = await projectOf(sessions.map((one, at) => [stores[at]!.id, one.cli!()]))
    const { code, report } = await project.json(['rotate', 'TOKEN', '--yes'], { env })
    expect([code, report.error]).toEqual([0, undefined])
    expect(report.data?.['rotations']).toMatchObject([{ target: 'vault', also: ['aws', 'gcp', 'azure'] }])
    const [leader, ...others] = await viewsOf(sessions)
    expect(leader).toEqual({ current: expect.stringMatching(/^[0-9a-f]{64}$/) as string, previous: first })
    for (const view of others) expect(view).toEqual(leader)
    const later = { env: { ...env, ...ahead(7_200_000).env } }
    expect((await project.run(['rotate', '--due'], later)).code).toBe(0)
    expect(await statesOf(project, later)).toEqual(['steady', 'steady', 'steady', 'steady'])
    for (const { current, previous } of await viewsOf(sessions)) {
      expect([current, previous === first]).toEqual([leader?.current, false])
    }
    expect((await project.run(['rotate', 'TOKEN', '--yes'], later)).code).toBe(0)
    expect((await project.run(['rollback', 'TOKEN'], later)).code).toBe(0)
    for (const { current } of await viewsOf(sessions)) expect(current).toBe(leader?.current)
  })

  // What is ours alone is shown at each request of each store elsewhere (requests.ts); here is what lies between two.
  it('kill, drop-before, drop-after in turn at each request to the second store: the next run settles both', async () => {
    let hasStruck = true
    for (let at = 1; hasStruck; at += 1) {
      const sessions = await open(vault, aws)
      hasStruck = await harmed(sessions, (['kill', 'drop-before', 'drop-after'] as const)[at % 3]!, at)
      expect(at).toBeLessThan(40)
    }
  })
})

/** One run whose second store fails at that request, then a run without faults. False: the request was never made. */
async function harmed(
  sessions: readonly Session[],
  harm: 'kill' | 'drop-before' | 'drop-after',
  at: number,
): Promise<boolean> {
  const [leading, following] = sessions
  let hasStruck = false
  let isArmed = false
  let count = 0
  const kills = new AbortController()
  const through = await following!.cliThrough!(() => {
    if (!isArmed || (count += 1) !== at) return undefined
    hasStruck = true
    const then = (): void => {
      kills.abort()
    }
    return harm === 'kill' ? { drop: 'after', then } : { drop: harm === 'drop-before' ? 'before' : 'after' }
  })
  try {
    const { project, env } = await projectOf([
      ['vault', leading!.cli!()],
      ['aws', through],
    ])
    isArmed = true
    const { code } = await project.run(['rotate', 'TOKEN', '--yes'], { env, killedBy: kills.signal })
    isArmed = false
    const where = `${harm} at request ${String(at)}`
    const [lead, behind] = await viewsOf(sessions)
    // Whatever the second store gives out, the first one accepts.
    expect([lead?.current, lead?.previous], where).toContain(behind?.current)
    if (harm !== 'kill') expect([0, 2], where).toContain(code)
    // Somebody else's run, and one that finds nothing to do.
    for (const words of [['--due'], ['--due']])
      expect((await project.json(['rotate', ...words], { env })).report.error, where).toBeUndefined()
    const [one, other] = await viewsOf(sessions)
    expect(other, where).toEqual(one)
    const states = await statesOf(project, { env })
    expect(states[0], where).toBe(states[1])
    expect([one?.current, one?.previous], where).toContain(first)
  } finally {
    await through.stop()
  }
  return hasStruck
}
