import type { ValueProblem, ValueSpec, ValueTypeDefinition } from '../value-type.ts'

/** Schemes whose addresses follow the URL standard. Database addresses often do not (several hosts, no host). */
const webSchemes = new Set(['http', 'https', 'ws', 'wss', 'ftp'])

export const urlType: ValueTypeDefinition = { id: 'url', check: checkUrl }

function checkUrl(value: string, { protocols }: ValueSpec): ValueProblem | undefined {
  const match = /^([a-z][a-z0-9+.-]*):(\/\/)?[^\s\0]/i.exec(value)
  const scheme = match?.[1]?.toLowerCase()
  const isNamed = scheme !== undefined && protocols?.includes(scheme) === true
  // `localhost:3000` has no scheme: what stands before the colon counts only with `//` or when it is asked for.
  if (scheme === undefined || (match?.[2] === undefined && !isNamed)) {
    return { problem: 'must be a URL', fix: `begin with ${protocols?.[0] ?? 'https'}://` }
  }
  if (/[\s\0]/.test(value)) {
    return { problem: 'must be a URL without blanks', fix: 'write a blank as %20' }
  }
  if (protocols !== undefined && !isNamed) {
    return { problem: `must be a URL with ${listed(protocols)}`, fix: `begin with ${protocols[0] ?? ''}://` }
  }
  if (webSchemes.has(scheme) && !URL.canParse(value)) {
    return { problem: 'must be a URL', fix: 'check the host, the port and characters that need a % code' }
  }
  return undefined
}

function listed(protocols: readonly string[]): string {
  return protocols.map(protocol => `${protocol}://`).join(' or ')
}
