import { afterAll, describe } from 'vitest'
import type { ProviderHarness } from '../contract/harness.ts'
import { providerContract } from '../contract/provider-contract.ts'
import { rotationContract } from '../contract/rotation-contract.ts'
import { harness, startGcp } from '../providers/gcp.harness.ts'

// The registry's suite runs the usual way of reading; the same suite for the others.
afterAll(() => harness.close?.())

const ways: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by alias': { read: 'alias' },
  'regional secrets': { location: 'europe-west3' },
}

for (const [way, settings] of Object.entries(ways)) {
  const own: ProviderHarness = { id: 'gcp', start: () => startGcp(settings) }
  describe(`gcp, ${way}: provider`, async () => {
    await providerContract(own)
  })
  describe(`gcp, ${way}: rotation`, async () => {
    await rotationContract(own)
  })
}
