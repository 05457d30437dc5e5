import { beforeAll, describe, expect, it } from 'vitest'
import type { CliFault } from '../contract/harness.ts'
import { expectSettled, expectWhole } from './settled.ts'
import { type Place, suiteName } from './place.ts'

/** Requests to the store for one `secrets rotate NAME`, whatever the number of secrets. */
const allowed: Readonly<Record<string, number>> = { vault: 6, aws: 8, gcp: 8, azure: 12 }

/** No rotation needs more; a request that is never made would prove nothing. */
const most = 20
const limit = { timeout: 900_000 }

type Harm = 'kill' | 'drop-before' | 'drop-after'

/** On the wire: how many requests a rotation takes, and what becomes of it when each of them goes wrong. */
export function requestTests(place: () => Place, id: string): void {
  describe('request by request', () => {
    let count = 0
    beforeAll(async () => {
      count = await rotate(place(), suiteName(40), () => undefined)
    }, limit.timeout)

    it(`a rotation takes at most ${String(allowed[id])} requests`, () => {
      expect(count).toBeGreaterThan(1)
      expect(count).toBeLessThanOrEqual(allowed[id] ?? 0)
    })

    for (const [index, harm] of (['kill', 'drop-before', 'drop-after'] as const).entries()) {
      it(`${harm} at each request; the next run settles`, limit, async () => {
        expect(count).toBeLessThanOrEqual(most)
        for (let at = 1; at <= count; at += 1) {
          await harmed(place(), suiteName(41 + index * most + at), harm, at)
        }
      })
    }
  })
}

/** How many requests the run made. */
async function rotate(
  place: Place,
  name: string,
  plan: (number: number) => CliFault | undefined,
): Promise<number> {
  const own = await place.runner()
  await own.set(name, `old-value-of-${name}`)
  let isWatched = false
  let before = 0
  const { runner, target } = await place.through(number => (isWatched ? plan(number - before) : undefined))
  try {
    before = target.count
    isWatched = true
    const { code, stderr } = await runner.run(['rotate', name])
    expect([code, stderr]).toEqual([0, ''])
    return target.count - before
  } finally {
    await target.stop()
  }
}

/** One run with one fault, then a run without: one new value, the old one kept, nothing in between for readers. */
async function harmed(place: Place, name: string, harm: Harm, at: number): Promise<void> {
  const old = `old-value-of-${name}`
  const own = await place.runner()
  await own.set(name, old)
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
    const running = runner.start(['rotate', name, '--json'])
    kill = running.kill
    const { signal, code, stdout } = await running.done
    const where = `${harm} at request ${String(at)}`
    expect(hasStruck, where).toBe(true)
    if (harm === 'kill') expect([signal, stdout], where).toEqual(['SIGKILL', ''])
    else expect([0, 2], where).toContain(code)
    await expectWhole(place, own, { name, old, where })
  } finally {
    await target.stop()
  }
  await expectSettled(place, own, { name, old, where: `${harm} at request ${String(at)}` })
}
