import type { ValueTypeDefinition } from '../value-type.ts'

export const integerType: ValueTypeDefinition = {
  id: 'integer',
  check: value =>
    /^[+-]?\d{1,15}$/.test(value)
      ? undefined
      : { problem: 'must be a whole number', fix: 'write digits only, without a unit' },
  measure: value => ({ amount: Number(value), unit: '' }),
}
