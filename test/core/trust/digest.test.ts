import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NamedFile, readDigest, sha256, trustDigest } from '../../../src/core/trust/digest.ts'

const bytes = fc.uint8Array({ maxLength: 40 })
const files: fc.Arbitrary<NamedFile[]> = fc.uniqueArray(
  fc.record({ path: fc.string(), sha256: fc.option(bytes.map(sha256), { nil: undefined }) }),
  { selector: ({ path }) => path, maxLength: 5 },
)

describe('the digest of what is trusted', () => {
  it('property: the same content in any order is the same, any other content is another', () => {
    fc.assert(
      fc.property(bytes, files, bytes, files, (manifest, named, other, otherNamed) => {
        const digest = trustDigest(manifest, named)
        expect(digest).toMatch(/^[0-9a-f]{64}$/)
        expect(trustDigest(manifest, named.toReversed())).toBe(digest)
        const isSame =
          Buffer.compare(manifest, other) === 0 &&
          JSON.stringify(sorted(named)) === JSON.stringify(sorted(otherNamed))
        expect(trustDigest(other, otherNamed) === digest).toBe(isSame)
      }),
    )
  })

  it('property: one bit of the manifest changes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (manifest, at) => {
        const changed = manifest.slice()
        changed[at % changed.length]! ^= 1 << (at % 8)
        expect(trustDigest(changed, [])).not.toBe(trustDigest(manifest, []))
      }),
    )
  })

  it('tells names, contents and absence apart, also where they look alike', () => {
    const manifest = Buffer.from('version: 1\n')
    const one = sha256(Buffer.from('one'))
    const digests = [
      trustDigest(manifest, []),
      trustDigest(manifest, [{ path: 'a', sha256: undefined }]),
      trustDigest(manifest, [{ path: 'a', sha256: one }]),
      trustDigest(manifest, [{ path: 'b', sha256: one }]),
      trustDigest(manifest, [{ path: `a" ${one}\nfile "b`, sha256: one }]),
      trustDigest(manifest, [
        { path: 'a', sha256: one },
        { path: 'b', sha256: one },
      ]),
      sha256(manifest),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  it('reads only what is one', () => {
    expect(readDigest('A'.repeat(64))).toBe('a'.repeat(64))
    for (const text of ['', 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64), ` ${'a'.repeat(63)}`])
      expect(readDigest(text)).toBeUndefined()
  })
})

function sorted(named: readonly NamedFile[]): NamedFile[] {
  return named.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
