import type { Instant } from '../instant.ts'
import { suggest } from '../suggest.ts'
import { awsArnType, awsRegionType } from './types/aws.ts'
import { base64Type, base64urlType } from './types/base64.ts'
import { booleanType } from './types/boolean.ts'
import { bytesType } from './types/bytes.ts'
import { certificateType } from './types/certificate.ts'
import { cidrType } from './types/cidr.ts'
import { cronType } from './types/cron.ts'
import { durationType } from './types/duration.ts'
import { emailType } from './types/email.ts'
import { enumType } from './types/enum.ts'
import { hexType } from './types/hex.ts'
import { hostType } from './types/host.ts'
import { integerType } from './types/integer.ts'
import { ipType } from './types/ip.ts'
import { jsonType } from './types/json.ts'
import { jwkType } from './types/jwk.ts'
import { createListType } from './types/list.ts'
import { numberType } from './types/number.ts'
import { pathType } from './types/path.ts'
import { pemType } from './types/pem.ts'
import { portType } from './types/port.ts'
import { semverType } from './types/semver.ts'
import { createServerUrlType } from './types/server-url.ts'
import { sqliteUrlType } from './types/sqlite-url.ts'
import { stringType } from './types/string.ts'
import { timezoneType } from './types/timezone.ts'
import { urlType } from './types/url.ts'
import { uuidType } from './types/uuid.ts'
import type { ValueProblem, ValueSpec, ValueType, ValueTypeDefinition } from './value-type.ts'

/** The registry of value types: one file and one line each. */
export const valueTypeDefinitions: Readonly<Record<ValueType, ValueTypeDefinition>> = {
  string: stringType,
  integer: integerType,
  number: numberType,
  boolean: booleanType,
  port: portType,
  url: urlType,
  email: emailType,
  json: jsonType,
  list: createListType((value, spec) => checkValue(spec, value)),
  host: hostType,
  ip: ipType,
  cidr: cidrType,
  uuid: uuidType,
  semver: semverType,
  duration: durationType,
  bytes: bytesType,
  cron: cronType,
  path: pathType,
  enum: enumType,
  hex: hexType,
  base64: base64Type,
  base64url: base64urlType,
  pem: pemType,
  jwk: jwkType,
  certificate: certificateType,
  'postgres-url': createServerUrlType('postgres-url', ['postgresql', 'postgres']),
  'mysql-url': createServerUrlType('mysql-url', ['mysql', 'mariadb']),
  'sqlserver-url': createServerUrlType('sqlserver-url', ['sqlserver', 'mssql']),
  'sqlite-url': sqliteUrlType,
  'mongodb-url': createServerUrlType('mongodb-url', ['mongodb', 'mongodb+srv']),
  'redis-url': createServerUrlType('redis-url', ['redis', 'rediss', 'valkey', 'valkeys']),
  'amqp-url': createServerUrlType('amqp-url', ['amqp', 'amqps']),
  'aws-region': awsRegionType,
  'aws-arn': awsArnType,
  timezone: timezoneType,
}

/**
 * What is wrong with a value, or `undefined`. An empty value has no type, and one with a reference that is not
 * expanded yet (`${NAME}`, `$NAME`) cannot be judged: both pass. Pure; the answer never quotes the value.
 */
export function checkValue(spec: ValueSpec, value: string, now?: Instant): ValueProblem | undefined {
  if (value === '' || hasReference(value)) return undefined
  const definition = valueTypeDefinitions[spec.type ?? 'string']
  return (
    definition.check(value, spec, now) ??
    checkSize(definition, spec, value) ??
    checkAllowed(spec, value) ??
    checkPattern(spec, value)
  )
}

export function hasReference(value: string): boolean {
  return /\$(?:\{|[A-Z_][A-Z0-9_]*)/.test(value)
}

function checkSize(
  definition: ValueTypeDefinition,
  spec: ValueSpec,
  value: string,
): ValueProblem | undefined {
  const { min, max, length } = spec
  const measured = definition.measure?.(value, spec)
  if (measured === undefined) return undefined
  const { amount, unit } = measured
  const sized = (limit: number): string => `${String(limit)}${unit === '' ? '' : ` ${unit}`}`
  if (length !== undefined && unit !== '' && amount !== length) {
    return { problem: `must have exactly ${sized(length)}`, fix: `give it exactly ${sized(length)}` }
  }
  const verb = unit === '' ? 'be' : 'have'
  if (min !== undefined && amount < min) return bound(`must ${verb} at least ${sized(min)}`)
  if (max !== undefined && amount > max) return bound(`must ${verb} at most ${sized(max)}`)
  return undefined
}

function bound(problem: string): ValueProblem {
  return { problem, fix: 'choose a value within these bounds' }
}

function checkPattern({ pattern }: ValueSpec, value: string): ValueProblem | undefined {
  if (pattern === undefined) return undefined
  // A value that nobody has looked at must not pass for a good one.
  if (pattern.test === undefined) throw new Error('a pattern is used before it is compiled')
  return pattern.test(value)
    ? undefined
    : { problem: 'must match its pattern', fix: 'see the pattern in the manifest' }
}

function checkAllowed({ values }: ValueSpec, value: string): ValueProblem | undefined {
  if (values === undefined || values.includes(value)) return undefined
  const meant = suggest(value, values)
  const shown = values.length <= 12 && values.every(allowed => /^[\w.:/-]{1,32}$/.test(allowed))
  return {
    problem: 'must be one of the allowed values',
    fix:
      meant !== undefined
        ? `did you mean ${meant}?`
        : shown
          ? `choose ${values.join(', ')}`
          : 'choose one of them',
  }
}
