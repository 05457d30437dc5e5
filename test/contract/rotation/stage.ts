import type { Mark } from '../../../src/core/rotation/port.ts'
import { Secret } from '../../../src/core/secret.ts'
import { namesOf, never, put, rejection, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import { type Claims, mark, name, newValue, oldValue, type OnScene } from './scene.ts'

export function stageContract(
  { describe, it, expect }: Runner,
  scene: OnScene,
  { guarantees }: Claims,
): void {
  describe('stage', () => {
    it(
      'is durable, and no reader sees it',
      scene(async ({ provider, other, otherStore, session, base, see, word, stage }) => {
        const before = await session.readersView?.(name)
        const pending = await stage()
        expect(pending).toEqual({ version: pending.version, base, value: new Secret(newValue), mark })
        expect(pending.version).not.toBe(base)
        expect(await otherStore.pending(name, never)).toEqual(pending)
        expect(await valueOf(other, name)).toBe(oldValue)
        expect(await valueOf(other, name, 'previous')).toBeUndefined()
        expect(await namesOf(provider)).toEqual([name])
        expect(await session.readersView?.(name)).toEqual(before)
        expect((await see()).pending).toEqual({ version: pending.version, base, mark, announced: false })
        expect(await word()).toBe('staged')
      }),
    )

    it(
      'repeated, by anybody, gives the value that was elected',
      scene(async ({ store, otherStore, base, stage }) => {
        const first = await stage()
        const late: Mark = { runId: 'run-2', mode: 'emergency' }
        expect(await otherStore.stage(name, base, new Secret('candidate-that-is-late'), late, never)).toEqual(
          first,
        )
        expect(await store.stage(name, base, new Secret('candidate-again-late'), mark, never)).toEqual(first)
        expect(await store.pending(name, never)).toEqual(first)
      }),
    )

    it(
      'many at once elect one',
      scene(async ({ store, otherStore, session, base }) => {
        const third = await session.connect()
        const stores = [store, otherStore, third.rotation!]
        const staged = await Promise.all(
          Array.from({ length: 9 }, (_, index) =>
            stores[index % 3]!.stage(
              name,
              base,
              new Secret(`candidate-number-${String(index)}`),
              mark,
              never,
            ),
          ),
        )
        if (guarantees.election !== 'time-bound') {
          expect(new Set(staged.map(one => one.version)).size).toBe(1)
          expect(new Set(staged.map(one => one.value.reveal())).size).toBe(1)
        }
        expect(staged.map(one => one.version)).toContain((await store.pending(name, never))?.version)
        await third.close()
      }),
    )

    it(
      'on a base that has moved: a conflict, nothing staged',
      scene(async ({ provider, store, base }) => {
        await put(provider, name, 'value-written-by-hand')
        await rejection(store.stage(name, base, new Secret(newValue), mark, never), 'provider.conflict', [
          newValue,
        ])
        expect(await store.pending(name, never)).toBeUndefined()
        await rejection(store.stage('NOBODY', base, new Secret(newValue), mark, never), 'provider.conflict', [
          newValue,
        ])
        expect(await valueOf(provider, 'NOBODY')).toBeUndefined()
      }),
    )

    it(
      'where the previous value would stand, something else does: refused',
      scene(async ({ store, session, base, see }) => {
        if (session.takeName === undefined) return
        await session.takeName(name)
        await rejection(store.stage(name, base, new Secret(newValue), mark, never), 'rotation.name_taken', [
          newValue,
        ])
        expect((await see()).taken).toBeDefined()
        expect((await see()).pending).toBeUndefined()
      }),
    )

    it(
      'a value that the store cannot hold is refused whole',
      scene(async ({ provider, store, base }) => {
        const large = new Secret('v'.repeat(provider.limits.valueBytes + 1))
        await rejection(store.stage(name, base, large, mark, never), [
          'provider.too_large',
          'env_file.unsupported_value',
        ])
        expect(await store.pending(name, never)).toBeUndefined()
      }),
    )
  })
}
