import { Secret } from '../../../src/core/secret.ts'
import { never, put, rejection, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import {
  type Claims,
  facts,
  mark,
  name,
  newValue,
  nextValue,
  type OnScene,
  type Scene,
  times,
} from './scene.ts'

export function retireContract(
  { describe, it, expect }: Runner,
  scene: OnScene,
  { guarantees, hasDestroy }: Claims,
): void {
  const retired = async ({ store, rotate }: Scene): Promise<{ current: string; previous: string }> => {
    const versions = await rotate()
    await store.retire(name, versions.previous, versions.current, never)
    return versions
  }

  describe('retire', () => {
    it(
      'the previous value is served no more; the state says how',
      scene(async one => {
        await retired(one)
        expect(await valueOf(one.other, name)).toBe(newValue)
        const status = (await one.see()).rotation?.previous?.status
        expect(['mirrored', 'disabled', 'destroyed']).toContain(status)
        expect(await valueOf(one.other, name, 'previous')).toBe(status === 'mirrored' ? newValue : undefined)
        const view = await one.session.readersView?.(name)
        expect([undefined, newValue]).toContain(view?.previous)
        expect(await one.word()).toBe('steady')
      }),
    )

    it(
      'repeated changes nothing; with another current it is a conflict',
      scene(async one => {
        const { current, previous } = await retired(one)
        const before = await one.see()
        await one.otherStore.retire(name, previous, current, never)
        expect(await one.see()).toEqual(before)
        await rejection(one.store.retire(name, previous, 'none-such', never), 'provider.conflict')
        await put(one.provider, name, 'value-written-by-hand')
        await rejection(one.store.retire(name, previous, current, never), 'provider.conflict')
      }),
    )

    it(
      'afterwards the next rotation works',
      scene(async one => {
        const { current } = await retired(one)
        const pending = await one.store.stage(name, current, new Secret(nextValue), mark, never)
        await one.store.commit(name, facts(pending), times, never)
        expect(await valueOf(one.other, name)).toBe(nextValue)
        expect(await valueOf(one.other, name, 'previous')).toBe(newValue)
      }),
    )

    it(
      'erasure: as promised, and not claimed otherwise',
      scene(async one => {
        const { previous, current } = await retired(one)
        expect(hasDestroy && !guarantees.erasure).toBe(false)
        if (one.store.destroy) {
          await one.store.destroy(name, previous, never)
          await one.store.destroy(name, previous, never)
          await rejection(one.store.destroy(name, current, never), 'provider.conflict')
        }
        const status = (await one.see()).rotation?.previous?.status
        if (!guarantees.erasure) expect(status).not.toBe('destroyed')
        else {
          expect(status).toBe('destroyed')
          expect(await valueOf(one.other, name, { version: previous })).toBeUndefined()
        }
        expect(await valueOf(one.other, name)).toBe(newValue)
      }),
    )
  })
}
