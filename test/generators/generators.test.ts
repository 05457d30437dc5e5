import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Random } from '../../src/context.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import { formatForm, formKinds, parseForm } from '../../src/core/form.ts'
import { effLongList } from '../../src/generators/eff-long-list.ts'
import { entropyOf, generators, generateValue } from '../../src/generators/index.ts'
import { sample } from '../../src/generators/sampling.ts'

/** SHA-256 in counter mode: the same bytes in every run, and as evenly spread as random ones. */
function seeded(seed: string): Random {
  let counter = 0
  let rest = Buffer.alloc(0)
  return {
    bytes(count) {
      const parts = [rest]
      let size = rest.length
      while (size < count) {
        parts.push(
          createHash('sha256')
            .update(`${seed}:${String(counter++)}`)
            .digest(),
        )
        size += 32
      }
      const all = Buffer.concat(parts)
      rest = all.subarray(count)
      return Uint8Array.from(all.subarray(0, count))
    },
  }
}

async function valueOf(form: string, random: Random, alphabet?: string): Promise<string> {
  return (await generateValue(parseForm(form), random, alphabet === undefined ? {} : { alphabet })).reveal()
}

/** Alphabets of the values; only where the form demands it more than letters, digits, `-` and `_`. */
const alphabets: Readonly<Partial<Record<keyof typeof formKinds, RegExp>>> = {
  base64: /^[A-Za-z0-9+/=]+$/,
  'laravel-key': /^[A-Za-z0-9+/=:]+$/,
  fernet: /^[A-Za-z0-9_=-]+$/,
}

describe.each(Object.entries(generators))('%s', (kind, generator) => {
  const form = parseForm(kind)

  it('gives values of its form, in the safe alphabet, without repeats', async () => {
    const random = seeded(kind)
    const count = kind === 'pin' ? 100 : 10_000
    const seen = new Set<string>()
    for (let index = 0; index < count; index += 1) {
      const value = await valueOf(kind, random)
      expect(generator.matches(value, form), formatForm(form)).toBe(true)
      expect(value).toMatch(alphabets[kind as keyof typeof formKinds] ?? /^[A-Za-z0-9_-]+$/)
      seen.add(value)
    }
    expect(seen.size).toBeGreaterThanOrEqual(kind === 'pin' ? 99 : count)
  })

  it('states an entropy at or above its floor', () => {
    expect(entropyOf(form)).toBeGreaterThanOrEqual(generator.floorBits)
    expect(generator.floorBits).toBeGreaterThanOrEqual(kind === 'pin' ? 13 : kind === 'chars' ? 64 : 122)
  })
})

it('there is one generator for each kind that a form may name', () => {
  expect(Object.keys(generators)).toEqual(Object.keys(formKinds))
})

describe('floors', () => {
  it.each([
    'hex:15',
    'base64:8',
    'base64url:15',
    'alnum:21',
    'password:21',
    'passphrase:9',
    'chars:10',
    'pin:3',
    'django-key:20',
  ])('refuses %s', async form => {
    const error: unknown = await valueOf(form, seeded('x')).catch((thrown: unknown) => thrown)
    expect(isSecretsError(error, 'usage.too_weak')).toBe(true)
  })

  it.each(['hex:16', 'alnum:22', 'password:22', 'passphrase:10', 'chars:16', 'pin:4'])(
    'gives %s',
    async form => {
      expect((await valueOf(form, seeded('x'))).length).toBeGreaterThan(3)
    },
  )
})

describe('no symbol is preferred', () => {
  // Chi-square at 0.0001: the limit for k-1 degrees of freedom by Wilson and Hilferty. The bytes are fixed.
  const limit = (freedom: number): number =>
    freedom * (1 - 2 / (9 * freedom) + 3.719 * Math.sqrt(2 / (9 * freedom))) ** 3

  function chiSquare(counts: ReadonlyMap<unknown, number>, symbols: number, total: number): number {
    const expected = total / symbols
    let sum = (symbols - counts.size) * expected
    for (const count of counts.values()) sum += (count - expected) ** 2 / expected
    return sum
  }

  it.each([2, 3, 10, 26, 62, 64, 100, 255, 256, 257, 7776])('out of %i', symbols => {
    const total = 1_000_000
    const items = Array.from({ length: symbols }, (_, index) => index)
    const counts = new Map<number, number>()
    for (const item of sample(items, total, seeded(`chi ${String(symbols)}`)))
      counts.set(item, (counts.get(item) ?? 0) + 1)
    expect(chiSquare(counts, symbols, total)).toBeLessThan(limit(symbols - 1))
  })

  it('a plain remainder would fail this', () => {
    const counts = new Map<number, number>()
    const bytes = seeded('biased').bytes(1_000_000)
    for (const byte of bytes) counts.set(byte % 100, (counts.get(byte % 100) ?? 0) + 1)
    expect(chiSquare(counts, 100, bytes.length)).toBeGreaterThan(limit(99))
  })

  it('each position of a password with classes has the same symbols', async () => {
    const random = seeded('positions')
    const counts = new Map<string, number>()
    for (let index = 0; index < 30_000; index += 1) {
      const value = await valueOf('password:24', random)
      const kind = /[a-z]/.test(value[0] ?? '') ? 'lower' : /[A-Z]/.test(value[0] ?? '') ? 'upper' : 'digit'
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    expect((counts.get('lower') ?? 0) / 30_000).toBeCloseTo(26 / 62, 1)
    expect((counts.get('digit') ?? 0) / 30_000).toBeCloseTo(10 / 62, 1)
  })
})

describe('passwords', () => {
  it('hold each class that is asked for', async () => {
    for (let index = 0; index < 200; index += 1) {
      const value = await valueOf('password:24:lower-upper-digit-special', seeded(String(index)))
      for (const pattern of [/[a-z]/, /[A-Z]/, /\d/, /[-_]/]) expect(value).toMatch(pattern)
    }
  })

  it('take exactly the characters of an alphabet', async () => {
    expect(await valueOf('password:64', seeded('x'), 'abcd')).toMatch(/^[abcd]{64}$/)
  })

  it.each(['a', 'aaaa', 'a b', 'aé', ''])('refuse an alphabet that is none', async alphabet => {
    const error: unknown = await valueOf('password:64', seeded('x'), alphabet).catch(
      (thrown: unknown) => thrown,
    )
    expect(isSecretsError(error, 'usage.invalid_argument')).toBe(true)
  })
})

it('the word list has 7776 different words', () => {
  expect(effLongList.length).toBe(7776)
  expect(new Set(effLongList).size).toBe(7776)
  expect(effLongList.every(word => /^[a-z]+(?:-[a-z]+)?$/.test(word))).toBe(true)
})
