import { SecretsError } from '../../src/core/errors.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type { VersionResource } from './resources.ts'

export function conflict(name: SecretName): SecretsError {
  return new SecretsError('provider.conflict', `"${name}" was changed by somebody else in the meantime`, {
    hints: ['nothing was written; run it again'],
  })
}

export function nameTaken(what: string): SecretsError {
  return new SecretsError('rotation.name_taken', `"${what}" holds something that this tool did not write`, {
    hints: ['a value of the rotation would have to stand there: rename or remove it, then run it again'],
  })
}

export function nothingToRollBack(name: SecretName): SecretsError {
  return new SecretsError(
    'rotation.nothing_to_roll_back',
    `the previous value of "${name}" is no longer served`,
    { hints: ['it was retired; its version may only be disabled: gcloud secrets versions list'] },
  )
}

export function owned(name: SecretName): SecretsError {
  return new SecretsError('rotation.foreign', `"${name}" is rotated by Secret Manager itself`, {
    hints: ['leave it to that, or turn managed rotation off first'],
  })
}

/** `latest` of a secret whose newest version is no longer served fails for every application too. */
export function disabled(id: string, { number, state }: VersionResource): SecretsError {
  return new SecretsError('provider.denied', `version ${String(number)} of "${id}" is ${state}`, {
    hints: [
      state === 'disabled'
        ? `enable it: gcloud secrets versions enable ${String(number)} --secret=${id}`
        : 'a destroyed value never comes back: set a new one, secrets set',
    ],
  })
}

export function lostValue(name: SecretName): SecretsError {
  return new SecretsError('store.damaged', `the staged value of "${name}" is gone`, {
    hints: ['somebody destroyed it; give the rotation up: secrets rollback'],
  })
}

export function busy(): SecretsError {
  return new SecretsError('provider.conflict', 'others write to the secret without pause', {
    hints: ['run it again when they have ended'],
  })
}
