import type { Place } from '../errors.ts'
import type { Instant } from '../instant.ts'

export const valueTypes = [
  'string',
  'integer',
  'number',
  'boolean',
  'port',
  'url',
  'email',
  'json',
  'list',
  'host',
  'ip',
  'cidr',
  'uuid',
  'semver',
  'duration',
  'bytes',
  'cron',
  'path',
  'enum',
  'hex',
  'base64',
  'base64url',
  'pem',
  'jwk',
  'certificate',
  'postgres-url',
  'mysql-url',
  'sqlserver-url',
  'sqlite-url',
  'mongodb-url',
  'redis-url',
  'amqp-url',
  'aws-region',
  'aws-arn',
  'timezone',
] as const
export type ValueType = (typeof valueTypes)[number]

/** What is said of a value; each part is checked where it is present. */
export interface ValueSpec {
  readonly type?: ValueType
  /** Of a list: the type of each item, and what separates them (a comma). */
  readonly items?: ValueType
  readonly separator?: string
  /** Of a url: the schemes allowed, without `:`. */
  readonly protocols?: readonly string[]
  /** Of an address: `false` where it must hold no user and password; `true` where it must ask for TLS. */
  readonly credentials?: boolean
  readonly tls?: boolean
  /** Numbers: the range of the value; text and lists: of the number of characters or items; others: see the type. */
  readonly min?: number
  readonly max?: number
  readonly length?: number
  readonly values?: readonly string[]
  readonly pattern?: ValuePattern
  /** Of json. */
  readonly schema?: ValueSchema
}

/** A regular expression that the whole value has to match. */
export interface ValuePattern {
  readonly source: string
  readonly at: Place
  /** Made when the manifest is loaded; linear. */
  test?: (value: string) => boolean
}

/** A JSON Schema that the value has to fit. */
export interface ValueSchema {
  /** The schema itself, or the path of its file. */
  readonly source: unknown
  readonly at: Place
  /** Made when the manifest is loaded. Says what is wrong, without a word of the value. */
  check?: (value: unknown) => string | undefined
}

/** The keys of a specification. */
export const specKeys = [
  'type',
  'items',
  'separator',
  'protocols',
  'credentials',
  'tls',
  'min',
  'max',
  'length',
  'values',
  'pattern',
  'schema',
] as const

/** Second half of a sentence that begins with the name (`must be …`), and what to do. Neither quotes the value. */
export interface ValueProblem {
  readonly problem: string
  readonly fix: string
}

/** One type of value. `check` gets what is not empty; it never throws and never quotes what it was given. */
export interface ValueTypeDefinition {
  readonly id: ValueType
  /** Without `now` nothing is judged by the time. */
  check(value: string, spec: ValueSpec, now?: Instant): ValueProblem | undefined
  /** What `min`, `max` and `length` are compared with, and its unit; absent where they have no meaning. */
  measure?(value: string, spec: ValueSpec): { readonly amount: number; readonly unit: string }
}
