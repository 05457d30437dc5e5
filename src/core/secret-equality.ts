import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

/** Compares digests in constant time: neither the values nor their lengths show in how long it takes. */
export function areEqualSecrets(one: Secret, other: Secret): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(value: Secret): Buffer {
  return createHash('sha256').update(value.reveal(), 'utf8').digest()
}
