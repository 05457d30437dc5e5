import { readDuration } from '../../duration.ts'
import type { ValueTypeDefinition } from '../value-type.ts'

/** `15m`, `1h30m`, or ISO 8601 without years and months, whose length depends on the date. Bounds are in seconds. */
export const durationType: ValueTypeDefinition = {
  id: 'duration',
  check: value =>
    milliseconds(value) === undefined
      ? { problem: 'must be a duration', fix: 'write numbers with their units, such as 15m, 1h30m or 30d' }
      : undefined,
  measure: value => ({ amount: (milliseconds(value) ?? 0) / 1000, unit: 'seconds' }),
}

function milliseconds(value: string): number | undefined {
  const match = /^P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/.exec(
    value,
  )
  if (match === null) return readDuration(value)
  const [, weeks, days, hours, minutes, seconds] = match
  const parts = [weeks, days, hours, minutes, seconds]
  if (parts.every(part => part === undefined) || value.endsWith('T')) return undefined
  const [w = 0, d = 0, h = 0, m = 0, s = 0] = parts.map(part => Number(part ?? 0))
  return ((((w * 7 + d) * 24 + h) * 60 + m) * 60 + s) * 1000
}
