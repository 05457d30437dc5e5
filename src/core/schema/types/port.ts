import type { ValueTypeDefinition } from '../value-type.ts'

/** 0 is allowed: it asks the system for a free port. */
export const portType: ValueTypeDefinition = {
  id: 'port',
  check: value =>
    /^\d{1,5}$/.test(value) && Number(value) <= 65_535
      ? undefined
      : { problem: 'must be a port', fix: 'write a number from 0 to 65535' },
  measure: value => ({ amount: Number(value), unit: '' }),
}
