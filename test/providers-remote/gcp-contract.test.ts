import { afterAll, describe, expect, it } from 'vitest'
import { defineContract } from '../contract/whole.ts'
import { harness, startGcp } from '../providers/gcp.harness.ts'

// The registry's suite runs the usual way of reading; the same suite for the others.
afterAll(() => harness.close?.())

const ways: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by alias': { read: 'alias' },
  'regional secrets': { location: 'europe-west3' },
}

for (const [way, settings] of Object.entries(ways)) {
  await defineContract({ describe, expect, it }, { id: `gcp, ${way}`, start: () => startGcp(settings) })
}
