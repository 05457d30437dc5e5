import type { Relations, Schema, SchemaEntry, VariableGroup } from './entry.ts'
import { specKeys, type ValuePattern, type ValueSpec } from './value-type.ts'

/**
 * What manifest and template declare, as plain JSON for an application (`env.declared.json`): only what somebody stated,
 * not what the template's examples look like. Holds no value but defaults and allowed ones, which the manifest refuses
 * for secrets.
 */
export interface DeclaredEnv {
  readonly version: number
  readonly variables: Readonly<Record<string, DeclaredVariable>>
  /** Variables that are otherwise in an environment, whole. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, DeclaredVariable>>>>
}

export interface DeclaredVariable extends Omit<ValueSpec, 'pattern' | 'schema'> {
  /** As JavaScript reads it, from the first to the last character. */
  readonly pattern?: string
  readonly required?: boolean
  readonly default?: string
  readonly description?: string
  readonly relations?: Omit<Relations, 'requiredWhen'> & {
    readonly requiredWhen?: Readonly<Record<string, readonly string[]>>
    readonly groups?: readonly VariableGroup[]
  }
}

export function compileDeclared(schema: Schema, environments: ReadonlyMap<string, Schema>): DeclaredEnv {
  const variables = compileSchema(schema)
  const overrides = [...environments].map(([name, own]) => {
    const changed = Object.entries(compileSchema(own)).filter(
      ([variable, facts]) => JSON.stringify(facts) !== JSON.stringify(variables[variable]),
    )
    return [name, Object.fromEntries(changed)] as const
  })
  const changed = overrides.filter(([, own]) => Object.keys(own).length > 0)
  return { version: 1, variables, ...(changed.length > 0 && { environments: Object.fromEntries(changed) }) }
}

function compileSchema(schema: Schema): Record<string, DeclaredVariable> {
  const known = [...schema.values()].filter(({ isCommented }) => !isCommented)
  return Object.fromEntries(known.map(entry => [entry.name, compileEntry(entry)]))
}

function compileEntry(entry: SchemaEntry): DeclaredVariable {
  const { requiredBy, isTypeDeclared, relations, description } = entry
  const spec = specKeys.flatMap(key =>
    key !== 'pattern' && key !== 'schema' && isTypeDeclared && entry[key] !== undefined
      ? [[key, entry[key]]]
      : [],
  )
  const { requiredWhen, groups, ...rest } = relations ?? {}
  return {
    ...(requiredBy === 'declared' && { required: true }),
    ...(Object.fromEntries(spec) as Omit<ValueSpec, 'pattern' | 'schema'>),
    ...(isTypeDeclared && entry.pattern && { pattern: entry.pattern.source }),
    ...(entry.default !== undefined && { default: entry.default }),
    ...(relations && {
      relations: {
        ...rest,
        ...(requiredWhen && { requiredWhen: Object.fromEntries(requiredWhen) }),
        ...(groups && { groups: groups.map(({ kind, names }) => ({ kind, names })) }),
      },
    }),
    ...(description !== undefined && { description }),
  }
}

/** The declarations of one environment as a schema again. */
export function readDeclared({ variables, environments = {} }: DeclaredEnv, environment: string): Schema {
  const own = Object.hasOwn(environments, environment) ? environments[environment] : undefined
  return new Map(
    Object.entries({ ...variables, ...own }).map(([name, facts]): [string, SchemaEntry] => {
      const { relations, required = false, pattern, ...rest } = facts
      const requiredWhen = relations?.requiredWhen && new Map(Object.entries(relations.requiredWhen))
      return [
        name,
        {
          ...{ ...rest, name, required, at: { path: 'process environment' } },
          ...{
            secret: false,
            isSecretDeclared: false,
            isTypeDeclared: true,
            isAsked: false,
            isCommented: false,
          },
          allows: [],
          ...(pattern !== undefined && { pattern: readPattern(pattern) }),
          ...(relations && { relations: { ...relations, requiredWhen: requiredWhen ?? new Map() } }),
        },
      ]
    }),
  )
}

/** The expressions of an application's own repository, and values of who runs it: JavaScript's own are good enough. */
function readPattern(source: string): ValuePattern {
  const expression = new RegExp(`^(?:${source})$`, 'u')
  return { source, at: { path: 'process environment' }, test: value => expression.test(value) }
}
