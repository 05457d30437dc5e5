import type { ValueTypeDefinition } from '../value-type.ts'

export const emailType: ValueTypeDefinition = {
  id: 'email',
  check: value =>
    value.length <= 320 && /^[^\s@<>"]+@[^\s@<>"]+$/.test(value)
      ? undefined
      : { problem: 'must be an e-mail address', fix: 'write the address alone, such as name@host' },
}
