import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { scenarios } from './scenarios.ts'
import { canTrace, harmCommand } from './strace.ts'
import { type Case, casesOf, type Rehearsal, rehearse, tryFaults } from './trial.ts'

/** Together they make every kind of call; the full product is `npm run test:crash`. */
const titles = ['init (dotenv)', 'rotate (dotenv)', 'retire (local)']

describe.skipIf(!canTrace)('a fault at one call of every kind (needs strace)', () => {
  it('leaves complete files, and the next command works', { timeout: 240_000 }, async () => {
    const seen = new Set<string>()
    const broken: string[] = []
    for (const title of titles) {
      const rehearsal = await rehearse(scenarios.find(one => one.title === title)!)
      const cases = onePerKind(rehearsal, seen)
      broken.push(...(await tryFaults(rehearsal, cases)))
    }
    expect([...seen].sort()).toEqual(kinds)
    expect(broken).toEqual([])
  })

  it('is noticed when it does not strike', async () => {
    const project = new Project({ '.env': 'API_TOKEN=first-value\n' })
    const options = { base: dirname(project.path), cwd: project.path, env: project.env(), input: 'new-value' }
    const run = await harmCommand(['set', 'API_TOKEN'], options, 'SIGKILL', { name: 'rename', ordinal: 2 })
    expect([run.code, run.struck]).toEqual([0, undefined])
    const other = await harmCommand(['set', 'API_TOKEN'], options, 'SIGKILL', { name: 'openat', ordinal: 3 })
    expect([other.code === 0, other.struck]).toEqual([false, undefined])
  })
})

const kinds = ['close', 'fchmod', 'fsync', 'link', 'mkdir', 'open', 'rename', 'unlink', 'write']

/** Which of `open` and `openat`, `rename` and `renameat2` is called depends on the machine. */
const kindOf = (name: string): string => name.replace(/at2?$/, '')

/** The middle one of its kind: killed and failing take turns, and ENOSPC and EIO among the failing. */
function onePerKind(rehearsal: Rehearsal, seen: Set<string>): readonly Case[] {
  const cases = casesOf(rehearsal)
  const kindsHere = new Set(cases.map(([, { name }]) => kindOf(name)).filter(kind => !seen.has(kind)))
  return [...kindsHere].flatMap(kind => {
    seen.add(kind)
    const wanted = (['SIGKILL', 'ENOSPC', 'SIGKILL', 'EIO'] as const)[seen.size % 4]!
    const here = cases.filter(([, call]) => kindOf(call.name) === kind)
    // A program is not killed at a close.
    const own = here.filter(([fault]) => fault === wanted)
    const from = own.length === 0 ? here : own
    return from.slice(Math.floor(from.length / 2)).slice(0, 1)
  })
}
