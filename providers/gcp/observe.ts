import type { Observation, RotationFacts } from '../../src/core/rotation/port.ts'
import { holdSame, idOf, type Scene } from './scene.ts'
import type { GcpStore } from './store.ts'

/** What the service says of the rotation of one secret. */
export async function observeScene(
  store: GcpStore,
  scene: Scene,
  signal: AbortSignal,
): Promise<Observation | 'moved'> {
  const { facts, newest, number, secret, taken } = scene
  const { staged, reverting } = facts
  const where = facts.publishing === undefined ? undefined : await standing(store, scene, signal)
  const isForeign = where === 'foreign'
  if (isForeign && (await store.isStale(scene, signal))) return 'moved'
  const since = newest.number === number && newest.created !== undefined ? { since: newest.created } : {}
  return {
    // Between the win and the last entry of the record the base stands for both: "unfinished" says what it is.
    current: {
      version: idOf(scene, staged !== undefined && where !== undefined && !isForeign ? staged.base : number),
      ...since,
    },
    ...(staged === undefined
      ? {}
      : {
          pending: {
            version: staged.id,
            base: idOf(scene, staged.base),
            mark: staged.mark,
            announced: false,
          },
        }),
    ...(where === undefined || isForeign ? {} : { unfinished: 'commit' as const }),
    ...(facts.rotation === undefined ? {} : { rotation: rotationOf(scene, facts.rotation) }),
    ...(reverting === undefined
      ? {}
      : {
          reverting: {
            from: idOf(scene, reverting.from),
            to: idOf(scene, reverting.to),
            ...(reverting.keepNewUntil === undefined ? {} : { keepNewUntil: reverting.keepNewUntil }),
          },
        }),
    ...(secret.isManaged ? { owner: 'managed rotation of Secret Manager' } : {}),
    ...(taken === undefined ? {} : { taken }),
  }
}

/** Where a publication stands that was begun: not there yet, there, or written over by somebody else. */
export async function standing(
  { api }: GcpStore,
  { ids, facts: { staged, publishing }, newest }: Scene,
  signal: AbortSignal,
): Promise<'open' | 'done' | 'foreign'> {
  if (publishing === undefined || staged === undefined || newest.number <= publishing.after) return 'open'
  const isSame = await holdSame(api, [ids.current, newest.number], [ids.pending, staged.number], signal)
  return isSame ? 'done' : 'foreign'
}

function rotationOf(scene: Scene, facts: RotationFacts): RotationFacts {
  const { previous } = facts
  return {
    ...facts,
    version: idOf(scene, Number(facts.version)),
    ...(previous === undefined
      ? {}
      : { previous: { ...previous, version: idOf(scene, Number(previous.version)) } }),
  }
}
