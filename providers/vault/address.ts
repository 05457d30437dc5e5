/** Where the server listens. */
export interface Address {
  readonly isSecure: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** A prefix for every path, as behind a reverse proxy: empty, or `/…` without a trailing slash. */
  readonly prefix: string
  /** For people. */
  readonly shown: string
}

/** Reads an address, or says what is wrong with it: never what it is, because it may carry a password. */
export function readAddress(text: string): Address | { readonly problem: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    return { problem: 'is no https address' }
  if (url.username !== '' || url.password !== '') return { problem: 'carries a user name or password' }
  if (url.search !== '' || url.hash !== '') return { problem: 'has a query or a fragment' }
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!isSecure && !isLoopback(host)) return { problem: 'is http: the token would be readable on the way' }
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const prefix = url.pathname.replace(/\/+$/, '')
  return { isSecure, host, port, prefix, shown: url.origin + prefix }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Each segment percent-encoded, so that `#`, `?` or `%` in a name stay part of it. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
