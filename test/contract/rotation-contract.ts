import type { ProviderHarness } from './harness.ts'
import { abortContract } from './rotation/abort.ts'
import { announceContract } from './rotation/announce.ts'
import { commitContract } from './rotation/commit.ts'
import { foreignContract } from './rotation/foreign.ts'
import { raceContract } from './rotation/race.ts'
import { retireContract } from './rotation/retire.ts'
import { revertContract } from './rotation/revert.ts'
import { type Claims, onScene } from './rotation/scene.ts'
import { stageContract } from './rotation/stage.ts'
import type { Runner } from './runner.ts'

/**
 * What a provider with a rotation store owes, said against the port alone: the verbs, and exactly what its
 * `guarantees` claim.
 */
export function rotationContract(runner: Runner, harness: ProviderHarness, claims: Claims): void {
  const scene = onScene(harness)
  stageContract(runner, scene, claims)
  announceContract(runner, scene, claims)
  commitContract(runner, scene, claims)
  abortContract(runner, scene, claims)
  revertContract(runner, scene)
  retireContract(runner, scene, claims)
  foreignContract(runner, scene)
  raceContract(runner, scene, claims)
}
