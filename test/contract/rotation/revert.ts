import { isSecretsError } from '../../../src/core/errors.ts'
import { hour, never, noon, put, rejection, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import { facts, name, newValue, oldValue, type OnScene, type Scene, times } from './scene.ts'

export function revertContract({ describe, it, expect }: Runner, scene: OnScene): void {
  const expectOurs = async ({ see }: Scene): Promise<void> => {
    const seen = await see()
    expect(seen.rotation?.version).toBe(seen.current?.version)
  }

  describe('revert', () => {
    it(
      'back to the old value, the new one dropped',
      scene(async one => {
        const { current: from, previous: to } = await one.rotate()
        await one.store.revert(name, from, to, { at: noon + hour }, never)
        expect(await valueOf(one.other, name)).toBe(oldValue)
        expect([undefined, oldValue]).toContain(await valueOf(one.other, name, 'previous'))
        expect(await one.word()).toBe('steady')
        await expectOurs(one)
      }),
    )

    it(
      'back to the old value, the new one accepted until later',
      scene(async one => {
        const { current: from, previous: to } = await one.rotate()
        const keepNewUntil = noon + 48 * hour
        await one.store.revert(name, from, to, { at: noon + hour, keepNewUntil }, never)
        expect(await valueOf(one.other, name)).toBe(oldValue)
        expect(await valueOf(one.other, name, 'previous')).toBe(newValue)
        expect((await one.see()).rotation?.deadline).toBe(keepNewUntil)
        expect(await one.word()).toBe('grace')
        await expectOurs(one)
      }),
    )

    it(
      'repeated: nothing more happens',
      scene(async one => {
        const { current: from, previous: to } = await one.rotate()
        await one.store.revert(name, from, to, { at: noon + hour }, never)
        const before = await one.see()
        await one.otherStore.revert(name, from, to, { at: noon + hour }, never).catch((error: unknown) => {
          expect(isSecretsError(error, 'provider.conflict')).toBe(true)
        })
        expect(await one.see()).toEqual(before)
      }),
    )

    it(
      'when something else is current by now: a conflict',
      scene(async one => {
        const { current: from, previous: to } = await one.rotate()
        await put(one.provider, name, 'value-written-by-hand')
        await rejection(one.store.revert(name, from, to, { at: noon + hour }, never), 'provider.conflict')
        expect(await valueOf(one.provider, name)).toBe('value-written-by-hand')
      }),
    )

    it(
      'a commit that comes late finds nothing to commit',
      scene(async one => {
        const pending = await one.stage()
        const { current: from, previous: to } = await one.rotate()
        await one.store.revert(name, from, to, { at: noon + hour }, never)
        await rejection(one.otherStore.commit(name, facts(pending), times, never), 'provider.conflict', [
          newValue,
        ])
        expect(await valueOf(one.provider, name)).toBe(oldValue)
      }),
    )
  })
}
