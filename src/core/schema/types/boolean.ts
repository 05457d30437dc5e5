import type { ValueTypeDefinition } from '../value-type.ts'

/** Spellings that the common frameworks read as true or false, in any case. */
const spellings = new Set(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off', 'y', 'n', 't', 'f'])

export const booleanType: ValueTypeDefinition = {
  id: 'boolean',
  check: value =>
    spellings.has(value.toLowerCase())
      ? undefined
      : { problem: 'must be true or false', fix: 'write true or false' },
}
