import { splitName } from '../core/schema/index.ts'

/** Seconds of the units in names and values. */
const units: Readonly<Record<string, number>> = {
  MS: 0.001,
  MSEC: 0.001,
  MILLIS: 0.001,
  MILLISECOND: 0.001,
  S: 1,
  SEC: 1,
  SECOND: 1,
  M: 60,
  MIN: 60,
  MINUTE: 60,
  H: 3600,
  HR: 3600,
  HOUR: 3600,
  D: 86_400,
  DAY: 86_400,
  W: 604_800,
  WEEK: 604_800,
  Y: 31_557_600,
  YEAR: 31_557_600,
}

export const minute = 60
export const hour = 3600
export const day = 86_400

/**
 * How long a setting lasts, in seconds, or `undefined` where the text is no length of time. The unit is that of the
 * value (`15m`, `7 days`), else of the name (`…_MINUTES`), else `unit`. Without any, a number is seconds, and a large
 * round one that is no number of days milliseconds: the shorter reading, so that nothing is reported on a guess.
 */
export function lifetimeOf(name: string, value: string, unit?: number): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,12})$/i.exec(value.trim())
  const [, digits = '', word = ''] = match ?? []
  if (match === null) return undefined
  const amount = Number(digits)
  if (word !== '') {
    const known = unitOf(word)
    return known === undefined ? undefined : amount * known
  }
  const named = splitName(name)
    .slice(-3)
    .map(part => (part.length > 1 ? unitOf(part) : undefined))
    .find(found => found !== undefined)
  const scale = named ?? unit ?? (isMilliseconds(amount) ? 0.001 : 1)
  return amount * scale
}

function isMilliseconds(amount: number): boolean {
  return amount >= day * 1000 || (amount >= 100_000 && amount % 1000 === 0 && amount % day !== 0)
}

function unitOf(word: string): number | undefined {
  const upper = word.toUpperCase()
  return units[upper] ?? units[upper.replace(/S$/, '')]
}

/** For messages: the limit in its largest whole unit. */
export function limitText(seconds: number): string {
  if (seconds % day === 0) return plural(seconds / day, 'day')
  return seconds % hour === 0 ? plural(seconds / hour, 'hour') : plural(seconds / minute, 'minute')
}

function plural(amount: number, unit: string): string {
  return `${String(amount)} ${unit}${amount === 1 ? '' : 's'}`
}

export interface LifetimeLimits {
  /** Seconds: above it the rule's full weight. */
  readonly most: number
  /** Above it a warning. */
  readonly advised?: number
  /** Of bare numbers under a name without a unit. */
  readonly unit?: number
}

/** What is wrong with a setting that lasts longer than it should. */
export function tooLong(
  { name, value }: { readonly name: string; readonly value: string },
  { most, advised = most, unit }: LifetimeLimits,
): { problem: string; fix: string; atMost?: 'warning' } | undefined {
  const seconds = lifetimeOf(name, value, unit)
  if (seconds === undefined || seconds <= advised) return undefined
  if (seconds <= most) {
    return {
      problem: `is longer than the ${limitText(advised)} that are advised`,
      fix: `at most ${limitText(advised)}`,
      atMost: 'warning',
    }
  }
  return { problem: `is longer than ${limitText(most)}`, fix: `at most ${limitText(advised)}` }
}
