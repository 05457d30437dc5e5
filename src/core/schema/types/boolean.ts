import type { ValueTypeDefinition } from '../value-type.ts'

/** Spellings that the common frameworks read as true or false, in any case. */
const truths = new Set(['true', '1', 'yes', 'on', 'y', 't'])
const falsehoods = new Set(['false', '0', 'no', 'off', 'n', 'f'])

export const booleanType: ValueTypeDefinition = {
  id: 'boolean',
  check: value =>
    readBoolean(value) === undefined
      ? { problem: 'must be true or false', fix: 'write true or false' }
      : undefined,
}

/** `undefined` for a text that is no spelling of either. */
export function readBoolean(value: string): boolean | undefined {
  const lower = value.toLowerCase()
  return truths.has(lower) ? true : falsehoods.has(lower) ? false : undefined
}
