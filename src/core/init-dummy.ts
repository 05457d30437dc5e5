import type { Decision } from './classifier/index.ts'
import type { EnvDocument } from './env-file/index.ts'
import { findPlaceholder } from './placeholder.ts'
import { checkValue, type Schema, type SchemaEntry, splitName } from './schema/index.ts'
import { findLiveKey } from './secret-shape.ts'

/**
 * The decisions for a file of tests: what a person or a vendor would have to supply gets a value that everybody recognises, that
 * reaches nothing, and that has the type which is declared or shown. What a person said on the command line or in the
 * manifest stays, and so does what no such value fits. Pure; the same names give the same values.
 */
export function withDummies(
  decisions: readonly Decision[],
  template: EnvDocument,
  schema: Schema,
): readonly Decision[] {
  return decisions.map(decision => {
    if (decision.decision !== 'ask' || decision.rule === 'override') return decision
    const node = template.find(decision.name)
    const example = node === undefined ? '' : template.value(node)
    const value = dummyFor(decision.name, schema.get(decision.name), example)
    if (value === undefined) return decision
    const { isWithheld: _isWithheld, ...rest } = decision
    const reason = 'in test: a stand-in that reaches nothing real'
    return { ...rest, decision: 'keep', value, reason, confidence: 0.9, rule: 'dummy' }
  })
}

/** The first stand-in that the declared type, range and pattern take, and that is no placeholder; `undefined` where none is. */
export function dummyFor(name: string, entry: SchemaEntry | undefined, example: string): string | undefined {
  const type = entry?.isTypeDeclared === true ? entry.type : undefined
  const candidates = [
    ...(entry?.values ?? []),
    ...candidatesOf(type ?? typeOfName(name, example, entry), name, example, entry),
  ]
  return candidates.find(
    value =>
      value !== '' &&
      findPlaceholder(value)?.kind !== 'placeholder' &&
      findLiveKey(value) === undefined &&
      (entry === undefined || checkValue(entry, value) === undefined),
  )
}

function typeOfName(
  name: string,
  example: string,
  entry: SchemaEntry | undefined,
): SchemaEntry['type'] | undefined {
  if (entry?.type !== undefined && entry.type !== 'string') return entry.type
  const last = splitName(name).at(-1) ?? ''
  if (/^(?:URL|URI|ENDPOINT|DSN|WEBHOOK)$/.test(last) || example.includes('://')) return 'url'
  if (/^(?:EMAIL|MAIL)$/.test(last) || /^[^\s@]+@[^\s@]+$/.test(example)) return 'email'
  if (/^(?:HOST|HOSTNAME|DOMAIN|SERVER)$/.test(last)) return 'host'
  return last === 'PORT' ? 'port' : undefined
}

/** Names below `.invalid` lead nowhere (RFC 2606), and so do the addresses of documentation (RFC 5737). */
function candidatesOf(
  type: SchemaEntry['type'],
  name: string,
  example: string,
  entry: SchemaEntry | undefined,
): readonly string[] {
  const label = splitName(name).join('-').toLowerCase().slice(0, 50) || 'value'
  const host = `${label}.test.invalid`
  switch (type) {
    case 'url': {
      const shown = /^([a-z][a-z0-9+.-]{0,40}):\/\//i.exec(example)?.[1]
      const schemes = [...(entry?.protocols ?? []), ...(shown === undefined ? [] : [shown]), 'https']
      return schemes.flatMap(scheme => [`${scheme}://${host}/`, `${scheme}://${host}/${label}`])
    }
    case 'email':
      return [`${label}@test.invalid`]
    case 'host':
      return [host]
    case 'list':
      return candidatesOf(entry?.items ?? typeOfName(name, example, undefined), name, example, entry)
    case undefined:
    case 'string':
      return textsOf(label, entry)
    default:
      return addresses[type]?.(host) ?? plain[type] ?? []
  }
}

const addresses: Readonly<Record<string, (host: string) => readonly string[]>> = {
  'postgres-url': host => [`postgresql://${host}/test`],
  'mysql-url': host => [`mysql://${host}/test`],
  'sqlserver-url': host => [`sqlserver://${host};database=test`, `mssql://${host}/test`],
  'mongodb-url': host => [`mongodb://${host}/test`],
  'redis-url': host => [`redis://${host}:6379/0`],
  'amqp-url': host => [`amqp://${host}/`],
  'sqlite-url': () => ['sqlite://:memory:', 'sqlite:///:memory:'],
}

/** Of types with few values, or whose values mean nothing to anybody outside. */
const plain: Readonly<Partial<Record<NonNullable<SchemaEntry['type']>, readonly string[]>>> = {
  boolean: ['false'],
  integer: ['1', '10', '100', '1000', '10000', '0'],
  number: ['1', '10', '100', '1000', '0'],
  port: ['65535', '49151', '1024'],
  json: ['{}', '[]'],
  ip: ['192.0.2.1', '2001:db8::1'],
  cidr: ['192.0.2.0/24', '2001:db8::/32'],
  uuid: ['7e570000-7e57-4e57-8e57-7e5700000000'],
  semver: ['0.0.0'],
  duration: ['1s', '1m', '1h', '1d', '60'],
  bytes: ['1kb', '1mb', '1024'],
  cron: ['0 0 1 1 *'],
  path: ['/nonexistent/test', './nonexistent/test'],
  hex: ['7e57', '7e57'.repeat(4), '7e57'.repeat(8), '7e57'.repeat(16), '7e57'.repeat(32)],
  base64: ['dGVzdCBvbmx5', 'dGVzdCBvbmx5'.repeat(4)],
  base64url: ['dGVzdCBvbmx5', 'dGVzdCBvbmx5'.repeat(4)],
  'aws-region': ['us-east-1'],
  'aws-arn': ['arn:aws:iam::000000000000:role/test-invalid'],
  timezone: ['UTC', 'Etc/UTC'],
}

/** As long as a secret has to be, or as the declared length allows. */
function textsOf(label: string, entry: SchemaEntry | undefined): readonly string[] {
  const usual = `test-invalid-${label}-reaches-nothing`
  const least = entry?.length ?? entry?.min ?? 0
  const most = entry?.length ?? entry?.max ?? Infinity
  const padded = usual.padEnd(least, '-reaches-nothing')
  return padded.length <= most ? [padded] : [padded.slice(0, most)]
}
