import { namePattern, ownerOfCompanion } from '../names.ts'
import { findPlaceholder } from '../placeholder.ts'
import type { ProviderLimits } from '../provider.ts'
import { areEqualSecrets } from '../secret-equality.ts'
import type { Secret } from '../secret.ts'

/** What every store can hold: the smallest limit is Azure's, 25 KiB. */
export const portableBytes = 25_600

export interface Candidate {
  readonly name: string
  readonly value: Secret
  readonly isSecret: boolean
}

/** Why a variable is not looked at: it is no secret, or it goes with another one. */
export interface Skipped {
  readonly name: string
  readonly reason: 'not_secret' | 'companion'
}

export type Choice = { readonly names: ReadonlySet<string> } | 'secrets' | 'all'

/** Which variables of a source are meant. Previous values and their deadlines stay: a history cannot be moved. */
export function choose<T extends Candidate>(
  variables: readonly T[],
  choice: Choice,
): { readonly chosen: readonly T[]; readonly skipped: readonly Skipped[] } {
  const names = new Set(variables.map(({ name }) => name))
  const chosen: T[] = []
  const skipped: Skipped[] = []
  for (const variable of variables) {
    const { name, isSecret } = variable
    if (typeof choice === 'object') {
      if (choice.names.has(name)) chosen.push(variable)
      continue
    }
    if (names.has(ownerOfCompanion(name) ?? '')) skipped.push({ name, reason: 'companion' })
    else if (choice === 'secrets' && !isSecret) skipped.push({ name, reason: 'not_secret' })
    else chosen.push(variable)
  }
  return { chosen, skipped }
}

/** Why a value is not written: a phrase that completes "it is" or "it has", quoting nothing of the value. */
export function refusalOf({ name, value, isSecret }: Candidate, limits: ProviderLimits): string | undefined {
  if (!namePattern.test(name)) return 'its name has other signs than letters, digits and "_"'
  if (value.isEmpty) return 'it is empty'
  const placeholder = findPlaceholder(value.reveal())
  if (placeholder !== undefined && (isSecret || placeholder.kind === 'placeholder'))
    return `it is ${placeholder.reason}`
  if (bytesOf(value) > limits.valueBytes)
    return `it has more than the ${String(limits.valueBytes)} bytes that the store holds`
  const refused = limits.refuses?.(value)
  return refused === undefined ? undefined : `the store cannot hold it: ${refused}`
}

export function isPortable(value: Secret): boolean {
  return bytesOf(value) <= portableBytes
}

/** What is there already is compared and never replaced. */
export function comparisonOf(value: Secret, found: Secret | undefined): 'create' | 'equal' | 'differs' {
  if (found === undefined) return 'create'
  return areEqualSecrets(value, found) ? 'equal' : 'differs'
}

function bytesOf(value: Secret): number {
  return Buffer.byteLength(value.reveal(), 'utf8')
}
