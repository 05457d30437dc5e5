import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Random } from '../../src/context.ts'
import { systemKeyPairs } from '../../src/effects/key-pairs.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import { formatForm, type FormKind, formKinds, parseForm } from '../../src/core/form.ts'
import { effLongList } from '../../src/generators/eff-long-list.ts'
import { entropyOf, generateParts, generators, generateValue } from '../../src/generators/index.ts'
import { sample } from '../../src/generators/sampling.ts'
import { amount } from '../support/thorough.ts'

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

/** What a value may be made of; only where the form demands it more than letters, digits, `-` and `_`. */
const wider: ReadonlySet<string> = new Set<FormKind>([
  'base64',
  'laravel-key',
  'fernet',
  'strapi-keys',
  'rsa',
  'ec',
  'ed25519',
  'bcrypt',
  'argon2',
])
/** Slow ones, and those of few values. */
const rounds: Readonly<Record<string, number>> = {
  pin: 100,
  rsa: 1,
  ec: 20,
  ed25519: 20,
  vapid: 20,
  bcrypt: 2,
  argon2: 2,
}
/** A form that has to name another variable. */
const made = Object.entries(generators).filter(([kind]) => kind !== 'public-of')

describe.each(made)('%s', (kind, generator) => {
  const form = parseForm(kind)

  it('gives values of its form, in its alphabet, without repeats', async () => {
    const sources = { random: seeded(kind), keyPairs: systemKeyPairs }
    const count = rounds[kind] ?? amount(2_000, 500)
    const alphabet = new RegExp(`^[${generator.alphabet}]+$`)
    const seen = new Set<string>()
    let made = 0
    for (let index = 0; index < count; index += 1) {
      for (const part of await generateParts(form, sources)) {
        const value = part.value.reveal()
        expect(generators[part.form.kind].matches(value, part.form), formatForm(part.form)).toBe(true)
        expect(value).toMatch(alphabet)
        if (!wider.has(kind)) expect(value).toMatch(/^[A-Za-z0-9_-]+$/)
        seen.add(value)
        made += 1
      }
    }
    expect(seen.size).toBeGreaterThanOrEqual(kind === 'pin' ? 99 : made)
  })

  it('states an entropy at or above its floor, and where its form comes from', () => {
    expect(entropyOf(form)).toBeGreaterThanOrEqual(generator.floorBits)
    const lowest = { pin: 13, chars: 64, uuid: 122, rsa: 112 }[kind] ?? 128
    expect(generator.floorBits).toBeGreaterThanOrEqual(lowest)
    expect(generator.source).not.toBe('')
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
