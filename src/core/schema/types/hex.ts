import type { ValueTypeDefinition } from '../value-type.ts'

/** `length: 32` asks for 32 bytes, that is 64 digits. */
export const hexType: ValueTypeDefinition = {
  id: 'hex',
  check: value =>
    /^[0-9a-f]+$/i.test(value) && value.length % 2 === 0
      ? undefined
      : { problem: 'must be hex digits, two for each byte', fix: 'write pairs of 0-9 and a-f only' },
  measure: value => ({ amount: value.length / 2, unit: 'bytes' }),
}
