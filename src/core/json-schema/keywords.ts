interface Plain {
  is(value: unknown): boolean
  /** Second half of a sentence: what it has to be. */
  readonly must: string
}

/** What stands behind a keyword: a schema, a list or a mapping of them, a pattern, a reference, something plain, a note. */
export type Keyword = 'schema' | 'schemas' | 'named' | 'pattern' | 'ref' | 'note' | Plain

const number: Plain = { is: value => typeof value === 'number', must: 'must be a number' }
const count: Plain = {
  is: value => Number.isSafeInteger(value) && (value as number) >= 0,
  must: 'must be a whole number that is not negative',
}
const flag: Plain = { is: value => typeof value === 'boolean', must: 'must be true or false' }
const list: Plain = { is: value => Array.isArray(value) && value.length > 0, must: 'must be a list' }

export const jsonTypes = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'] as const
const isType = (value: unknown): boolean => (jsonTypes as readonly unknown[]).includes(value)

/** All that is obeyed. `format` says something to people only, as the standard has it. */
const schemaKeywords: Readonly<Record<string, Keyword>> = {
  type: {
    is: value => (Array.isArray(value) ? value.length > 0 && value.every(isType) : isType(value)),
    must: `must be of ${jsonTypes.join(', ')}, or a list of them`,
  },
  enum: list,
  const: { is: () => true, must: '' },
  multipleOf: { is: value => typeof value === 'number' && value > 0, must: 'must be a number above 0' },
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  minLength: count,
  maxLength: count,
  pattern: 'pattern',
  minItems: count,
  maxItems: count,
  uniqueItems: flag,
  items: 'schema',
  prefixItems: 'schemas',
  contains: 'schema',
  minProperties: count,
  maxProperties: count,
  required: {
    is: value => Array.isArray(value) && value.every(one => typeof one === 'string'),
    must: 'must be a list of names',
  },
  properties: 'named',
  patternProperties: 'named',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',
  $ref: 'ref',
  $defs: 'named',
  definitions: 'named',
  ...Object.fromEntries(
    ['$schema', '$comment', 'title', 'description', 'default', 'examples', 'deprecated', 'format']
      .concat(['readOnly', 'writeOnly'])
      .map(key => [key, 'note'] as const),
  ),
}

/** `undefined` for what is none. */
export function keywordOf(key: string): Keyword | undefined {
  return Object.hasOwn(schemaKeywords, key) ? schemaKeywords[key] : undefined
}
