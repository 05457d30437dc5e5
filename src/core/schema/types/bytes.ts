import type { ValueTypeDefinition } from '../value-type.ts'

const powers = ['', 'K', 'M', 'G', 'T', 'P']

/** A number of bytes with or without a unit: `k`, `KB` and `KiB` are one of 1000, 1000 and 1024. Bounds are in bytes. */
export const bytesType: ValueTypeDefinition = {
  id: 'bytes',
  check: value =>
    amountOf(value) === undefined
      ? { problem: 'must be a size', fix: 'write a number and a unit, such as 10MB or 512KiB' }
      : undefined,
  measure: value => ({ amount: amountOf(value) ?? 0, unit: 'bytes' }),
}

function amountOf(value: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([KMGTP]?)(i?)B?$/i.exec(value)
  const [, digits = '', power = '', binary = ''] = match ?? []
  if (match === null || (binary !== '' && power === '')) return undefined
  return Number(digits) * (binary === '' ? 1000 : 1024) ** powers.indexOf(power.toUpperCase())
}
