import type { ValueProblem, ValueSpec, ValueTypeDefinition } from '../value-type.ts'

/** Schemes whose addresses follow the URL standard. Database addresses often do not (several hosts, no host). */
const webSchemes = new Set(['http', 'https', 'ws', 'wss', 'ftp'])

export const urlType: ValueTypeDefinition = { id: 'url', check: checkUrl }

function checkUrl(value: string, spec: ValueSpec): ValueProblem | undefined {
  const { protocols } = spec
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
  return checkUrlOptions(value, spec)
}

/** Schemes that are TLS by themselves, or SSH. */
const secureSchemes = new Set(
  'https wss ftps sftp ssh ldaps smtps imaps mqtts rediss valkeys amqps mongodb+srv'.split(' '),
)
const asksForTls =
  /[?&;](?:sslmode=(?:require|verify-ca|verify-full)|(?:ssl|tls|encrypt)=(?:true|require|strict))(?:[&;]|$)/i

/** `credentials: false` and `tls: true`, for all types of addresses. */
export function checkUrlOptions(value: string, { credentials, tls }: ValueSpec): ValueProblem | undefined {
  const [, scheme = '', user] = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#\s]*)@)?/i.exec(value) ?? []
  if (credentials === false && user !== undefined) {
    return {
      problem: 'must be an address without user and password',
      fix: 'keep them in variables of their own',
    }
  }
  return tls === true && !secureSchemes.has(scheme.toLowerCase()) && !asksForTls.test(value)
    ? {
        problem: 'must be an address with TLS',
        fix: 'write the scheme with TLS, or the parameter that asks for it',
      }
    : undefined
}

function listed(protocols: readonly string[]): string {
  return protocols.map(protocol => `${protocol}://`).join(' or ')
}
