import { createHash } from 'node:crypto'
import { publishedHashes, publishedSalt } from './published-values.ts'

/** No such value is longer. */
const longest = 256
const shortest = 8

/**
 * Whether a value stands in public: in the documentation of a framework, in a tutorial, in a template of ours. It may look
 * as random as it likes. Nearly every other value is told apart by its sign, and no hash is made of it.
 */
export function isPublished(value: string): boolean {
  if (value.length < shortest || value.length > longest) return false
  const known = publishedHashes.get(signOf(value))
  if (known === undefined) return false
  return createHash('sha256').update(`${publishedSalt}\0${value}`).digest('hex').startsWith(known)
}

/** FNV-1a, 24 bits of it. */
function signOf(value: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % 0x1000000
}
