import { hour, never, noon, put, rejection, valueOf, type ReadersView } from '../harness.ts'
import type { Runner } from '../runner.ts'
import { type Claims, facts, mark, name, newValue, oldValue, type OnScene, times } from './scene.ts'

export function commitContract(
  { describe, it, expect }: Runner,
  scene: OnScene,
  { guarantees }: Claims,
): void {
  describe('commit', () => {
    it(
      'current := new, previous := old, with the deadline',
      scene(async ({ store, other, session, see, word, stage }) => {
        const pending = await stage()
        await store.commit(name, facts(pending), times, never)
        expect(await valueOf(other, name)).toBe(newValue)
        expect(await valueOf(other, name, 'previous')).toBe(oldValue)
        if (session.readersView) {
          expect(await session.readersView(name)).toEqual({ current: newValue, previous: oldValue })
        }
        const seen = await see()
        expect(seen.pending).toBeUndefined()
        expect(seen.rotation).toMatchObject({ version: seen.current?.version, mode: 'scheduled' })
        expect(seen.rotation?.previous?.status).toBe('accepted')
        expect(seen.rotation?.verifiedAt).toBeUndefined()
        if (guarantees.deadline === 'with-flip') expect(seen.rotation?.deadline).toBe(times.deadline)
        expect(await word()).toBe('grace')
      }),
    )

    it(
      'repeated after success changes nothing, whoever does it',
      scene(async ({ store, otherStore, see, stage }) => {
        const pending = await stage()
        await store.commit(name, facts(pending), times, never)
        const before = await see()
        await otherStore.commit(name, facts(pending), { at: noon + hour, deadline: noon + 99 * hour }, never)
        await store.commit(name, facts(pending), times, never)
        expect(await see()).toEqual(before)
      }),
    )

    it(
      'of what is not staged, or on a base that has moved: a conflict',
      scene(async ({ provider, store, base, stage }) => {
        const unknown = { version: 'none-such', base, mark, announced: false } as const
        await rejection(store.commit(name, unknown, times, never), 'provider.conflict')
        const pending = await stage()
        await put(provider, name, 'value-written-by-hand')
        await rejection(store.commit(name, facts(pending), times, never), 'provider.conflict', [newValue])
        expect(await valueOf(provider, name)).toBe('value-written-by-hand')
      }),
    )

    it(
      'no reader ever finds the new value without the old one beside it',
      scene(async ({ store, session, stage }) => {
        const { readersView } = session
        if (readersView === undefined) return
        const pending = await stage()
        const views: ReadersView[] = []
        let isDone = false
        const watch = async (): Promise<void> => {
          while (!isDone) views.push(await readersView(name))
        }
        const watching = watch()
        await store.commit(name, facts(pending), times, never)
        isDone = true
        await watching
        views.push(await readersView(name))
        const allowed: ReadersView[] = [{ current: oldValue }, { current: newValue, previous: oldValue }]
        if (guarantees.flip === 'previous-first') allowed.push({ current: oldValue, previous: oldValue })
        for (const view of views) expect(allowed).toContainEqual(view)
      }),
    )

    it(
      'record: a deadline only moves later, verified stays',
      scene(async ({ store, see, rotate }) => {
        await rotate()
        const version = (await see()).current!.version
        await store.record(name, version, { deadline: times.deadline + hour }, never)
        await store.record(name, version, { deadline: times.deadline - hour }, never)
        expect((await see()).rotation?.deadline).toBe(times.deadline + hour)
        await store.record(name, version, { verifiedAt: noon + hour }, never)
        await store.record(name, version, { verifiedAt: noon + hour }, never)
        expect((await see()).rotation).toMatchObject({
          deadline: times.deadline + hour,
          verifiedAt: noon + hour,
        })
        await rejection(store.record(name, 'none-such', { verifiedAt: noon }, never), 'provider.conflict')
      }),
    )
  })
}
