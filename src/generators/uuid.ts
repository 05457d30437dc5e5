import type { Generator } from './generator.ts'

/** Version 4 (RFC 9562 §5.4): 122 random bits, the rest is fixed by the format. */
export const uuid: Generator = {
  summary: 'UUID version 4, for consumers that demand one',
  source: 'RFC 9562 section 5.4',
  alphabet: '0-9a-f-',
  floorBits: 122,
  entropyBits: () => 122,
  generate(_form, random) {
    const bytes = random.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = Buffer.from(bytes).toString('hex')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  },
  matches: value => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value),
}
