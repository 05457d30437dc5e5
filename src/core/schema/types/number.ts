import type { ValueTypeDefinition } from '../value-type.ts'

export const numberType: ValueTypeDefinition = {
  id: 'number',
  check: value =>
    /^[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:e[+-]?\d{1,3})?$/i.test(value)
      ? undefined
      : { problem: 'must be a number', fix: 'write digits with a point for the fraction, without a unit' },
  measure: value => ({ amount: Number(value), unit: '' }),
}
