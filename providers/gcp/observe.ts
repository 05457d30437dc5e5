import type { Observation, RotationFacts } from '../../src/core/rotation/port.ts'
import { idOf, type Scene } from './scene.ts'

/** What the service says of the rotation of one secret. */
export function observeScene(scene: Scene): Observation {
  const { facts, newest, number, secret, taken, isOverwritten = false } = scene
  const { staged, reverting } = facts
  const isOpen = facts.publishing !== undefined && !isOverwritten
  const since = newest.number === number && newest.created !== undefined ? { since: newest.created } : {}
  return {
    // Between the win and the publication the base stands for both: "unfinished" says what it is.
    current: { version: idOf(scene, isOpen && staged !== undefined ? staged.base : number), ...since },
    ...(staged === undefined
      ? {}
      : {
          pending: {
            version: staged.id,
            base: idOf(scene, staged.base),
            mark: staged.mark,
            announced: staged.announced ?? false,
          },
        }),
    ...(isOpen ? { unfinished: 'commit' as const } : {}),
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
