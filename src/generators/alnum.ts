import { commonFloor, type Generator } from './generator.ts'
import { bitsOf, letters, text } from './sampling.ts'

/** Letters and digits only: fits every consumer that names no alphabet, inside URLs too. */
export const alnum: Generator = {
  summary: 'letters and digits',
  source: 'letters and digits: what every consumer takes',
  alphabet: 'A-Za-z0-9',
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => bitsOf(letters.length, size),
  generate: ({ size = 0 }, random) => text(letters, size, random),
  matches: (value, { size = 0 }) => value.length === size && /^[A-Za-z0-9]+$/.test(value),
}
