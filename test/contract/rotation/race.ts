import { isSecretsError } from '../../../src/core/errors.ts'
import type { Pending, RotationStore } from '../../../src/core/rotation/port.ts'
import { Secret } from '../../../src/core/secret.ts'
import { never, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import { type Claims, facts, mark, name, oldValue, type OnScene, times } from './scene.ts'

export function raceContract({ it, expect }: Runner, scene: OnScene, { guarantees }: Claims): void {
  it(
    'runners racing whole rotations: one new value for each base',
    scene(async ({ provider, store, otherStore, session }) => {
      const third = await session.connect()
      const stores = [store, otherStore, third.rotation!]
      let value = oldValue
      for (let round = 0; round < 8; round += 1) {
        const base = (await store.observe(name, never)).current!.version
        const candidates = stores.map((_, index) => `candidate-${String(round)}-of-runner-${String(index)}`)
        const elected = await Promise.all(
          stores.map((one, index) => rotateOn(one, base, new Secret(candidates[index]!))),
        )
        const current = await valueOf(provider, name)
        expect(candidates).toContain(current)
        if (guarantees.election !== 'time-bound') {
          for (const one of elected) if (one !== undefined) expect(one.value.reveal()).toBe(current)
        }
        expect(elected.some(one => one !== undefined)).toBe(true)
        expect(await valueOf(provider, name, 'previous')).toBe(value)
        expect((await store.observe(name, never)).pending).toBeUndefined()
        value = current!
      }
      await third.close()
    }),
  )
}

/** One runner that saw `base`: stage, commit; a lost race ends it. */
async function rotateOn(store: RotationStore, base: string, candidate: Secret): Promise<Pending | undefined> {
  try {
    const pending = await store.stage(name, base, candidate, mark, never)
    await store.commit(name, facts(pending), times, never)
    return pending
  } catch (error) {
    if (isSecretsError(error, 'provider.conflict')) return undefined
    throw error
  }
}
