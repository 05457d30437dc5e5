import type { ValueTypeDefinition } from '../value-type.ts'

/** RFC 4648 with its padding; `length` and bounds count the bytes inside. */
export const base64Type: ValueTypeDefinition = {
  id: 'base64',
  check: value =>
    /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0
      ? undefined
      : {
          problem: 'must be base64',
          fix: 'write letters, digits, + and /, filled up with = to a multiple of four',
        },
  measure: value => ({ amount: bytesIn(value), unit: 'bytes' }),
}

/** The alphabet for addresses and file names; padding may be left out. */
export const base64urlType: ValueTypeDefinition = {
  id: 'base64url',
  check: value =>
    /^[A-Za-z0-9_-]+={0,2}$/.test(value) && value.replace(/=/g, '').length % 4 !== 1
      ? undefined
      : { problem: 'must be base64url', fix: 'write letters, digits, - and _' },
  measure: value => ({ amount: bytesIn(value), unit: 'bytes' }),
}

function bytesIn(value: string): number {
  return Math.floor((value.replace(/=/g, '').length * 3) / 4)
}
