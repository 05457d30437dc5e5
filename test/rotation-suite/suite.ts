import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderEntry } from '../../providers/index.ts'
import { findHarness, idsOfKind } from '../contract/suite.ts'
import { commandTests } from './commands.ts'
import { cycleTests } from './cycles.ts'
import { fileFaultTests } from './file-faults.ts'
import { lifeTests } from './life.ts'
import { Place } from './place.ts'
import { requestTests } from './requests.ts'
import { signingTests } from './signing.ts'

/**
 * What an operator does, over every provider of the registry: `bin/secrets.js` as a process of its own, in a directory
 * with a manifest that is trusted, on a real store; what stands there is read past the adapter. A provider whose
 * harness does not say how the command line reaches its store fails. `isMine`: by the place in the registry.
 */
export async function rotationSuite(
  kind: ProviderEntry['kind'],
  isMine: (at: number) => boolean = () => true,
): Promise<void> {
  for (const id of idsOfKind(kind).filter((_, at) => isMine(at))) {
    const harness = await findHarness(id)
    if (harness?.unavailable !== undefined) {
      it.skip(`${id}: ${harness.unavailable}`, () => undefined)
      continue
    }
    describe(`${id}: through the command line`, () => {
      let opened: Place | undefined
      const place = (): Place => {
        if (opened === undefined) throw new Error(`the store of ${id} was not opened`)
        return opened
      }
      beforeAll(async () => {
        expect(harness?.id, `test/providers/${id}.harness.ts`).toBe(id)
        if (harness !== undefined) opened = await Place.open(harness)
      })
      afterAll(async () => {
        await opened?.close()
        await harness?.close?.()
      })

      lifeTests(place)
      signingTests(place)
      commandTests(place, id)
      cycleTests(place, { runners: 4, cycles: 10 })
      if (kind === 'remote') requestTests(place, id)
      else fileFaultTests(place)
    })
  }
}
