import { Secret } from '../../../src/core/secret.ts'
import { hour, never, noon, rejection, valueOf } from '../harness.ts'
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

export function announceContract(
  { describe, it, expect }: Runner,
  scene: OnScene,
  { hasAnnounce }: Claims,
): void {
  if (!hasAnnounce) return
  describe('announce', () => {
    it(
      'is recorded for everybody, once; the new value is there for readers and is not current',
      scene(async ({ store, otherStore, other, see, word, stage }) => {
        const pending = await stage()
        await store.announce!(name, facts(pending), noon, never)
        await otherStore.announce!(name, facts(pending), noon + hour, never)
        const seen = await otherStore.observe(name, never)
        expect(seen.pending).toEqual({ ...facts(pending), announced: noon })
        expect(await see()).toEqual(seen)
        expect(await word()).toBe('staged')
        expect((await otherStore.pending(name, never))?.value.reveal()).toBe(newValue)
        expect(await valueOf(other, name)).toBe(oldValue)
        expect(await valueOf(other, name, 'previous')).toBeUndefined()
      }),
    )

    it(
      'only of what is staged: else a conflict, and nothing is recorded',
      scene(async ({ store, base, see, stage }) => {
        const unknown = { version: 'none-such', base, mark, announced: false } as const
        await rejection(store.announce!(name, unknown, noon, never), 'provider.conflict')
        const pending = await stage()
        await rejection(store.announce!(name, unknown, noon, never), 'provider.conflict')
        expect((await see()).pending?.announced).toBe(false)
        await store.commit(name, facts(pending), times, never)
        await rejection(store.announce!(name, facts(pending), noon, never), 'provider.conflict')
      }),
    )

    it(
      'ends with the commit; the next rotation has to announce again',
      scene(async ({ store, other, see, stage }) => {
        const pending = await stage()
        await store.announce!(name, facts(pending), noon, never)
        await store.commit(name, { ...facts(pending), announced: noon }, times, never)
        const { pending: left, current, rotation } = await see()
        expect(left).toBeUndefined()
        expect([await valueOf(other, name), await valueOf(other, name, 'previous')]).toEqual([
          newValue,
          oldValue,
        ])
        await store.retire(name, rotation!.previous!.version, current!.version, never)
        await store.stage(name, current!.version, new Secret(nextValue), mark, never)
        expect((await see()).pending?.announced).toBe(false)
      }),
    )

    it(
      'ends with the abort, for good',
      scene(async ({ store, otherStore, other, see, stage }) => {
        const pending = await stage()
        await store.announce!(name, facts(pending), noon, never)
        await store.abort(name, facts(pending), never)
        expect((await see()).pending).toBeUndefined()
        await rejection(otherStore.announce!(name, facts(pending), noon, never), 'provider.conflict')
        expect(await store.pending(name, never)).toBeUndefined()
        expect(await valueOf(other, name)).toBe(oldValue)
        const again = await store.stage(
          name,
          (await see()).current!.version,
          new Secret(nextValue),
          mark,
          never,
        )
        expect((await see()).pending).toEqual(facts(again))
      }),
    )
  })
}
