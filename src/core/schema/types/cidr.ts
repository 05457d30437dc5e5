import type { ValueTypeDefinition } from '../value-type.ts'
import { isIpv4, isIpv6 } from './ip.ts'

export const cidrType: ValueTypeDefinition = {
  id: 'cidr',
  check: value =>
    isCidr(value)
      ? undefined
      : { problem: 'must be a network', fix: 'write an address and its prefix, such as 10.0.0.0/8' },
}

function isCidr(value: string): boolean {
  const [address = '', prefix = '', ...rest] = value.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false
  return (isIpv4(address) && Number(prefix) <= 32) || (isIpv6(address) && Number(prefix) <= 128)
}
