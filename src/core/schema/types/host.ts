import type { ValueTypeDefinition } from '../value-type.ts'
import { isIp } from './ip.ts'

/** A name as RFC 1123 allows it (also with `_`, as container networks have it), or an address; without port or scheme. */
export const hostType: ValueTypeDefinition = {
  id: 'host',
  check: value =>
    isIp(value) || isHostName(value)
      ? undefined
      : { problem: 'must be a host', fix: 'write the name or the address alone, without scheme and port' },
}

function isHostName(value: string): boolean {
  // Digits in the last place make it an address, which it is not.
  return (
    value.length <= 253 &&
    /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i.test(
      value,
    ) &&
    !/(?:^|\.)\d+\.?$/.test(value)
  )
}
