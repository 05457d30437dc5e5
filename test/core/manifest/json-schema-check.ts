/** The keywords of JSON Schema that the manifest's schema uses, checked as draft 2020-12 says; another one is an error of the test. */
export function satisfies(schema: unknown, value: unknown, root: unknown = schema): boolean {
  if (typeof schema === 'boolean') return schema
  const keywords = schema as Record<string, unknown>
  return Object.entries(keywords).every(([keyword, argument]) => {
    const check = checks[keyword]
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known to the test`)
    return check(argument as never, value, keywords, root)
  })
}

type Check = (argument: never, value: unknown, schema: Record<string, unknown>, root: unknown) => boolean

const ignored: Check = () => true

const checks: Record<string, Check> = {
  $schema: ignored,
  $defs: ignored,
  title: ignored,
  description: ignored,
  $ref: (pointer: string, value, _, root) => {
    let target: unknown = root
    for (const part of pointer.split('/').slice(1)) target = (target as Record<string, unknown>)[part]
    return satisfies(target, value, root)
  },
  type: (type: string | string[], value) => {
    if (Array.isArray(type)) return type.some(each => satisfies({ type: each }, value))
    if (type === 'integer') return Number.isInteger(value)
    if (type === 'array') return Array.isArray(value)
    if (type === 'object') return isMapping(value)
    return typeof value === type
  },
  const: (expected: unknown, value) => value === expected,
  enum: (values: unknown[], value) => values.includes(value),
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (length: number, value) => typeof value !== 'string' || value.length >= length,
  maxLength: (length: number, value) => typeof value !== 'string' || value.length <= length,
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  minItems: (count: number, value) => !Array.isArray(value) || value.length >= count,
  items: (schema: unknown, value, _, root) =>
    !Array.isArray(value) || value.every(item => satisfies(schema, item, root)),
  anyOf: (schemas: unknown[], value, _, root) => schemas.some(schema => satisfies(schema, value, root)),
  allOf: (schemas: unknown[], value, _, root) => schemas.every(schema => satisfies(schema, value, root)),
  required: (names: string[], value) => !isMapping(value) || names.every(name => Object.hasOwn(value, name)),
  properties: (schemas: Record<string, unknown>, value, _, root) =>
    everyEntry(value, (key, item) => !Object.hasOwn(schemas, key) || satisfies(schemas[key], item, root)),
  patternProperties: (schemas: Record<string, unknown>, value, _, root) =>
    everyEntry(value, (key, item) =>
      Object.entries(schemas).every(
        ([pattern, schema]) => !new RegExp(pattern, 'u').test(key) || satisfies(schema, item, root),
      ),
    ),
  propertyNames: (schema: unknown, value, _, root) => everyEntry(value, key => satisfies(schema, key, root)),
  additionalProperties: (schema: unknown, value, { properties = {}, patternProperties = {} }, root) =>
    everyEntry(value, (key, item) => {
      const isNamed = Object.hasOwn(properties as object, key)
      const isMatched = Object.keys(patternProperties as object).some(pattern =>
        new RegExp(pattern, 'u').test(key),
      )
      return isNamed || isMatched || satisfies(schema, item, root)
    }),
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function everyEntry(value: unknown, accepts: (key: string, item: unknown) => boolean): boolean {
  return !isMapping(value) || Object.entries(value).every(([key, item]) => accepts(key, item))
}
