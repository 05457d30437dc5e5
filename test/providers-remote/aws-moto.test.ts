import { afterAll, describe, expect, it } from 'vitest'
import type { ProviderHarness } from '../contract/harness.ts'
import { guarantees } from '../../providers/aws/rotation.ts'
import { abortContract } from '../contract/rotation/abort.ts'
import { raceContract } from '../contract/rotation/race.ts'
import { retireContract } from '../contract/rotation/retire.ts'
import { onScene } from '../contract/rotation/scene.ts'
import { stageContract } from '../contract/rotation/stage.ts'
import { startElsewhere } from '../providers/aws-elsewhere.ts'
import { findMoto, type Moto, startMoto } from '../servers/moto.ts'

// An emulator by other people as a second opinion, on the parts of the suite in which it answers as documented. Left
// out: commit, because a move of AWSCURRENT to a version that is not there takes the label off before it is refused;
// revert and foreign, because a value written in a grace period is not the current one there afterwards; the provider
// suite, because a secret that waits for its deletion takes values, and 10,000 secrets are more than it lists in time.

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
  describe('aws on moto', () => {
    const scene = onScene(harness)
    const runner = { describe, expect, it }
    const claims = { guarantees, hasAnnounce: false, hasDestroy: false }
    stageContract(runner, scene, claims)
    abortContract(runner, scene, claims)
    retireContract(runner, scene, claims)
    raceContract(runner, scene, claims)
  })
}
