import { type ProviderHarness, withStore } from './harness.ts'
import { abortContract } from './rotation/abort.ts'
import { commitContract } from './rotation/commit.ts'
import { foreignContract } from './rotation/foreign.ts'
import { raceContract } from './rotation/race.ts'
import { retireContract } from './rotation/retire.ts'
import { revertContract } from './rotation/revert.ts'
import { type Claims, onScene } from './rotation/scene.ts'
import { stageContract } from './rotation/stage.ts'

/**
 * What a provider with a rotation store owes, said against the port alone: the verbs, and exactly what its
 * `guarantees` claim. Defines nothing for a provider without one.
 */
export async function rotationContract(harness: ProviderHarness): Promise<void> {
  const claims = await claimsOf(harness)
  if (claims === undefined) return
  const scene = onScene(harness)
  stageContract(scene, claims)
  commitContract(scene, claims)
  abortContract(scene, claims)
  revertContract(scene)
  retireContract(scene, claims)
  foreignContract(scene)
  raceContract(scene, claims)
}

async function claimsOf(harness: ProviderHarness): Promise<Claims | undefined> {
  let claims: Claims | undefined
  await withStore(harness, ({ rotation }) => {
    claims = rotation && {
      guarantees: rotation.guarantees,
      hasAnnounce: rotation.announce !== undefined,
      hasDestroy: rotation.destroy !== undefined,
    }
    return Promise.resolve()
  })
  return claims
}
