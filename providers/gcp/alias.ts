import { committedFacts, revertedFacts, withPreviousStatus } from '../../src/core/rotation/record.ts'
import { type SecretFacts, without } from './record.ts'
import { conflict } from './refusals.ts'
import { only, type Verbs } from './rotation.ts'
import type { GcpStore } from './store.ts'

/**
 * Applications read the alias `current`, and accept the alias `previous`: one update on the etag moves both and writes
 * the facts. Staged values are versions of NAME itself, to which no alias points.
 */
export function aliasVerbs(store: GcpStore): Verbs {
  const { api } = store
  return {
    async prepare(scene, signal) {
      const { secret, facts, number } = scene
      if (Object.hasOwn(secret.aliases, 'current')) return scene
      // From the first staged version on, the newest is no longer the current one.
      return await store.update(scene, facts, signal, { ...secret.aliases, current: number })
    },
    pendingId: ({ ids }) => ids.current,
    async addPending({ ids, name }, value, signal) {
      const added = await api.addVersion(ids.current, value, signal)
      if (added === undefined) throw conflict(name)
      return added.number
    },
    async commit(scene, { id, base, number, mark }, times, signal) {
      const { facts, secret, name } = scene
      if (base !== scene.number) throw conflict(name)
      const next: SecretFacts = {
        ...without(facts, 'staged'),
        rotation: committedFacts({ version: String(number), base: String(base), mark }, times),
        heir: id,
      }
      const aliases = { ...secret.aliases, current: number, previous: base }
      return await store.update(scene, next, signal, aliases)
    },
    async revert(scene, from, to, options, signal) {
      const { facts, secret, name } = scene
      if (facts.rotation === undefined) throw conflict(name)
      const next: SecretFacts = {
        ...without(facts, 'heir'),
        rotation: revertedFacts(facts.rotation, String(from), String(to), options, 'mirrored'),
      }
      const previous = options.keepNewUntil === undefined ? to : from
      return only(await store.update(scene, next, signal, { ...secret.aliases, current: to, previous }))
    },
    async retire(scene, previous, signal) {
      const { facts, secret, ids, number } = scene
      const rotation = facts.rotation && withPreviousStatus(facts.rotation, 'mirrored')
      const next = rotation === undefined ? facts : { ...facts, rotation }
      // The alias first, because a disabled version under it would fail whoever reads it; if this ends in between,
      // the version is only still enabled, and `destroy` takes it.
      if ((await store.update(scene, next, signal, { ...secret.aliases, previous: number })) === 'moved')
        return 'moved'
      await api.setState(ids.current, previous, 'disable', signal)
      return undefined
    },
    destroy: ({ ids }, number, signal) => api.setState(ids.current, number, 'destroy', signal),
  }
}
