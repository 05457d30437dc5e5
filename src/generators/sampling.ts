import type { Random } from '../context.ts'

/**
 * `count` items, each equally likely. Random numbers at or above the largest multiple of the number of items are drawn
 * again: a plain remainder would prefer the first items.
 */
export function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const width = items.length > 256 ? 2 : 1
  const range = 256 ** width
  const limit = range - (range % items.length)
  const chosen: T[] = []
  while (chosen.length < count) {
    // A few more than needed: most draws count, and asking for one at a time is slow.
    const bytes = random.bytes((count - chosen.length) * width + 16 * width)
    for (let at = 0; at + width <= bytes.length && chosen.length < count; at += width) {
      const number = width === 1 ? (bytes[at] ?? 0) : (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
      const item = items[number % items.length]
      if (number < limit && item !== undefined) chosen.push(item)
    }
  }
  return chosen
}

export const lower = 'abcdefghijklmnopqrstuvwxyz'
export const upper = lower.toUpperCase()
export const digits = '0123456789'
/** The two that every known reader of `.env` files and every part of a URL takes as they are. */
export const safeSpecials = '-_'
export const letters = lower + upper + digits

/** Bits of `count` independent choices out of `items`. */
export function bitsOf(items: number, count: number): number {
  return count * Math.log2(items)
}

export function text(alphabet: string, count: number, random: Random): string {
  return sample(Array.from(alphabet), count, random).join('')
}
