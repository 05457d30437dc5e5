import { SecretsError } from '../../core/errors.ts'
import type { Provider } from '../../core/provider.ts'
import type { RotationStore } from '../../core/rotation/port.ts'

/** Why nothing is rotated in a store that cannot; `target` is its name. */
export function cannotRotate(target: string): SecretsError {
  return new SecretsError('rotation.kind_unsupported', `the store of "${target}" cannot rotate`, {
    hints: ['choose another provider for this environment in the manifest'],
  })
}

/** Why a value that a fleet signs with is not rotated in a store that cannot record since when readers know the new one. */
export function cannotAnnounce(name: string): SecretsError {
  return new SecretsError(
    'rotation.kind_unsupported',
    `the store of "${name}" cannot announce a value before it is current`,
    { hints: ['where one application alone signs and verifies, the kind is verifier'] },
  )
}

/**
 * A store without rotation, seen as one in which no rotation has ever been: so that its secrets can be looked at, set and
 * deleted like others, and that it holds up no rotation elsewhere. Whatever would change one is refused.
 */
export function lookOnly(provider: Provider, target: string): RotationStore {
  const refuse = (): Promise<never> => Promise.reject(cannotRotate(target))
  return {
    guarantees: {
      flip: 'previous-first',
      election: 'time-bound',
      fence: false,
      deadline: 'after-flip',
      erasure: false,
    },
    async observe(name, signal) {
      const found = await provider.read(name, 'current', signal)
      if (found === undefined) return {}
      const { version, created } = found
      return { current: { version, ...(created === undefined ? {} : { since: created }) } }
    },
    pending: () => Promise.resolve(undefined),
    stage: refuse,
    commit: refuse,
    record: refuse,
    abort: refuse,
    revert: refuse,
    retire: refuse,
  }
}
