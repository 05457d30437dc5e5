import { readElement, type DerElement } from '../../der.ts'
import type { Instant } from '../../instant.ts'
import type { ValueTypeDefinition } from '../value-type.ts'
import { readPem } from './pem.ts'

/** An X.509 certificate in PEM that has not expired; of a chain the first one. */
export const certificateType: ValueTypeDefinition = {
  id: 'certificate',
  check(value, _, now) {
    const block = readPem(value)
    const validity = block?.label === 'CERTIFICATE' ? validityOf(block.bytes) : undefined
    if (validity === undefined) {
      return {
        problem: 'must be a certificate in PEM',
        fix: 'put the whole of the file in quotes, from BEGIN to END',
      }
    }
    if (now !== undefined && validity.until < now) {
      return { problem: 'must be a certificate that has not expired', fix: 'renew it' }
    }
    return now !== undefined && validity.from > now
      ? { problem: 'must be a certificate that is valid already', fix: 'check the clock, or wait' }
      : undefined
  },
}

/** RFC 5280: Certificate { TBSCertificate { [0] version?, serial, algorithm, issuer, validity { from, until } … */
function validityOf(bytes: Uint8Array): { from: Instant; until: Instant } | undefined {
  const certificate = readElement(bytes, 0)
  const body = certificate && readElement(bytes, certificate.start)
  let element = body && readElement(bytes, body.start)
  // Version 1 has no version field.
  const before = element?.tag === 0xa0 ? 4 : 3
  for (let at = 0; at < before && element !== undefined; at++) element = readElement(bytes, element.end)
  const from = element?.tag === 0x30 ? readElement(bytes, element.start) : undefined
  const until = from && readElement(bytes, from.end)
  const times = [from, until].map(time => time && readTime(bytes, time))
  const [first, last] = times
  return first === undefined || last === undefined ? undefined : { from: first, until: last }
}

/** UTCTime (two digits of the year, below 50 in this century) or GeneralizedTime. */
function readTime(bytes: Uint8Array, { tag, start, end }: DerElement): Instant | undefined {
  const text = String.fromCharCode(...bytes.slice(start, Math.min(end, start + 20)))
  const year = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(year) ?? []
  if ((tag !== 0x17 && tag !== 0x18) || parts.length === 0) return undefined
  const [y = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  return Date.UTC(y, month - 1, day, hour, minute, second)
}
