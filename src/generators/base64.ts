import { commonFloor, type Generator } from './generator.ts'

/** Random bytes in standard base64 with padding (RFC 4648 §4): `openssl rand -base64 N`. */
export const base64: Generator = {
  summary: 'random bytes in base64, with + / =',
  source: 'RFC 4648 section 4; openssl rand -base64',
  alphabet: 'A-Za-z0-9+/=',
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => size * 8,
  generate: ({ size = 0 }, random) => Buffer.from(random.bytes(size)).toString('base64'),
  matches: (value, { size = 0 }) => {
    const bytes = Buffer.from(value, 'base64')
    return bytes.length === size && bytes.toString('base64') === value
  },
}
