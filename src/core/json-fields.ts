import { type Instant, readInstant } from './instant.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Reads JSON that this program wrote itself, field by field; whatever is not as it writes it ends in `malformed()`. */
export interface FieldReader {
  /** Throws too for a text that is no JSON, quoting nothing of it. */
  parse(text: string): unknown
  record(value: unknown): Fields
  list(value: unknown): readonly unknown[]
  string(value: unknown): string
  count(value: unknown): number
  instant(value: unknown): Instant
  oneOf<T extends string>(value: unknown, allowed: readonly T[]): T
  /** `{ key: read(value) }`, or nothing where there is no value. */
  optional<K extends string, T>(key: K, value: unknown, read: (value: unknown) => T): { [key in K]?: T }
}

export function createFieldReader(malformed: () => Error): FieldReader {
  const require = <T>(value: T | undefined): T => {
    if (value === undefined) throw malformed()
    return value
  }
  const reader: FieldReader = {
    parse(text) {
      try {
        return JSON.parse(text) as unknown
      } catch {
        // The message of a JSON error quotes what it read: values.
        throw malformed()
      }
    },
    record(value) {
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
      return require(isRecord ? (value as Fields) : undefined)
    },
    list: value => require(Array.isArray(value) ? (value as readonly unknown[]) : undefined),
    string: value => require(typeof value === 'string' ? value : undefined),
    count(value) {
      const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      return require(isCount ? value : undefined)
    },
    instant: value => require(readInstant(reader.string(value))),
    oneOf: (value, allowed) => require(allowed.find(one => one === value)),
    optional: (key, value, read) => (value === undefined ? {} : ({ [key]: read(value) } as object)),
  }
  return reader
}
