import { SecretsError } from '../../core/errors.ts'
import { checkName } from '../../core/names.ts'
import type { ProviderLimits, SecretName } from '../../core/provider.ts'
import type { Secret } from '../../core/secret.ts'

/** Refuses, before an adapter is asked at all, a name that is none: it may be a path, or a value in the wrong place. */
export function requireName(name: SecretName): SecretName {
  return checkName(name)
}

/** Refuses, before an adapter is asked at all, what it says of itself that it cannot hold. */
export function requireHoldable(
  name: SecretName,
  value: Secret,
  { valueBytes, refuses }: ProviderLimits,
): void {
  if (Buffer.byteLength(value.reveal(), 'utf8') > valueBytes) {
    throw new SecretsError('provider.too_large', `the value of "${name}" is larger than the store holds`, {
      hints: [`at most ${String(valueBytes)} bytes`],
    })
  }
  const refused = refuses?.(value)
  if (refused === undefined) return
  throw new SecretsError('env_file.unsupported_value', `the store cannot hold the value of "${name}"`, {
    hints: [refused],
  })
}
