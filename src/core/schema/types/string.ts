import type { ValueTypeDefinition } from '../value-type.ts'

export const stringType: ValueTypeDefinition = {
  id: 'string',
  check: () => undefined,
  measure: value => ({ amount: Array.from(value).length, unit: 'characters' }),
}
