/** A moment: milliseconds since 1970-01-01T00:00:00Z. Core takes moments as arguments and never asks the clock. */
export type Instant = number

/** RFC 3339 in UTC, without a fraction where it is zero: `2026-11-21T09:00:00Z`. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z')
}

/** Reads what `formatInstant` writes (any RFC 3339 text in UTC); `undefined` for everything else. */
export function readInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}
