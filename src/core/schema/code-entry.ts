import type { Place } from '../errors.ts'
import type { Schema, SchemaEntry } from './entry.ts'
import { isSecretName } from './secret-names.ts'
import { specKeys } from './value-type.ts'

/**
 * What is known where a schema in code, the strongest of all sources, names some of the variables: whether those are
 * required and what they may be is then its to say alone. `at` is the place of the schema.
 */
export function withCodeNames(schema: Schema, names: Iterable<string>, at: Place): Schema {
  const entries = new Map(schema)
  for (const name of names) entries.set(name, codeEntry(name, at, schema.get(name)))
  return entries
}

const overruled = new Set<string>([...specKeys, 'required', 'requiredBy', 'isTypeDeclared'])

function codeEntry(name: string, at: Place, known?: SchemaEntry): SchemaEntry {
  const kept = Object.entries(known ?? {}).filter(([key]) => !overruled.has(key))
  return {
    ...{ name, at, secret: isSecretName(name), isSecretDeclared: false },
    ...{ isAsked: false, isCommented: false, allows: [] },
    ...(Object.fromEntries(kept) as Partial<SchemaEntry>),
    required: false,
    isTypeDeclared: false,
  }
}
