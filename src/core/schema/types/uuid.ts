import type { ValueTypeDefinition } from '../value-type.ts'

export const uuidType: ValueTypeDefinition = {
  id: 'uuid',
  check: value =>
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
      ? undefined
      : { problem: 'must be a UUID', fix: 'write 32 hex digits as 8-4-4-4-12' },
}
