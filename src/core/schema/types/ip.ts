import type { ValueTypeDefinition } from '../value-type.ts'

export const ipType: ValueTypeDefinition = {
  id: 'ip',
  check: value =>
    isIp(value)
      ? undefined
      : { problem: 'must be an IP address', fix: 'write an address such as 10.0.0.1 or 2001:db8::1' },
}

/** Four decimal numbers without leading zeros, or IPv6 without brackets and zone. */
export function isIp(value: string): boolean {
  return isIpv4(value) || isIpv6(value)
}

export function isIpv4(value: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(value)
}

export function isIpv6(value: string): boolean {
  return value.includes(':') && /^[0-9a-f:.]{2,45}$/i.test(value) && URL.canParse(`http://[${value}]`)
}
