import type { ValueTypeDefinition } from '../value-type.ts'

/** A name of the IANA database that this machine knows; offsets such as `+01:00` are no zones, and `EST` is a trap. */
export const timezoneType: ValueTypeDefinition = {
  id: 'timezone',
  check: value =>
    isZone(value)
      ? undefined
      : { problem: 'must be a time zone', fix: 'write its IANA name, such as Europe/Berlin or UTC' },
}

function isZone(value: string): boolean {
  if (value !== 'UTC' && !/^[A-Za-z]{2,14}\/[A-Za-z0-9_+/-]{2,40}$/.test(value)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}
