import { type ErrorCode, type ErrorDetails, SecretsError } from '../../src/core/errors.ts'
import type { SecretName } from '../../src/core/provider.ts'

/**
 * A reply of the vault that is no success, in its own codes. `statusCode` is what the SDK's pollers look at. The
 * service's message stays behind: it may quote what was sent.
 */
export class Refusal extends Error {
  readonly statusCode: number
  readonly code: string
  readonly inner: string | undefined
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, inner: string | undefined, retryAfter: number | undefined) {
    super(`refused (${String(status)})`)
    this.name = 'Refusal'
    this.statusCode = status
    this.code = code
    this.inner = inner
    this.retryAfter = retryAfter
  }

  /** The vault itself said that nothing of that name, or of that version, is there. */
  get saysAbsent(): boolean {
    return this.statusCode === 404 && this.code === 'SecretNotFound'
  }

  get saysDeleted(): boolean {
    return this.statusCode === 409 && this.inner === 'ObjectIsDeletedButRecoverable'
  }

  get saysBeingDeleted(): boolean {
    return this.statusCode === 409 && this.inner === 'ObjectIsBeingDeleted'
  }

  /** Another write to the same name was under way; nothing was written. */
  get saysParallel(): boolean {
    return this.statusCode === 409 && this.inner === undefined
  }
}

/** What a refusal means that the caller does not know how to answer. `shown` is the secret's name in the vault. */
export function failureOf({ statusCode, code, inner, retryAfter }: Refusal, shown: string): SecretsError {
  const wait = retryAfter === undefined ? {} : { retryAfter }
  if (inner === 'SecretDisabled') return disabled(shown)
  if (inner === 'SecretManagedByKeyVault') return managed(shown)
  if (statusCode === 401) return unauthenticated()
  if (statusCode === 403) return denied(shown, inner)
  if (statusCode === 409) return occupied(shown)
  if (statusCode === 413 || (statusCode === 400 && code === 'BadParameter')) return refusedParameter(shown)
  if (statusCode === 429) {
    return failure('provider.limited', 'the vault asks to be asked less often', {
      hints: ['run it again later; other programs of the subscription share its limits'],
      ...wait,
      unsent: true,
    })
  }
  if (statusCode >= 500 && statusCode !== 501) {
    return failure('provider.unavailable', `the vault cannot answer (${String(statusCode)})`, {
      hints: [resumeHint],
      ...wait,
    })
  }
  return invalidReply(`refuses the request (${String(statusCode)})`)
}

export const resumeHint = 'what it did by then is there: look at the status, then run it again'

export function invalidReply(what: string): SecretsError {
  return failure('provider.invalid_reply', `the vault ${what}`, {
    hints: ['is that really the address of a Key Vault?'],
  })
}

export function unauthenticated(): SecretsError {
  return failure('provider.auth', 'the vault does not accept the token', {
    hints: [
      'is the identity of the same tenant as the vault? set tenant, or AZURE_TENANT_ID',
      'expired or revoked: sign in again (az login), or renew the credential',
      'a clock that is minutes off makes good tokens look expired',
    ],
  })
}

function denied(shown: string, inner: string | undefined): SecretsError {
  const byFirewall = inner === 'ForbiddenByFirewall' || inner === 'ForbiddenByConnection'
  return failure('provider.denied', `the vault does not allow that at "${shown}"`, {
    hints: byFirewall
      ? ["the vault's network rules refuse this machine: allow its address, or run from inside"]
      : [
          'the permissions it needs stand in docs/providers/azure.md',
          'the role "Key Vault Secrets Officer" on the vault has them; a new assignment takes minutes',
        ],
  })
}

export function disabled(shown: string): SecretsError {
  return failure('provider.denied', `the newest version of "${shown}" is disabled`, {
    hints: [
      `enable it: az keyvault secret set-attributes --vault-name … --name ${shown} --enabled true`,
      'somebody switched it off: find out why before',
    ],
  })
}

export function managed(shown: string): SecretsError {
  return failure('rotation.foreign', `"${shown}" belongs to a certificate of the vault`, {
    hints: ['Key Vault renews it with its certificate; it cannot be changed by itself'],
  })
}

/** Deleted, being deleted or purged, and it did not end while we waited. */
export function occupied(shown: string): SecretsError {
  return failure('provider.unavailable', `the vault is still busy with "${shown}"`, {
    hints: ['a deletion, a recovery or another write is under way: run it again in half a minute'],
    unsent: true,
  })
}

function refusedParameter(shown: string): SecretsError {
  return failure('provider.too_large', `the vault cannot hold that value, or its tags, at "${shown}"`, {
    hints: ['a value has 25 KB at most, a secret 15 tags, six of them for rotations'],
  })
}

export function conflict(name: SecretName): SecretsError {
  return failure('provider.conflict', `"${name}" was changed by somebody else in the meantime`, {
    hints: ['nothing more was written; run it again'],
  })
}

export function nameTaken(object: string): SecretsError {
  return failure('rotation.name_taken', `"${object}" holds something that this tool did not write`, {
    hints: ['the old value would have to stand there: rename or remove it, then run it again'],
  })
}

export function ownedBy(name: SecretName, owner: string): SecretsError {
  return failure('rotation.foreign', `another rotator owns "${name}": ${owner}`, {
    hints: ['let that one rotate it, or switch it off there first'],
  })
}

export function damagedTags(shown: string): SecretsError {
  return failure('store.damaged', `the tags of "${shown}" were changed by somebody else`, {
    hints: [
      'those that begin with "secrets:v1:" say where its rotation stands; earlier versions still have them',
      'without them it counts as never rotated',
    ],
  })
}

function failure(code: ErrorCode, message: string, details: ErrorDetails): SecretsError {
  return new SecretsError(code, message, details)
}
