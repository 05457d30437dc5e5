import { readDuration } from '../duration.ts'
import { hasReference, valueTypeDefinitions } from './check-value.ts'
import type { Schema, SchemaEntry, VariableGroup } from './entry.ts'
import { readBoolean } from './types/boolean.ts'
import type { ValueType } from './value-type.ts'

/** How a variable stands in one source. */
export interface Standing {
  readonly isSet: boolean
  /** Absent where nobody can say: not expanded yet, or in a file of its own. */
  readonly value?: string
}

/** One relation that does not hold. The sentence begins with the name, and quotes names only. */
export interface RelationProblem {
  readonly relation: 'requirement' | 'comparison' | 'deprecated'
  readonly name: string
  readonly problem: string
  readonly fix: string
}

type Look = (name: string) => Standing

/** What the entries say of each other, looked at with the values of one source. Pure; in the order of the schema. */
export function checkRelations(schema: Schema, raw: Look): readonly RelationProblem[] {
  const look = withOldNames(schema, raw)
  return [...schema.values()].flatMap(entry =>
    entry.relations === undefined
      ? []
      : [
          ...checkRequirement(entry, schema, look),
          ...(entry.relations.groups ?? []).flatMap(group => checkGroup(group, look)),
          ...checkComparisons(entry, schema, look),
          ...checkDeprecated(entry, raw),
        ],
  )
}

/** Until it is renamed an old name stands for the new one. */
function withOldNames(schema: Schema, look: Look): Look {
  const old = new Map<string, string>()
  for (const { name, relations } of schema.values())
    if (relations?.deprecated !== undefined) old.set(relations.deprecated, name)
  return name => {
    const other = old.get(name)
    return other === undefined || look(name).isSet ? look(name) : look(other)
  }
}

/** A value as the relations see it. */
export function standingOf(value: string | undefined, isInFile = false): Standing {
  if (value === undefined || value.trim() === '') return { isSet: isInFile }
  return hasReference(value) ? { isSet: true } : { isSet: true, value }
}

function checkRequirement(
  { name, relations = {} }: SchemaEntry,
  schema: Schema,
  look: Look,
): RelationProblem[] {
  const { requiredWhen, requiredWith } = relations
  if (look(name).isSet) return []
  const conditions = [...(requiredWhen ?? [])]
  const missing = (why: string): RelationProblem => ({
    relation: 'requirement',
    name,
    problem: `is required because ${why}`,
    fix: `set ${name}, or change what asks for it`,
  })
  const isMet = conditions.every(([other, values]) => {
    const value = look(other).isSet ? look(other).value : schema.get(other)?.default
    return value !== undefined && values.some(one => isSame(one, value, schema.get(other)?.type))
  })
  // The value stands in the manifest for everybody to read, but here only names are said.
  if (conditions.length > 0 && isMet)
    return [missing(`of the value of ${quoted(conditions.map(([other]) => other))}`)]
  const set = (requiredWith ?? []).filter(other => look(other).isSet)
  return set.length > 0 ? [missing(`${quoted(set)} ${set.length === 1 ? 'is' : 'are'} set`)] : []
}

/** Of a boolean every spelling is the same. */
function isSame(wanted: string, value: string, type: ValueType | undefined): boolean {
  if (wanted === value) return true
  const isTruth = type === 'boolean' || wanted === 'true' || wanted === 'false'
  return isTruth && readBoolean(wanted) !== undefined && readBoolean(wanted) === readBoolean(value)
}

function checkGroup({ kind, names }: VariableGroup, look: Look): RelationProblem[] {
  const set = names.filter(name => look(name).isSet)
  const problem = (name: string, text: string, fix: string): RelationProblem[] => [
    { relation: 'requirement', name, problem: text, fix },
  ]
  const [first = ''] = names
  switch (kind) {
    case 'exactlyOne':
      if (set.length === 0)
        return problem(first, `or another of ${quoted(names.slice(1))} is required`, 'set one of them')
      break
    case 'allOrNone':
      return names
        .filter(name => set.length > 0 && !set.includes(name))
        .flatMap(name =>
          problem(
            name,
            `is required because ${quoted(set)} ${set.length === 1 ? 'is' : 'are'} set`,
            'set all of them or none',
          ),
        )
    case 'notBoth':
      break
  }
  // Told at the one that came later: the first may stay.
  return set
    .slice(1)
    .flatMap(name => problem(name, `may not be set beside "${set[0] ?? ''}"`, 'keep one of them'))
}

function checkComparisons(
  { name, relations = {} }: SchemaEntry,
  schema: Schema,
  look: Look,
): RelationProblem[] {
  const { value } = look(name)
  if (value === undefined) return []
  const { lessThan, equals, differentFrom, startsWith } = relations
  const check = (
    other: string | undefined,
    what: string,
    holds: (theirs: string) => boolean,
  ): RelationProblem[] => {
    const theirs = other === undefined ? undefined : look(other).value
    if (other === undefined || theirs === undefined || holds(theirs)) return []
    return [
      { relation: 'comparison', name, problem: `must ${what} "${other}"`, fix: 'change one of the two' },
    ]
  }
  return [
    ...check(lessThan, 'be less than', theirs => {
      const [mine, limit] = [
        amountOf(value, schema.get(name)?.type),
        amountOf(theirs, schema.get(lessThan ?? '')?.type),
      ]
      // What is no amount is told of by its type.
      return mine === undefined || limit === undefined || mine < limit
    }),
    ...check(equals, 'be the same as', theirs => value === theirs),
    ...check(differentFrom, 'be different from', theirs => value !== theirs),
    ...check(startsWith, 'begin with the value of', theirs => value.startsWith(theirs)),
  ]
}

/** Types whose values have an order, by the unit in which they are compared. */
export const orderedTypes: Partial<Record<ValueType, string>> = {
  integer: 'number',
  number: 'number',
  port: 'number',
  duration: 'duration',
  bytes: 'bytes',
}

function amountOf(value: string, type: ValueType | undefined): number | undefined {
  if (type !== undefined && orderedTypes[type] !== undefined) {
    const { check, measure } = valueTypeDefinitions[type]
    return check(value, { type }) === undefined ? measure?.(value, { type }).amount : undefined
  }
  if (valueTypeDefinitions.number.check(value, {}) === undefined) return Number(value)
  const duration = readDuration(value)
  return duration === undefined ? undefined : duration / 1000
}

function checkDeprecated({ name, relations = {} }: SchemaEntry, look: Look): RelationProblem[] {
  const { deprecated } = relations
  if (deprecated === undefined || !look(name).isSet) return []
  const isThere = look(deprecated).isSet
  const fix = isThere ? `remove it: ${deprecated} is set` : `rename it to ${deprecated}`
  return [{ relation: 'deprecated', name, problem: `is deprecated: "${deprecated}" took its place`, fix }]
}

function quoted(names: readonly string[]): string {
  return names.map(name => `"${name}"`).join(' and ')
}
