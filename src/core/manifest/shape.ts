import * as z from 'zod/mini'
import { readDuration } from '../duration.ts'
import { namePattern } from '../names.ts'
import { groupKinds } from '../schema/entry.ts'
import { valueTypes } from '../schema/value-type.ts'
import { auditShape, mapping, notifyShape } from './operate-shape.ts'
import { hookNames, readers, rotationKinds, ruleLevels, type ProviderFields } from './manifest.ts'

/**
 * The shape of `secrets.yaml`. Every schema that can fail carries its own text, because the library's messages may
 * repeat keys; texts are the second half of a sentence that begins with the key.
 */
const text = z.string({ error: 'must be text; a number or true and false stand in quotes' })
const line = text.check(
  z.regex(/^[^\r\n\0]*$/, { error: 'must be one line' }),
  z.minLength(1, { error: 'must not be empty' }),
)
const flag = z.boolean({ error: 'must be true or false' })
const amount = z.number({ error: 'must be a number' })
const count = z
  .int({ error: 'must be a whole number' })
  .check(z.minimum(0, { error: 'must not be negative' }))
const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
})
const name = text.check(z.regex(namePattern, { error: 'must be the name of a variable' }))
const durationError = 'must be a duration such as 30d, 24h or 1h30m'
const duration = text.check(
  z.regex(/^(?:\d{1,9}(?:ms|[smhdw]))+$/, { error: durationError, abort: true }),
  z.refine(value => readDuration(value) !== undefined, { error: 'must be at most 100 years' }),
)
const every = z.union([duration, z.literal('never')], { error: `${durationError}, or never` })
const readerList = z.array(oneOf(readers), { error: 'must be a list of readers' })

const rotate = strict(
  {
    kind: z.optional(oneOf(rotationKinds).check(z.describe('How the secret is replaced'))),
    every: z.optional(every.check(z.describe('How old a value may become'))),
    grace: z.optional(duration.check(z.describe('How long the previous value stays accepted'))),
    refreshTtl: z.optional(
      duration.check(z.describe('How long readers keep a value before they read it again')),
    ),
    tokenTtl: z.optional(duration.check(z.describe('How long what was signed with it stays valid'))),
  },
  'rotation settings',
)

const hookStep = strict(
  {
    run: z.optional(
      z
        .array(scalar, { error: 'must be a list: the program and its arguments' })
        .check(z.minLength(1, { error: 'must name a program' })),
    ),
    http: z.optional(
      line.check(z.regex(/^https?:\/\/[^\s]+$/, { error: 'must be an http or https address' })),
    ),
    tcp: z.optional(
      line.check(
        z.regex(/^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, {
          error: 'must be a host and a port: db.example.com:5432',
        }),
      ),
    ),
    within: z.optional(
      duration.check(z.describe('How long it may take altogether; 60s where nothing is said')),
    ),
    env: z.optional(
      z
        .array(name, { error: 'must be a list of variables' })
        .check(z.describe('Variables that the program gets besides PATH, HOME and the like')),
    ),
    status: z.optional(
      count.check(z.describe('The HTTP status that is good; any 2xx where nothing is said')),
    ),
  },
  'a hook',
).check(
  z.refine(step => [step.run, step.http, step.tcp].filter(one => one !== undefined).length === 1, {
    error: 'needs one of run, http and tcp',
  }),
  z.refine(step => step.env === undefined || step.run !== undefined, { error: 'env belongs to run' }),
  z.refine(step => step.status === undefined || step.http !== undefined, { error: 'status belongs to http' }),
)
const hookList = z.array(hookStep, { error: 'must be a list of hooks' })
const hooks = strict(
  Object.fromEntries(hookNames.map(hook => [hook, z.optional(hookList)])) as Record<
    (typeof hookNames)[number],
    z.ZodMiniOptional<typeof hookList>
  >,
  'hooks',
)

