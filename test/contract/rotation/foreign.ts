import { Secret } from '../../../src/core/secret.ts'
import { expectNoValue, namesOf, never, noon, put, valueOf } from '../harness.ts'
import type { Runner } from '../runner.ts'
import { facts, mark, name, newValue, nextValue, oldValue, type OnScene, times } from './scene.ts'

export function foreignContract({ describe, it, expect }: Runner, scene: OnScene): void {
  describe('somebody else', () => {
    it(
      'writes over a staged rotation: seen, the staged value is kept until it is given up',
      scene(async one => {
        const pending = await one.stage()
        await put(one.other, name, 'value-written-by-hand')
        expect((await one.see()).pending?.version).toBe(pending.version)
        expect((await one.store.pending(name, never))?.value).toEqual(new Secret(newValue))
        expect(await one.word()).toBe('foreign')
        await one.store.abort(name, facts(pending), never)
        expect((await one.see()).pending).toBeUndefined()
        expect(await valueOf(one.other, name)).toBe('value-written-by-hand')
      }),
    )

    it(
      'writes over a grace period: seen',
      scene(async one => {
        await one.rotate()
        await put(one.other, name, 'value-written-by-hand')
        expect(await valueOf(one.provider, name)).toBe('value-written-by-hand')
        expect(await one.word()).toBe('foreign')
      }),
    )

    it(
      'removes the secret: previous and staged values go with it',
      scene(async one => {
        await one.rotate()
        const now = (await one.see()).current!.version
        await one.store.stage(name, now, new Secret(nextValue), mark, never)
        await one.other.remove(name, never)
        expect(await one.word()).toBe('absent')
        expect(await one.store.pending(name, never)).toBeUndefined()
        expect(await valueOf(one.provider, name, 'previous')).toBeUndefined()
        expect(await namesOf(one.provider)).toEqual([])
      }),
    )
  })

  it(
    'observe: nothing for what is not there, and never a value',
    scene(async one => {
      expect((await one.store.observe('NOBODY', never)).current).toBeUndefined()
      expect(await one.store.pending('NOBODY', never)).toBeUndefined()
      const seen = [await one.see()]
      const pending = await one.stage()
      seen.push(await one.see())
      await one.store.commit(name, facts(pending), times, never)
      seen.push(await one.see())
      const { current, rotation } = seen[2]!
      await one.store.retire(name, rotation!.previous!.version, current!.version, never)
      seen.push(await one.see())
      expectNoValue(seen, [oldValue, newValue])
      expectNoValue(pending, [newValue])
    }),
  )

  it(
    'a signal that has aborted stops every verb before it changes anything',
    scene(async one => {
      const pending = await one.stage()
      const before = await one.see()
      const signal = AbortSignal.abort()
      const { store } = one
      const calls: Promise<unknown>[] = [
        store.observe(name, signal),
        store.pending(name, signal),
        store.stage(name, one.base, new Secret(newValue), mark, signal),
        store.commit(name, facts(pending), times, signal),
        store.record(name, one.base, { verifiedAt: noon }, signal),
        store.abort(name, facts(pending), signal),
        store.revert(name, one.base, 'none-such', { at: noon }, signal),
        store.retire(name, 'none-such', one.base, signal),
      ]
      if (store.announce) calls.push(store.announce(name, facts(pending), noon, signal))
      if (store.destroy) calls.push(store.destroy(name, 'none-such', signal))
      const results = await Promise.allSettled(calls)
      expect(results.map(result => result.status)).toEqual(calls.map(() => 'rejected'))
      expect(await one.see()).toEqual(before)
    }),
  )
}
