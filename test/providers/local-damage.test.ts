import { generateX25519Identity } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import type { StoreDocument } from '../../providers/local/document.ts'
import { openSealed, sealDocument } from '../../providers/local/seal.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { some } from '../support/thorough.ts'

const identity = new Secret(await generateX25519Identity())
const document: StoreDocument = {
  storeId: 'store',
  id: 'generation',
  generation: 7,
  ancestors: ['before'],
  erased: 0,
  secrets: new Map([
    ['production/KEY', { current: 'v1', versions: [{ id: 'v1', value: new Secret('canary-value') }] }],
  ]),
}
const sealed = await sealDocument(document, identity)

/** What opening said; anything but a refusal of ours is a failure. */
async function verdict(bytes: Uint8Array): Promise<string> {
  try {
    const opened = await openSealed(bytes, [identity])
    return opened === 'no-identity' ? opened : 'opened'
  } catch (error) {
    return isSecretsError(error, 'store.damaged') && !error.message.includes('canary')
      ? 'damaged'
      : 'other error'
  }
}

async function verdicts(variants: readonly Uint8Array[]): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(variants.map(verdict)))
}

const refused = ['damaged', 'no-identity']

describe('a store file', () => {
  it('opens with its identity and gives back the document', async () => {
    expect(await openSealed(sealed, [identity])).toEqual(document)
    expect(await openSealed(sealed, [new Secret(await generateX25519Identity())])).toBe('no-identity')
  })

  it('every single bit that is flipped is noticed', { timeout: 120_000 }, async () => {
    const bits = Array.from({ length: sealed.length * 8 }, (_, bit) => bit)
    const variants = some(bits, 9).map(bit => {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      return changed
    })
    for (const one of await verdicts(variants)) expect(refused).toContain(one)
  })

  it('every shorter file is noticed', async () => {
    const variants = Array.from({ length: sealed.length }, (_, length) => sealed.slice(0, length))
    for (const one of await verdicts(variants)) expect(refused).toContain(one)
  })

  it('whatever is appended, doubled or put before it is noticed', async () => {
    const variants = [
      ...[0, 10, 65].map(byte => Buffer.concat([sealed, Buffer.from([byte])])),
      Buffer.concat([sealed, Buffer.alloc(16)]),
      Buffer.concat([sealed, sealed]),
      Buffer.concat([Buffer.from('\n'), sealed]),
      Buffer.concat([sealed.slice(0, -40), sealed.slice(-20), sealed.slice(-40, -20)]),
    ]
    expect([...(await verdicts(variants))]).toEqual(['damaged'])
  })

  it('the head of one and the body of another do not fit', async () => {
    const other = await sealDocument({ ...document, generation: 8 }, identity)
    const bodyOf = (bytes: Uint8Array): number =>
      Buffer.from(bytes).indexOf('\n', Buffer.from(bytes).indexOf('\n--- ') + 1) + 1
    const mixed = Buffer.concat([sealed.slice(0, bodyOf(sealed)), other.slice(bodyOf(other))])
    expect(await verdict(mixed)).toBe('damaged')
  })
})