const scalars = z.union(
  [
    scalar,
    z.array(scalar, { error: 'must be a list' }).check(z.minLength(1, { error: 'must not be empty' })),
  ],
  { error: 'must be a value or a list of values' },
)
const names = z
  .array(name, { error: 'must be a list of variables' })
  .check(z.minLength(1, { error: 'must not be empty' }))
const relations = {
  requiredWhen: z.optional(
    z
      .record(name, scalars, mapping('variables and their values'))
      .check(z.describe('Required while each of these variables has the value, or one of the values')),
  ),
  requiredWith: z.optional(names.check(z.describe('Required while one of these variables is set'))),
  lessThan: z.optional(name.check(z.describe('The variable whose value must be greater'))),
  equals: z.optional(name.check(z.describe('The variable that must have the same value'))),
  differentFrom: z.optional(name.check(z.describe('The variable that must have another value'))),
  startsWith: z.optional(name.check(z.describe('The variable whose value this one begins with'))),
  deprecated: z.optional(name.check(z.describe('The variable that took the place of this one'))),
}
const several = names.check(z.minLength(2, { error: 'must name two variables or more' }))
const group = strict(
  {
    exactlyOne: z.optional(several.check(z.describe('One of them is set'))),
    allOrNone: z.optional(several.check(z.describe('All of them are set, or none'))),
    notBoth: z.optional(several.check(z.describe('At most one of them is set'))),
  },
  'a group',
).check(
  z.refine(one => Object.values(one).filter(list => list !== undefined).length === 1, {
    error: `needs one of ${groupKinds.join(', ')}`,
  }),
)

const variableFacts = {
  ...relations,
  secret: z.optional(flag),
  required: z.optional(flag),
  type: z.optional(oneOf(valueTypes)),
  items: z.optional(oneOf(valueTypes).check(z.describe('The type of each item of a list'))),
  separator: z.optional(text.check(z.minLength(1, { error: 'must not be empty' }))),
  protocols: z.optional(
    z.array(text.check(z.regex(/^[a-z][a-z0-9+.-]*$/, { error: 'must be a protocol such as https' })), {
      error: 'must be a list of protocols',
    }),
  ),
  credentials: z.optional(flag.check(z.describe('false: no user and password in the address'))),
  tls: z.optional(flag.check(z.describe('true: the address asks for TLS'))),
  min: z.optional(amount),
  max: z.optional(amount),
  length: z.optional(count),
  default: z.optional(scalar),
  values: z.optional(
    z.array(scalar, { error: 'must be a list' }).check(z.minLength(1, { error: 'must not be empty' })),
  ),
  pattern: z.optional(
    line.check(
      z.maxLength(1000, { error: 'must have at most 1000 characters' }),
      z.describe('A regular expression of RE2 that the whole value matches'),
    ),
  ),
  schema: z.optional(
    z
      .union([line, z.record(z.string(), z.unknown()), flag], {
        error: 'must be a JSON Schema, or the path of a file with one',
      })
      .check(
        z.describe('With type: json: a JSON Schema, or the path of a file with one beside the manifest'),
      ),
  ),
  generate: z.optional(
    text.check(z.regex(/^[a-z][a-z0-9-]*(?::[A-Za-z0-9_-]+)*$/, { error: 'must be a form such as hex:32' })),
  ),
  description: z.optional(text),
  rotate: z.optional(rotate),
  hooks: z.optional(hooks),
  readers: z.optional(readerList),
  ref: z.optional(line.check(z.describe("The secret's name in the store, where it differs"))),
  field: z.optional(line.check(z.describe('The field inside that secret'))),
}
const override = strict(variableFacts, 'a variable')
const environmentName = text.check(
  z.regex(/^(?!all$)[A-Za-z][A-Za-z0-9_-]{0,62}$/, { error: 'is not the name of an environment' }),
)
const variable = strict(
  {
    ...variableFacts,
    environments: z.optional(z.record(environmentName, override, mapping('environments'))),
  },
  'a variable',
)

