import type { ProviderDeps } from '../../src/context.ts'
import { namePattern, nextName, previousName } from '../../src/core/names.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type { Observation, Pending, PendingFacts, RotationStore } from '../../src/core/rotation/port.ts'
import {
  aborted,
  announced,
  committed,
  destroyed,
  type Outcome,
  recorded,
  retired,
  reverted,
  staged,
} from './changes.ts'
import type { StoredPending, StoredSecret } from './document.ts'
import { randomId } from './generations.ts'
import type { Shelf, View } from './shelf.ts'

/** The rotation port over the encrypted store: every verb is one conditional step from one generation to the next. */
export function createRotation(shelf: Shelf, deps: Pick<ProviderDeps, 'random'>): RotationStore {
  const change = (
    name: SecretName,
    signal: AbortSignal,
    decide: (secret: StoredSecret | undefined) => Outcome,
  ): Promise<void> => shelf.change(name, decide, undefined, signal)

  return {
    guarantees: {
      flip: 'atomic',
      election: 'compare-and-set',
      fence: true,
      deadline: 'with-flip',
      erasure: true,
    },
    observe: async (name, signal) => observationOf(await shelf.read(signal), name),
    stage: (name, base, candidate, mark, signal) =>
      stage(shelf, name, { version: randomId(deps), base, value: candidate, mark }, signal),
    async pending(name, signal) {
      const pending = (await shelf.read(signal)).get(name)?.pending
      return pending && plain(pending)
    },
    announce: (name, pending, at, signal) =>
      change(name, signal, secret => announced(secret, pending.version, at)),
    commit: (name, pending, times, signal) =>
      change(name, signal, secret => committed(secret, pending.version, times)),
    record: (name, version, facts, signal) =>
      change(name, signal, secret => recorded(secret, version, facts)),
    abort(name, pending, signal) {
      const newBase = randomId(deps)
      return change(name, signal, secret => aborted(secret, pending.version, newBase))
    },
    revert: (name, from, to, options, signal) =>
      change(name, signal, secret => reverted(secret, from, to, options)),
    retire: (name, previous, current, signal) =>
      change(name, signal, secret => retired(secret, previous, current)),
    destroy: (name, version, signal) => change(name, signal, secret => destroyed(secret, version)),
  }
}

/** Elects the fresh value, or adopts the one that is staged on the same base already. */
async function stage(shelf: Shelf, name: SecretName, fresh: Pending, signal: AbortSignal): Promise<Pending> {
  shelf.requireStorable(name, fresh.value)
  let elected = fresh
  await shelf.change(
    name,
    (secret, view) => {
      const outcome = staged(secret, fresh, takenName(view, previousName(name)))
      elected = outcome === 'unchanged' ? (secret?.pending ?? fresh) : fresh
      return outcome
    },
    undefined,
    signal,
  )
  return plain(elected)
}

function plain({ version, base, value, mark }: Pending): Pending {
  return { version, base, value, mark }
}

/** A companion of a secret that is a secret of its own. */
function takenName(view: View, companion: SecretName): SecretName | undefined {
  return namePattern.test(companion) && view.get(companion) !== undefined ? companion : undefined
}

function observationOf(view: View, name: SecretName): Observation {
  const secret = view.get(name)
  const taken = takenName(view, previousName(name))
  const nextTaken = takenName(view, nextName(name))
  if (secret === undefined) return taken === undefined ? {} : { taken }
  const since = secret.versions.find(version => version.id === secret.current)?.created
  const { pending, rotation } = secret
  return {
    current: { version: secret.current, ...(since === undefined ? {} : { since }) },
    ...(pending && { pending: factsOf(pending) }),
    ...(rotation && { rotation }),
    ...(taken === undefined ? {} : { taken }),
    ...(nextTaken === undefined ? {} : { nextTaken }),
  }
}

function factsOf({ version, base, mark, announced }: StoredPending): PendingFacts {
  return { version, base, mark, announced }
}
