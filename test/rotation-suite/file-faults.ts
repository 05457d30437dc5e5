import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { entriesOf, type Place, suiteName } from './place.ts'
import { expectSettled, expectWhole } from './settled.ts'

const hook = pathToFileURL(join(import.meta.dirname, 'kill-at-publication.mjs')).href
const limit = { timeout: 300_000 }
/** A rotation publishes fewer files than that. */
const most = 20

/** Stores that are files change when a file gets its name: the process is killed around each such moment. */
export function fileFaultTests(place: () => Place): void {
  describe('publication by publication', () => {
    for (const [index, when] of (['before', 'after'] as const).entries()) {
      it(`kill ${when} each file that a rotation publishes; the next run settles`, limit, async () => {
        let killed = 0
        for (let at = 1; at < most; at += 1) {
          const name = suiteName(40 + index * most + at)
          const old = `old-value-of-${name}`
          const runner = await place().runner()
          await runner.set(name, old)
          const harm = { env: { SUITE_KILL_AT: String(at), SUITE_KILL_WHEN: when } }
          const running = runner.start(['rotate', name, '--yes'], { ...harm, node: ['--import', hook] })
          const { signal, code, stdout } = await running.done
          if (signal === null) {
            expect(code).toBe(0)
            break
          }
          killed += 1
          const where = `kill ${when} publication ${String(at)}`
          expect([signal, stdout], where).toEqual(['SIGKILL', ''])
          await expectWhole(place(), runner, { name, old, where })
          await expectSettled(place(), runner, { name, old, where })
        }
        // The staged value, and the flip.
        expect(killed).toBeGreaterThan(1)
        expect(killed).toBeLessThan(most - 1)
      })
    }

    it('abort gives up what a killed run had staged', limit, async () => {
      const name = suiteName(39)
      const runner = await place().runner()
      await runner.set(name, 'kept')
      const harm = { env: { SUITE_KILL_AT: '1', SUITE_KILL_WHEN: 'after' }, node: ['--import', hook] }
      let state = 'steady'
      // The first file that is published may be a lock.
      for (let at = 1; at < most && state !== 'staged'; at += 1) {
        await runner.run(['rotate', name, '--yes'], {
          ...harm,
          env: { ...harm.env, SUITE_KILL_AT: String(at) },
        })
        state = (await runner.statusOf(name)).state
      }
      expect(state).toBe('staged')
      const { code, report } = await runner.json(['rotate', name, '--abort'])
      expect([code, entriesOf(report, 'rotations')[0]?.action]).toEqual([0, 'abort'])
      expect(await place().view(name)).toEqual({ current: 'kept' })
      expect((await runner.statusOf(name)).state).toBe('steady')
    })
  })
}