const environmentFacts = {
  rotate: z.optional(rotate),
  hooks: z.optional(hooks),
  readers: z.optional(readerList),
}
const targetId = {
  id: line.check(
    z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, { error: 'must be letters, digits, "-", "_" or "."' }),
  ),
}
const level = oneOf(ruleLevels)
const rule = z.union(
  [
    level,
    strict(
      {
        level: z.optional(level.check(z.describe('The level of all findings of the rule'))),
        names: z.optional(
          z
            .array(name, { error: 'must be a list of variables' })
            .check(z.describe("Variables of the rule's family that have names of their own")),
        ),
      },
      'a rule',
    ),
  ],
  { error: `must be one of ${ruleLevels.join(', ')}, or a mapping with level and names` },
)
const ruleId = text.check(z.regex(/^[a-z][a-z-]{0,62}$/, { error: 'is not the id of a rule' }))

/** Environments are given: the parser checks them one by one, the JSON Schema lists their alternatives. */
export function manifestShape<T extends z.ZodMiniType>(environment: T) {
  return strict(
    {
      version: z.literal(1, { error: 'must be 1' }),
      project: z.optional(line),
      schema: z.optional(line),
      readers: z.optional(readerList),
      notify: z.optional(notifyShape({ name })),
      audit: z.optional(auditShape({ line, name, duration })),
      rules: z.optional(z.record(ruleId, rule, mapping('rules'))),
      environments: z.optional(z.record(environmentName, environment, mapping('environments'))),
      variables: z.optional(z.record(name, variable, mapping('variables'))),
      groups: z.optional(z.array(group, { error: 'must be a list of groups' })),
    },
    'a manifest',
  )
}

/** An environment that names its targets in a list; each of them is checked by `targetShape`. */
export function targetListShape<T extends z.ZodMiniType>(target: T) {
  return strict(
    {
      ...environmentFacts,
      targets: z
        .array(target, { error: 'must be a list of targets' })
        .check(z.minLength(1, { error: 'must not be empty' })),
    },
    'an environment',
  )
}

export type TargetPlace = 'environment' | 'target'

/**
 * One target: the flat form of an environment, or an entry of `targets`. `provider` is an id of the registry; a
 * manifest with another one is checked against the nearest.
 */
export function targetShape(provider: string, providers: ProviderFields, place: TargetPlace) {
  const fields = Object.entries(providers[provider] ?? {}).map(([field, { required, description }]) => {
    const setting = line.check(z.describe(description))
    return [field, required === true ? setting : z.optional(setting)]
  })
  return strict(
    {
      provider: z.literal(provider, { error: `is unknown: did you mean "${provider}"?` }),
      ...(Object.fromEntries(fields) as Record<string, z.ZodMiniOptional<typeof line>>),
      ...(place === 'environment' ? environmentFacts : targetId),
    },
    `${place === 'environment' ? 'an' : 'a'} ${place}`,
  )
}

/** A third party's adapter: a path or a package name, and settings that only the adapter knows. */
export function foreignTargetShape(providers: ProviderFields, place: TargetPlace) {
  const ids = Object.keys(providers).map(id => id.replaceAll(/[^a-z0-9]/gi, String.raw`\$&`))
  const notOurs = new RegExp(
    `^(?!(?:${ids.join('|')})$)(?:\\.{1,2}/[^\\0\\r\\n]+|(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*)$`,
  )
  return z.catchall(
    z.object(
      {
        provider: text.check(
          z.regex(notOurs, { error: 'must be a provider, a path or the name of a package' }),
        ),
        ...(place === 'environment' ? environmentFacts : targetId),
      },
      mapping(`${place === 'environment' ? 'an' : 'a'} ${place}`),
    ),
    line,
  )
}

function strict<T extends z.core.$ZodLooseShape>(shape: T, what: string) {
  return z.strictObject(shape, mapping(what))
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` })
}
