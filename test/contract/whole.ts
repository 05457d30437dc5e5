import { diagnosisContract } from './diagnosis-contract.ts'
import { type ProviderHarness, withStore } from './harness.ts'
import { providerContract, type ProviderMembers } from './provider-contract.ts'
import type { Claims } from './rotation/scene.ts'
import { rotationContract } from './rotation-contract.ts'
import type { Runner } from './runner.ts'

/** What a provider says of itself: everything that it has is proved, and nothing else. */
interface Offer extends ProviderMembers {
  readonly diagnose: boolean
  readonly rotation?: Claims
}

/** Defines the tests of a provider: its values, its diagnosis and its rotation, as far as it has them. */
export async function defineContract(runner: Runner, harness: ProviderHarness): Promise<void> {
  const offer = await offerOf(harness)
  runner.describe(`${harness.id}: provider`, () => {
    providerContract(runner, harness, offer)
  })
  if (offer.diagnose) {
    runner.describe(`${harness.id}: diagnosis`, () => {
      diagnosisContract(runner, harness)
    })
  }
  const { rotation } = offer
  if (rotation === undefined) return
  runner.describe(`${harness.id}: rotation`, () => {
    rotationContract(runner, harness, rotation)
  })
}

/** Asked of a first connection. */
async function offerOf(harness: ProviderHarness): Promise<Offer> {
  let offer: Offer | undefined
  await withStore(harness, provider => {
    const { rotation } = provider
    offer = {
      readAll: provider.readAll !== undefined,
      writeIf: provider.writeIf !== undefined,
      versions: provider.versions !== undefined,
      purge: provider.purge !== undefined,
      diagnose: provider.diagnose !== undefined,
      ...(rotation === undefined
        ? {}
        : {
            rotation: {
              guarantees: rotation.guarantees,
              hasAnnounce: rotation.announce !== undefined,
              hasDestroy: rotation.destroy !== undefined,
            },
          }),
    }
    return Promise.resolve()
  })
  if (offer === undefined) throw new Error('the store gave no connection')
  return offer
}
