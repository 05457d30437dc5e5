import { type ErrorCode, type ErrorDetails, SecretsError } from '../../src/core/errors.ts'
import type { Reply } from './transport.ts'

/** The texts in a reply's `errors`; empty where it has none. They may quote what was sent: for decisions, never shown. */
export function errorTexts({ json }: Reply): readonly string[] {
  const errors = fieldOf(json, 'errors')
  return Array.isArray(errors) ? errors.filter(text => typeof text === 'string') : []
}

export function fieldOf(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined
  return (json as Readonly<Record<string, unknown>>)[name]
}

/** Whether the server said, in its own way, that nothing is there; a 404 of anything else on the way is no answer. */
export function saysAbsent(reply: Reply): boolean {
  const errors = fieldOf(reply.json, 'errors')
  return reply.status === 404 && Array.isArray(errors) && errors.length === 0
}

export function isCasMismatch(reply: Reply): boolean {
  const says = (text: string): boolean => text.includes('check-and-set parameter did not match')
  return reply.status === 400 && errorTexts(reply).some(says)
}

/** Of the storage, of the request, and of OpenBao's and Vault's limits on the shape of JSON (both answer 400). */
const sizeRefusals = ['too large', 'high complexity', 'exceeds']

/** What a reply that is no success means, by its status first. `where` is the path, for people. */
export function failureOf(reply: Reply, where: string): SecretsError {
  const { status } = reply
  const says = (text: string): boolean => errorTexts(reply).some(one => one.includes(text))
  if (status >= 300 && status < 400) return redirected()
  if (status === 401 || (status === 400 && says('missing client token'))) return unauthenticated()
  if (status === 403) return denied(where)
  if (status === 404) return says('no handler for route') ? noMount(where) : nowhere(reply, where)
  if (status === 413 || sizeRefusals.some(says)) return tooLarge(where)
  if (status === 412 || status === 429) return limited(reply)
  if (status === 400 && says('Upgrading from non-versioned')) return unavailable(reply)
  // 472 and 473: a standby that does not answer for the active server.
  if (status >= 500 || status === 472 || status === 473) return unavailable(reply)
  return invalidReply(`refuses the request (${String(status)})`)
}

export function invalidReply(what: string): SecretsError {
  return failure('provider.invalid_reply', `the server ${what}`, {
    hints: ['is that really the address of a Vault or OpenBao server?'],
  })
}

export function unauthenticated(): SecretsError {
  return failure('provider.auth', 'the store does not accept the token', {
    hints: [
      'it is invalid, revoked or expired: sign in again (vault login, bao login), or renew VAULT_TOKEN',
    ],
  })
}

export function loginRefused(method: string, mount: string): SecretsError {
  return failure('provider.auth', `the store does not accept the ${method} credentials`, {
    hints: [
      `is the method enabled at "auth/${mount}", and in this namespace?`,
      'secret ids, passwords and JWTs run out: make a new one',
    ],
  })
}

export function denied(where: string, missing: readonly string[] = []): SecretsError {
  return failure('provider.denied', `the token may not do that at "${where}"`, {
    hints: [
      ...missing,
      'the policy it needs stands in docs/providers/vault.md',
      'look at what it may do: vault token capabilities <path>, bao token capabilities <path>',
    ],
  })
}

function noMount(where: string): SecretsError {
  return failure('provider.denied', `no secrets engine is mounted for "${where}"`, {
    hints: ['enable one: vault secrets enable -path=<mount> kv-v2, bao secrets enable -path=<mount> kv-v2'],
  })
}

/** For every token alike, the server hides a mount that is not there behind the refusal of one that is. */
export function mountHidden(mount: string): SecretsError {
  return failure('provider.denied', `there is no secrets engine "${mount}" that the token may use`, {
    hints: [
      `not there yet? vault secrets enable -path=${mount} kv-v2, bao secrets enable -path=${mount} kv-v2`,
      'there? then the token lacks the policy that stands in docs/providers/vault.md',
      'in another namespace? set namespace, or VAULT_NAMESPACE',
    ],
  })
}

function nowhere(reply: Reply, where: string): SecretsError {
  const isNamespace = errorTexts(reply).some(text => text.includes('namespace not found'))
  return isNamespace
    ? failure('provider.denied', 'the namespace is not there', {
        hints: ['look at namespace, or VAULT_NAMESPACE'],
      })
    : invalidReply(`knows nothing of "${where}", and not in the way of a Vault server`)
}

function redirected(): SecretsError {
  return failure('provider.unavailable', 'the server sends us to another address', {
    hints: [
      'that is not followed, because the token would go there too',
      'a standby does that: use the address of the active server or of the load balancer',
    ],
    unsent: true,
  })
}

function limited({ retryAfter }: Reply): SecretsError {
  return failure('provider.limited', 'the server asks to be asked less often', {
    hints: ['run it again later'],
    ...(retryAfter === undefined ? {} : { retryAfter }),
    unsent: true,
  })
}

function unavailable(reply: Reply): SecretsError {
  const isSealed = errorTexts(reply).some(text => text.includes('is sealed'))
  const { retryAfter } = reply
  return failure(
    'provider.unavailable',
    isSealed ? 'the server is sealed' : `the server cannot answer (${String(reply.status)})`,
    {
      hints: isSealed
        ? ['unseal it: vault operator unseal, bao operator unseal']
        : ['what it did by then is there: look at the status, then run it again'],
      ...(retryAfter === undefined ? {} : { retryAfter }),
      unsent: isSealed,
    },
  )
}

function tooLarge(where: string): SecretsError {
  return failure('provider.too_large', `the document at "${where}" would be larger than the server stores`, {
    hints: [
      'all variables of the environment share it: keep large files elsewhere',
      'with many variables allow the capability "patch" on its data path: then only what changes is sent',
    ],
  })
}

function failure(code: ErrorCode, message: string, details: ErrorDetails): SecretsError {
  return new SecretsError(code, message, details)
}
