import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { providers } from '../../../providers/index.ts'
import { findHarness } from '../../contract/suite.ts'
import { cycleTests } from '../cycles.ts'
import { Place } from '../place.ts'

/** `npm run test:soak`: too long for every change. SECRETS_SOAK_CYCLES makes it shorter, to try it. */
const size = { runners: 8, cycles: Number(process.env['SECRETS_SOAK_CYCLES'] ?? '200') }

for (const id of Object.keys(providers)) {
  const harness = await findHarness(id)
  if (harness?.unavailable !== undefined) {
    it.skip(`${id}: ${harness.unavailable}`, () => undefined)
    continue
  }
  describe(id, () => {
    let place: Place | undefined
    beforeAll(async () => {
      expect(harness?.id).toBe(id)
      if (harness !== undefined) place = await Place.open(harness)
    })
    afterAll(async () => {
      await place?.close()
      await harness?.close?.()
    })

    cycleTests(() => place!, size)
  })
}
