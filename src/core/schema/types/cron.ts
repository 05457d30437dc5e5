import type { ValueTypeDefinition } from '../value-type.ts'

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ')

interface Field {
  readonly from: number
  readonly to: number
  readonly names?: readonly string[]
}

const second: Field = { from: 0, to: 59 }
const fields: readonly Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  // 7 is Sunday too.
  { from: 0, to: 7, names: weekdays },
]

/** Five fields as in crontab, or six with seconds first, or a word such as `@daily`. */
export const cronType: ValueTypeDefinition = {
  id: 'cron',
  check: value =>
    isCron(value)
      ? undefined
      : {
          problem: 'must be a cron schedule',
          fix: 'write minute, hour, day, month and weekday, such as 0 3 * * 1',
        },
}

function isCron(value: string): boolean {
  if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)$/.test(value)) return true
  const parts = value.trim().split(/[ \t]+/)
  const expected = parts.length === 6 ? [second, ...fields] : fields
  return (
    parts.length === expected.length &&
    expected.every((field, at) => (parts[at] ?? '').split(',').every(item => isItem(item, field)))
  )
}

function isItem(item: string, field: Field): boolean {
  const [range = '', step, ...rest] = item.split('/')
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return false
  if (range === '*' || range === '?') return true
  const [from, to, ...more] = range.split('-').map(text => numberOf(text, field))
  if (from === undefined || more.length > 0) return false
  return !range.includes('-') || (to !== undefined && from <= to)
}

function numberOf(text: string, { from, to, names }: Field): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1
  if (named !== -1) return named + from
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return number >= from && number <= to ? number : undefined
}
