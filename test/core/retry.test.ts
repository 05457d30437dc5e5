import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodes, SecretsError } from '../../src/core/errors.ts'
import { decideRetry, type FailedAttempt, readRetryAfter, type RetryPolicy } from '../../src/core/retry.ts'

const policy: RetryPolicy = { retries: 4, base: 200, cap: 5000, retryAfterCap: 30_000 }
const limited = new SecretsError('provider.limited', 'too many')
const usual: FailedAttempt = {
  error: limited,
  repeated: 0,
  isIdempotent: true,
  chance: 0.5,
  remaining: 120_000,
}

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -1, 1e12, -0))
const attempts: fc.Arbitrary<FailedAttempt> = fc.record({
  error: fc
    .tuple(
      fc.constantFrom<ErrorCode[]>('provider.limited', 'provider.unavailable'),
      fc.option(anyNumber),
      fc.boolean(),
    )
    .map(([code, retryAfter, unsent]) => {
      const asked = retryAfter === null ? {} : { retryAfter }
      return new SecretsError(code, 'x', { ...asked, unsent })
    }),
  repeated: fc.nat({ max: 10 }),
  isIdempotent: fc.boolean(),
  chance,
  remaining: fc.double({ min: 0, max: 200_000, noNaN: true }),
})

describe('whether to ask again', () => {
  it('only for what may pass by itself', () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      const { retry } = decideRetry(
        { ...usual, error: new SecretsError(code, 'x', { unsent: true }) },
        policy,
      )
      expect([code, retry]).toEqual([code, code === 'provider.limited' || code === 'provider.unavailable'])
    }
    for (const error of [new Error('x'), 'x', undefined, { code: 'provider.limited' }]) {
      expect(decideRetry({ ...usual, error }, policy)).toEqual({ retry: false, because: 'final' })
    }
  })

  it('never a call that may have taken effect, unless it cannot have', () => {
    const ambiguous = { ...usual, isIdempotent: false }
    expect(decideRetry(ambiguous, policy)).toEqual({ retry: false, because: 'ambiguous' })
    const error = new SecretsError('provider.unavailable', 'x', { unsent: true })
    expect(decideRetry({ ...ambiguous, error }, policy).retry).toBe(true)
  })

  it('property: bounded in number and length, and only within the time there is', () => {
    fc.assert(
      fc.property(attempts, attempt => {
        const decision = decideRetry(attempt, policy)
        if (!decision.retry) return
        expect(attempt.repeated).toBeLessThan(policy.retries)
        expect(decision.wait).toBeGreaterThanOrEqual(0)
        expect(decision.wait).toBeLessThan(policy.cap + policy.retryAfterCap)
        expect(decision.wait).toBeLessThan(attempt.remaining)
        const { isUnsent, retryAfter } = attempt.error as SecretsError
        expect(attempt.isIdempotent || isUnsent).toBe(true)
        const day = 86_400_000
        if (retryAfter !== undefined && retryAfter >= 0 && retryAfter <= day) {
          expect(decision.wait).toBeGreaterThanOrEqual(Math.min(retryAfter, policy.retryAfterCap))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('property: nonsense that a store asks for changes nothing', () => {
    const nonsense = fc.oneof(
      fc.constantFrom(NaN, Infinity, -Infinity, -1, 1e12),
      fc.double({ max: -0.001, noNaN: true }),
    )
    fc.assert(
      fc.property(attempts, nonsense, (attempt, retryAfter) => {
        const plain = new SecretsError('provider.limited', 'x')
        const odd = new SecretsError('provider.limited', 'x', { retryAfter })
        expect(decideRetry({ ...attempt, error: odd }, policy)).toEqual(
          decideRetry({ ...attempt, error: plain }, policy),
        )
      }),
    )
  })

  it('property: full jitter over a doubling pause: any wait from nothing to the bound', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 }), chance, (repeated, drawn) => {
        const bound = Math.min(policy.cap, policy.base * 2 ** repeated)
        const decision = decideRetry({ ...usual, repeated, chance: drawn }, policy)
        expect(decision).toEqual({ retry: true, wait: drawn * bound })
      }),
    )
  })

  it('does not begin a pause that would outlast the command', () => {
    const error = new SecretsError('provider.limited', 'x', { retryAfter: 20_000 })
    expect(decideRetry({ ...usual, error, remaining: 10_000 }, policy)).toEqual({
      retry: false,
      because: 'no_time',
    })
  })
})

describe('Retry-After', () => {
  const now = 'Sat, 21 Nov 2026 12:00:00 GMT'
  it.each([
    ['0', undefined, 0],
    ['7', undefined, 7000],
    [' 7 ', undefined, 7000],
    ['Sat, 21 Nov 2026 12:00:09 GMT', now, 9000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', now, 0],
    ['Sat, 21 Nov 2026 12:00:09 GMT', undefined, undefined],
    ['Sat, 21 Nov 2026 12:00:09 GMT', 'yesterday', undefined],
    ['Sat, 21 Nov 2036 12:00:00 GMT', now, undefined],
    ['-1', undefined, undefined],
    ['1.5', undefined, undefined],
    ['1e12', undefined, undefined],
    ['1000000000000', undefined, undefined],
    ['999999999', undefined, undefined],
    ['NaN', undefined, undefined],
    ['', undefined, undefined],
    ['soon', now, undefined],
    ['2026-11-21T12:00:09Z', now, undefined],
    ['Sat, 99 Nov 2026 12:00:09 GMT', now, undefined],
  ])('%j at %j is %j', (header, date, expected) => {
    expect(readRetryAfter(header, date)).toBe(expected)
  })

  it('property: whatever a server sends is a sane wait or none', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (header, date) => {
        const wait = readRetryAfter(header, date)
        expect(wait === undefined || (wait >= 0 && wait <= 86_400_000)).toBe(true)
      }),
    )
  })
})
