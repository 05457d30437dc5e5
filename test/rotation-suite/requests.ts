import { beforeAll, describe, expect, it } from 'vitest'
import { mapParallel } from '../../src/core/parallel.ts'
import { expectSettled, expectWhole } from './settled.ts'
import { ahead, type Place, type Runner, suiteName } from './place.ts'

/** Requests to the store for one `secrets rotate NAME`, whatever the number of secrets. */
const allowed: Readonly<Record<string, number>> = { vault: 6, aws: 8, gcp: 8, azure: 12 }
/**
 * Where the first rotation of a secret takes more, because secrets beside it are looked for and made: exactly so many.
 * Faults then strike in both.
 */
const allowedFirst: Readonly<Record<string, number>> = { gcp: 12 }

/** No rotation needs more; a request that is never made would prove nothing. */
const most = 20
const limit = { timeout: 900_000 }

type Harm = 'kill' | 'drop-before' | 'drop-after'

/** What a secret has behind it. */
type Past = 'new' | 'retired'

/** Past the grace of an hour. */
const retirement = 7_200_000
const offsets: Readonly<Record<Past, number>> = { new: 0, retired: 7_300_000 }

/** On the wire: how many requests a rotation takes, and what becomes of it when each of them goes wrong. */
export function requestTests(place: () => Place, id: string): void {
  const first = allowedFirst[id]
  describe('request by request', () => {
    if (first !== undefined) {
      it(`the first rotation of a secret takes ${String(first)} requests`, limit, async () => {
        expect(await count(place(), suiteName(39), 'new')).toBe(first)
      })
    }
    const pasts: readonly Past[] = first === undefined ? ['new'] : ['new', 'retired']
    for (const [turn, past] of pasts.entries()) {
      const base = 40 + turn * (3 * most + 1)
      let requests = 0
      beforeAll(async () => {
        requests = await count(place(), suiteName(base), past)
      }, limit.timeout)

      if (past === pasts.at(-1)) {
        it(`a rotation takes at most ${String(allowed[id])} requests`, () => {
          expect(requests).toBeGreaterThan(1)
          expect(requests).toBeLessThanOrEqual(allowed[id] ?? 0)
        })
      }

      for (const [index, { title, harmsAt }] of trialsOf(past).entries()) {
        it(title, limit, async () => {
          expect(requests).toBeLessThanOrEqual(most)
          const trials = Array.from({ length: requests }, (_, from) => from + 1).flatMap(at =>
            harmsAt(at).map(harm => ({ at, harm })),
          )
          // Mostly they wait: for the store to settle, for programs to start.
          await mapParallel(trials, 3, async ({ at, harm }) => {
            await harmed(place(), suiteName(base + index * most + at), past, harm, at)
          })
        })
      }
    }
  })
}

interface Trials {
  readonly title: string
  harmsAt(request: number): readonly Harm[]
}

const harms: readonly Harm[] = ['kill', 'drop-before', 'drop-after']

/** Every harm at every request of a first rotation. A later one is much the same but for what is there already: one harm each. */
function trialsOf(past: Past): readonly Trials[] {
  if (past === 'new')
    return harms.map(harm => ({
      title: `${harm} at each request; the next run settles`,
      harmsAt: () => [harm],
    }))
  return [
    {
      title: `${harms.join(', ')} in turn at each request, after an earlier rotation; the next run settles`,
      harmsAt: at => harms.slice(at % harms.length).slice(0, 1),
    },
  ]
}

/** The value that is current before the rotation that is looked at. */
async function prepare(place: Place, runner: Runner, name: string, past: Past): Promise<string> {
  const value = `old-value-of-${name}`
  await runner.set(name, value)
  if (past === 'new') return value
  expect((await runner.json(['rotate', name, '--yes'])).code).toBe(0)
  expect((await runner.json(['retire', name], ahead(retirement))).code).toBe(0)
  return (await place.view(name)).current ?? ''
}

/** How many requests a run made. */
async function count(place: Place, name: string, past: Past): Promise<number> {
  await prepare(place, await place.runner(), name, past)
  const { runner, target } = await place.through(() => undefined)
  try {
    const before = target.count
    const { code, report } = await runner.json(['rotate', name, '--yes'], ahead(offsets[past]))
    expect([code, report.error]).toEqual([0, undefined])
    return target.count - before
  } finally {
    await target.stop()
  }
}

/** One run with one fault, then a run without: one new value, the old one kept, nothing in between for readers. */
async function harmed(place: Place, name: string, past: Past, harm: Harm, at: number): Promise<void> {
  const own = await place.runner()
  const old = await prepare(place, own, name, past)
  const offset = offsets[past]
  let hasStruck = false
  let kill: () => void = () => undefined
  const { runner, target } = await place.through(number => {
    if (number !== at) return undefined
    hasStruck = true
    if (harm === 'kill')
      return {
        drop: 'after',
        then: () => {
          kill()
        },
      }
    return { drop: harm === 'drop-before' ? 'before' : 'after' }
  })
  try {
    const running = runner.start(['rotate', name, '--yes', '--json'], ahead(offset))
    kill = running.kill
    const { signal, code, stdout } = await running.done
    const where = `${harm} at request ${String(at)}`
    expect(hasStruck, where).toBe(true)
    if (harm === 'kill') expect([signal, stdout], where).toEqual(['SIGKILL', ''])
    else expect([0, 2], where).toContain(code)
    await expectWhole(place, own, { name, old, offset, where })
  } finally {
    await target.stop()
  }
  await expectSettled(place, own, { name, old, offset, where: `${harm} at request ${String(at)}` })
}
