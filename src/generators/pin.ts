import type { Generator } from './generator.ts'
import { bitsOf, digits, text } from './sampling.ts'

/** Digits, for locks that count wrong tries: far too weak for anything that can be tried offline. Only on request. */
export const pin: Generator = {
  summary: 'digits, only for what counts wrong tries',
  source: 'the digits of a keypad',
  alphabet: '0-9',
  floorBits: 13,
  entropyBits: ({ size = 0 }) => bitsOf(digits.length, size),
  generate: ({ size = 0 }, random) => text(digits, size, random),
  matches: (value, { size = 0 }) => value.length === size && /^\d+$/.test(value),
}
