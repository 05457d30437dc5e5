import type { VariableFacts } from '../manifest/manifest.ts'
import { isPublicName, isSecretName } from '../schema/secret-names.ts'
import type { Secret } from '../secret.ts'

export interface VariableKnowledge {
  readonly name: string
  readonly value: Secret
  /** What the manifest says of it in its environment. */
  readonly declared?: VariableFacts
  /** `init` made it, or a directive says how it is made. */
  readonly isGenerated: boolean
  /** It stands in a store that holds nothing but secrets. */
  readonly isStored: boolean
}

/**
 * Whether a variable is held for a secret: somebody said so (manifest, directive, `init`, by putting it into a store), its
 * name does, or its value shows it: an address with a password, a long mixture of letters and digits.
 */
export function isHeldForSecret({
  name,
  value,
  declared,
  isGenerated,
  isStored,
}: VariableKnowledge): boolean {
  if (declared?.secret !== undefined) return declared.secret
  if (isGenerated || isStored || declared?.generate !== undefined || declared?.rotate !== undefined)
    return true
  if (isPublicName(name)) return false
  return isSecretName(name) || looksSecret(value)
}

/** Words and small numbers occur in every output: whoever set a secret to one of them has none to lose. */
export function isTellingValue(value: Secret): boolean {
  return !/^(?:true|false|yes|no|on|off|null|none|undefined|enabled?|disabled?|\d{1,5})$/i.test(
    value.reveal(),
  )
}

function looksSecret(secret: Secret): boolean {
  const value = secret.reveal()
  if (/^[a-z][a-z0-9+.-]{1,40}:\/\/[^\s/?#@:]*:[^\s/?#@]+@/i.test(value)) return true
  if (value.length > 4096 || /\s/.test(value)) return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)
  return value.split(/[/?&=#:@,;]/).some(isMixed)
}

/** At least twenty letters in both cases and digits without a break, as keys and tokens have them. */
function isMixed(part: string): boolean {
  return /^[\w.+~-]{20,}$/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part) && /\d/.test(part)
}
