/** Checked before: every keyword is of the kind that it should be. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>

export interface Compiled {
  readonly root: JsonSchema
  readonly patterns: Map<string, (text: string) => boolean>
  readonly targets: Map<string, JsonSchema>
}

/** A schema that refers to itself, and a value that makes the most of it, end here. */
const mostSteps = 100_000
const deepest = 200

class TooMuch extends Error {}

/**
 * One look at one value. What is said of it names properties of the schema only: all else, the names of other properties
 * too, is the value's own.
 */
export class Check {
  readonly #compiled: Compiled
  #steps = 0

  constructor(compiled: Compiled) {
    this.#compiled = compiled
  }

  /** Second half of a sentence, or `undefined` where the value fits. */
  problemOf(value: unknown): string | undefined {
    try {
      return this.#check(this.#compiled.root, value, '', 0)
    } catch (error) {
      if (error instanceof TooMuch) return 'cannot be checked: schema or value refer too deep'
      throw error
    }
  }

  #check(schema: JsonSchema, value: unknown, path: string, depth: number): string | undefined {
    this.#steps += 1
    if (this.#steps > mostSteps || depth > deepest) throw new TooMuch()
    if (typeof schema === 'boolean') return schema ? undefined : `${at(path)}must not be there`
    const target =
      schema['$ref'] === undefined ? undefined : this.#compiled.targets.get(schema['$ref'] as string)
    return (
      (target === undefined ? undefined : this.#check(target, value, path, depth + 1)) ??
      checkScalar(schema, value, path, this.#compiled.patterns) ??
      (Array.isArray(value) ? this.#checkItems(schema, value, path, depth) : undefined) ??
      (isObject(value) ? this.#checkProperties(schema, value, path, depth) : undefined) ??
      this.#checkCombined(schema, value, path, depth)
    )
  }

  #fits(schema: unknown, value: unknown, path: string, depth: number): boolean {
    return this.#check(schema as JsonSchema, value, path, depth + 1) === undefined
  }

  #checkItems(
    schema: Readonly<Record<string, unknown>>,
    value: readonly unknown[],
    path: string,
    depth: number,
  ): string | undefined {
    const {
      prefixItems = [],
      items,
      contains,
    } = schema as { prefixItems?: JsonSchema[]; items?: JsonSchema; contains?: JsonSchema }
    for (const [index, item] of value.entries()) {
      const own = prefixItems[index] ?? items
      const found =
        own === undefined ? undefined : this.#check(own, item, `${path}[${String(index + 1)}]`, depth + 1)
      if (found !== undefined) return found
    }
    if (contains === undefined || value.some(item => this.#fits(contains, item, path, depth)))
      return undefined
    return `${at(path)}lacks an item that has to be there`
  }

  #checkProperties(
    schema: Readonly<Record<string, unknown>>,
    value: Readonly<Record<string, unknown>>,
    path: string,
    depth: number,
  ): string | undefined {
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
    const patterned = Object.entries(
      (schema['patternProperties'] ?? {}) as Readonly<Record<string, JsonSchema>>,
    )
    const additional = schema['additionalProperties'] as JsonSchema | undefined
    for (const [name, one] of Object.entries(value)) {
      const isNamed = Object.hasOwn(properties, name)
      const schemas = patterned.filter(([pattern]) => this.#compiled.patterns.get(pattern)?.(name) === true)
      const own = [...(isNamed ? [properties[name] as JsonSchema] : []), ...schemas.map(([, found]) => found)]
      if (own.length === 0 && additional === false)
        return `${at(path)}has a property that the schema does not know`
      if (own.length === 0 && additional !== undefined) own.push(additional)
      const below = isNamed ? `${path}.${name}` : `${path}.*`
      for (const found of own) {
        const problem = this.#check(found, one, below, depth + 1)
        if (problem !== undefined) return problem
      }
      const names = schema['propertyNames']
      if (names !== undefined && !this.#fits(names, name, path, depth))
        return `${at(path)}has a property whose name does not fit`
    }
    return undefined
  }

  #checkCombined(
    schema: Readonly<Record<string, unknown>>,
    value: unknown,
    path: string,
    depth: number,
  ): string | undefined {
    for (const one of (schema['allOf'] ?? []) as JsonSchema[]) {
      const found = this.#check(one, value, path, depth + 1)
      if (found !== undefined) return found
    }
    const anyOf = schema['anyOf'] as JsonSchema[] | undefined
    if (anyOf?.some(one => this.#fits(one, value, path, depth)) === false)
      return `${at(path)}fits none of the alternatives of the schema`
    const oneOf = schema['oneOf'] as JsonSchema[] | undefined
    const fitting = oneOf?.filter(one => this.#fits(one, value, path, depth)).length ?? 1
    if (fitting !== 1)
      return `${at(path)}fits ${fitting === 0 ? 'none' : 'several'} of the alternatives of the schema`
    if (schema['not'] !== undefined && this.#fits(schema['not'], value, path, depth))
      return `${at(path)}is what the schema excludes`
    if (schema['if'] === undefined) return undefined
    const then = schema[this.#fits(schema['if'], value, path, depth) ? 'then' : 'else'] as
      JsonSchema | undefined
    return then === undefined ? undefined : this.#check(then, value, path, depth + 1)
  }
}

type Patterns = Compiled['patterns']

/** All that needs no other schema. */
function checkScalar(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
  path: string,
  patterns: Patterns,
): string | undefined {
  const { type, enum: allowed } = schema as { type?: string | string[]; enum?: unknown[] }
  const types = type === undefined ? [] : [type].flat()
  if (types.length > 0 && !types.some(one => isOfType(one, value)))
    return `${at(path)}must be of type ${types.join(' or ')}`
  const own = allowed === undefined && !Object.hasOwn(schema, 'const') ? '' : canonical(value)
  if (allowed?.every(one => canonical(one) !== own) === true)
    return `${at(path)}must be one of the allowed values`
  if (Object.hasOwn(schema, 'const') && canonical(schema['const']) !== own)
    return `${at(path)}must be the one allowed value`
  const limit = (key: string): number | undefined => schema[key] as number | undefined
  if (typeof value === 'number') return checkNumber(value, path, limit)
  if (typeof value === 'string') return checkText(schema, value, path, patterns)
  if (Array.isArray(value)) {
    const isRepeated = schema['uniqueItems'] === true && new Set(value.map(canonical)).size < value.length
    const sized = checkSize(value.length, path, limit('minItems'), limit('maxItems'), 'items')
    return sized ?? (isRepeated ? `${at(path)}must not have an item twice` : undefined)
  }
  return isObject(value) ? checkObject(schema, value, path, limit) : undefined
}

function checkText(
  schema: Readonly<Record<string, unknown>>,
  value: string,
  path: string,
  patterns: Patterns,
): string | undefined {
  const { minLength, maxLength, pattern } = schema as {
    minLength?: number
    maxLength?: number
    pattern?: string
  }
  // The standard counts code points.
  const counted = minLength === undefined && maxLength === undefined ? 0 : Array.from(value).length
  const sized = checkSize(counted, path, minLength, maxLength, 'characters')
  if (sized !== undefined || pattern === undefined || patterns.get(pattern)?.(value) === true) return sized
  return `${at(path)}must match its pattern`
}

function checkObject(
  schema: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  path: string,
  limit: (key: string) => number | undefined,
): string | undefined {
  const missing = ((schema['required'] ?? []) as string[]).find(name => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${at(path)}lacks the property "${missing}"`
  const { length } = Object.keys(value)
  return checkSize(length, path, limit('minProperties'), limit('maxProperties'), 'properties')
}

function checkNumber(
  value: number,
  path: string,
  limit: (key: string) => number | undefined,
): string | undefined {
  const [min, max, above, below] = [
    limit('minimum'),
    limit('maximum'),
    limit('exclusiveMinimum'),
    limit('exclusiveMaximum'),
  ]
  if (min !== undefined && value < min) return `${at(path)}must be at least ${String(min)}`
  if (max !== undefined && value > max) return `${at(path)}must be at most ${String(max)}`
  if (above !== undefined && value <= above) return `${at(path)}must be more than ${String(above)}`
  if (below !== undefined && value >= below) return `${at(path)}must be less than ${String(below)}`
  const step = limit('multipleOf')
  // 0.3 / 0.1 is not quite 3.
  const times = step === undefined ? 0 : value / step
  return Math.abs(times - Math.round(times)) > 1e-9 * Math.max(1, Math.abs(times))
    ? `${at(path)}must be a multiple of ${String(step)}`
    : undefined
}

function checkSize(
  size: number,
  path: string,
  min: number | undefined,
  max: number | undefined,
  unit: string,
): string | undefined {
  if (min !== undefined && size < min) return `${at(path)}must have at least ${String(min)} ${unit}`
  if (max !== undefined && size > max) return `${at(path)}must have at most ${String(max)} ${unit}`
  return undefined
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

/** The same text for the same value, however its properties are ordered. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    isObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  )
}

function at(path: string): string {
  return path === '' ? '' : `(at ${path.replace(/^\./, '')}) `
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
