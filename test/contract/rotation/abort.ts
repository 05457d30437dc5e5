import { Secret } from '../../../src/core/secret.ts'
import { never, rejection, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import {
  type Claims,
  facts,
  mark,
  name,
  newValue,
  nextValue,
  oldValue,
  type OnScene,
  times,
} from './scene.ts'

export function abortContract(
  { describe, it, expect }: Runner,
  scene: OnScene,
  { guarantees }: Claims,
): void {
  describe('abort', () => {
    it(
      'gives the staged value up; the old one stays what it was',
      scene(async ({ store, other, see, word, stage }) => {
        const pending = await stage()
        await store.abort(name, facts(pending), never)
        expect((await see()).pending).toBeUndefined()
        expect(await store.pending(name, never)).toBeUndefined()
        expect(await valueOf(other, name)).toBe(oldValue)
        expect(await word()).toBe('steady')
      }),
    )

    if (guarantees.fence) {
      it(
        'is final: no late commit or stage of that run succeeds',
        scene(async ({ provider, store, otherStore, base, see, stage }) => {
          const pending = await stage()
          await store.abort(name, facts(pending), never)
          await rejection(otherStore.commit(name, facts(pending), times, never), 'provider.conflict', [
            newValue,
          ])
          await rejection(
            otherStore.stage(name, base, new Secret(newValue), mark, never),
            'provider.conflict',
            [newValue],
          )
          expect(await valueOf(provider, name)).toBe(oldValue)
          await store.abort(name, facts(pending), never)
          expect(await valueOf(provider, name)).toBe(oldValue)
          const now = (await see()).current!.version
          const next = await store.stage(name, now, new Secret(nextValue), mark, never)
          await store.commit(name, facts(next), times, never)
          expect(await valueOf(provider, name)).toBe(nextValue)
          expect(await valueOf(provider, name, 'previous')).toBe(oldValue)
        }),
      )

      it(
        'abort and commit at once: exactly one of them holds',
        scene(async ({ provider, store, otherStore, stage }) => {
          const pending = await stage()
          const [aborted, committed] = await Promise.allSettled([
            store.abort(name, facts(pending), never),
            otherStore.commit(name, facts(pending), times, never),
          ])
          expect([aborted.status, committed.status].sort()).toEqual(['fulfilled', 'rejected'])
          expect(await valueOf(provider, name)).toBe(aborted.status === 'fulfilled' ? oldValue : newValue)
        }),
      )
    }

    it(
      'in a grace period leaves that as it was',
      scene(async ({ provider, store, see, word, rotate }) => {
        await rotate()
        const now = (await see()).current!.version
        const next = await store.stage(name, now, new Secret(nextValue), mark, never)
        await store.abort(name, facts(next), never)
        expect(await valueOf(provider, name)).toBe(newValue)
        expect(await valueOf(provider, name, 'previous')).toBe(oldValue)
        expect(await word()).toBe('grace')
      }),
    )
  })
}
