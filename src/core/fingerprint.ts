import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/**
 * A salted fingerprint `<salt>.<hmac>` (16 and 32 hex digits: HMAC-SHA-256 keyed by the salt, first 16 bytes). It tells
 * whether a value is still the same; a short value could be guessed from it, so it stands only in files that are
 * protected like the value itself, and is never printed.
 */
export function fingerprint(value: Secret, salt: Uint8Array): string {
  return `${toHex(salt)}.${digest(value, salt)}`
}

/** Whether `value` is what the fingerprint was made of; `false` for a text that is no fingerprint. */
export function matchesFingerprint(value: Secret, text: string): boolean {
  const match = /^([0-9a-f]{16})\.([0-9a-f]{32})$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return false
  const actual = digest(value, Buffer.from(match[1], 'hex'))
  return timingSafeEqual(Buffer.from(actual), Buffer.from(match[2]))
}

/** Bytes of salt that `fingerprint` takes. */
export const saltBytes = 8

function digest(value: Secret, salt: Uint8Array): string {
  return createHmac('sha256', salt).update(value.reveal(), 'utf8').digest('hex').slice(0, 32)
}
