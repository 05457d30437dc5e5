import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTrustRecord, parseTrustRecord } from '../../../src/core/trust/record.ts'

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map(bytes => Buffer.from(bytes).toString('hex'))
const entry = fc.record({ sha256: digest, at: fc.integer({ min: 0, max: 4_000_000_000_000 }) })
const path = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '/a/secrets.yaml'))
const sound = { version: 1, trusted: { '/a': { sha256: 'a'.repeat(64), at: '2026-11-21T09:00:00Z' } } }

describe('the record of trust', () => {
  it('property: comes back as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(path, entry)), entries => {
        const record = new Map(entries)
        expect(parseTrustRecord(formatTrustRecord(record))).toEqual(record)
      }),
    )
  })

  it.each([
    ['no JSON', '{'],
    ['empty', ''],
    ['another kind', '[]'],
    ['another version', JSON.stringify({ ...sound, version: 2 })],
    ['no entries', JSON.stringify({ version: 1 })],
    ['an entry that is none', JSON.stringify({ version: 1, trusted: { '/a': true } })],
    [
      'no digest',
      JSON.stringify({ version: 1, trusted: { '/a': { sha256: 'x', at: '2026-11-21T09:00:00Z' } } }),
    ],
    ['no time', JSON.stringify({ version: 1, trusted: { '/a': { sha256: 'a'.repeat(64), at: 'now' } } })],
  ])('trusts nothing at all when damaged: %s', (_, text) => {
    expect(parseTrustRecord(text)).toBeUndefined()
    expect(parseTrustRecord(JSON.stringify(sound))?.size).toBe(1)
  })
})
