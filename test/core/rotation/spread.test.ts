import { expect, it } from 'vitest'
import { dueAt } from '../../../src/core/rotation/plan.ts'
import { spreadOf } from '../../../src/core/rotation/spread.ts'

const day = 24 * 3_600_000
const ids = Array.from({ length: 1000 }, (_, at) => `production/SECRET_${String(at)}`)

it('a thousand secrets of one moment are due over a day, evenly, and always at the same time', () => {
  const spreads = ids.map(id => spreadOf(id, 30 * day))
  expect(ids.map(id => spreadOf(id, 30 * day))).toEqual(spreads)
  const hours = Array.from({ length: 24 }, () => 0)
  for (const one of spreads) hours[Math.floor(one / 3_600_000)]! += 1
  expect(hours.reduce((sum, one) => sum + one, 0)).toBe(1000)
  // 42 are expected in an hour.
  expect([Math.min(...hours) > 15, Math.max(...hours) < 80]).toEqual([true, true])
})

it('is earlier than the interval says, never later', () => {
  for (const id of ids) {
    const due = dueAt({ every: 90 * day, since: 0, spread: spreadOf(id, 90 * day) })!
    expect([due > 87 * day, due <= 90 * day]).toEqual([true, true])
  }
})
