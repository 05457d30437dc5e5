import { providers } from '../providers/index.ts'
import { manifestJsonSchema } from '../src/core/manifest/json-schema.ts'

/** For the build: the JSON Schema that ships as dist/schema.json. */
export function manifestSchema(): Record<string, unknown> {
  return manifestJsonSchema(
    Object.fromEntries(Object.entries(providers).map(([id, entry]) => [id, entry.fields])),
  )
}
