import * as z from 'zod/mini'
import type { ProviderFields } from './manifest.ts'
import { foreignTargetShape, manifestShape, targetListShape, targetShape, type TargetPlace } from './shape.ts'

/**
 * The JSON Schema (draft 2020-12) of `secrets.yaml` for editors, derived from the shape that the parser uses. It knows
 * what the shape knows; what keys mean together (min above max, a default that is no value) only the parser tells.
 */
export function manifestJsonSchema(providers: ProviderFields): Record<string, unknown> {
  const target = targetAlternatives(providers, 'target')
  const environment = z.union([...alternatives(providers, 'environment'), targetListShape(target)])
  const schema = z.toJSONSchema(manifestShape(environment), {
    io: 'input',
    reused: 'ref',
    override: ({ jsonSchema }) => {
      if (jsonSchema.type === 'object') freeExtensions(jsonSchema)
    },
  })
  return { ...schema, title: 'secrets.yaml' }
}

function targetAlternatives(providers: ProviderFields, place: TargetPlace) {
  return z.union(alternatives(providers, place))
}

function alternatives(providers: ProviderFields, place: TargetPlace) {
  const known = Object.keys(providers).map(id => targetShape(id, providers, place))
  return [...known, foreignTargetShape(providers, place)] as const
}

/** `x-…` keys are free at every level, also among names. */
function freeExtensions(schema: z.core.JSONSchema.BaseSchema): void {
  const extension = '^x-'
  schema.patternProperties = { [extension]: {} }
  const { propertyNames } = schema
  if (typeof propertyNames === 'object')
    schema.propertyNames = { anyOf: [propertyNames, { pattern: extension }] }
}
