import { commonFloor, type Generator } from './generator.ts'

/** Random bytes as lower-case hex digits, two for each: `openssl rand -hex N`. */
export const hex: Generator = {
  summary: 'random bytes in hex, two digits for each byte',
  source: 'openssl rand -hex; Python secrets.token_hex',
  alphabet: '0-9a-f',
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => size * 8,
  generate: ({ size = 0 }, random) => Buffer.from(random.bytes(size)).toString('hex'),
  matches: (value, { size = 0 }) => value.length === size * 2 && /^[0-9a-f]+$/.test(value),
}
