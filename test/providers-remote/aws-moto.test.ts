import { afterAll, describe, it } from 'vitest'
import type { ProviderHarness } from '../contract/harness.ts'
import { rotationContract } from '../contract/rotation-contract.ts'
import { startElsewhere } from '../providers/aws-elsewhere.ts'
import { findMoto, type Moto, startMoto } from '../servers/moto.ts'

// An emulator by other people as a second opinion. Only the rotation suite: moto takes a value for a secret that waits
// for its deletion (the service refuses it), and 10,000 secrets are more than it lists in the time of a test.

let moto: Promise<Moto> | undefined
const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' }

const harness: ProviderHarness = {
  id: 'aws',
  start: async () => startElsewhere((await (moto ??= startMoto())).address, keys),
}

afterAll(async () => {
  await (await moto)?.stop()
})

if (findMoto() === undefined) it.skip('moto: not here: scripts/install-servers.sh', () => undefined)
else {
  describe('aws on moto: rotation', async () => {
    await rotationContract(harness)
  })
}
