import { SecretsError } from './errors.ts'

const unitMilliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof unitMilliseconds

/** One hundred years: beyond it a duration is a typing error, and Date arithmetic would leave the year range. */
const longestMilliseconds = 36_525 * unitMilliseconds.d

/** Reads `90d`, `24h`, `1h30m`, `500ms` as milliseconds. Throws `usage.invalid_argument`; never quotes the text. */
export function parseDuration(text: string, what = 'the duration'): number {
  const milliseconds = readDuration(text)
  if (milliseconds === undefined) {
    throw new SecretsError('usage.invalid_argument', `${what} is not a duration`, {
      hints: ['write a number and a unit (ms, s, m, h, d, w), for example 24h, 90d or 1h30m'],
    })
  }
  return milliseconds
}

/** The same without an error: `undefined` where the text is no duration. */
export function readDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:ms|[smhdw]))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    total += Number(amount) * unitMilliseconds[unit as Unit]
  }
  return total <= longestMilliseconds ? total : undefined
}

/** Two units at most, for people: `23h 59m`, `12d 4h`, `3s`. */
export function formatDuration(milliseconds: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(milliseconds / 1000)) * 1000
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(rest / unitMilliseconds[unit])
    rest -= amount * unitMilliseconds[unit]
    if (amount > 0) parts.push(`${String(amount)}${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}
