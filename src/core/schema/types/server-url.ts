import type { ValueProblem, ValueSpec, ValueType, ValueTypeDefinition } from '../value-type.ts'
import { checkUrlOptions } from './url.ts'

/**
 * Addresses of servers, by their schemes; a driver may stand in the scheme (`postgresql+asyncpg`). Several hosts are
 * allowed, where the server itself takes them, and no host where it may be a socket.
 */
export function createServerUrlType(id: ValueType, schemes: readonly string[]): ValueTypeDefinition {
  return { id, check: (value, spec) => checkServerUrl(value, spec, schemes) }
}

function checkServerUrl(
  value: string,
  spec: ValueSpec,
  schemes: readonly string[],
): ValueProblem | undefined {
  const [, scheme = '', authority = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#\s]*)(?:[/?#]\S*)?$/i.exec(value) ?? []
  const base = scheme.toLowerCase()
  if (!schemes.includes(base) && !schemes.includes(base.split('+')[0] ?? '')) {
    return {
      problem: `must be an address with ${schemes[0] ?? ''}://`,
      fix: `begin with ${schemes.join(':// or ')}://`,
    }
  }
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',')
  const isHost = (host: string): boolean => /^(?:\[[0-9a-f:.]+\]|[^\s:[\]]*)(?::\d{1,5})?$/i.test(host)
  if (!hosts.every(host => isHost(host) && Number(/:(\d+)$/.exec(host)?.[1] ?? 0) <= 65_535)) {
    return {
      problem: 'must be an address with a host and a port',
      fix: 'check host, port and characters that need a % code',
    }
  }
  return checkUrlOptions(value, spec)
}
