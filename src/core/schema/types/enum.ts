import type { ValueTypeDefinition } from '../value-type.ts'

/** One of `values`, which the manifest asks for together with this type. */
export const enumType: ValueTypeDefinition = { id: 'enum', check: () => undefined }
