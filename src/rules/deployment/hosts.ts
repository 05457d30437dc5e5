/** The host of an address or of `host:port`, in lower case; of a list the first. Empty where there is none. */
export function hostOf(address: string): string {
  const authority = (/^[^/]*:\/\/([^\s/?#]*)/.exec(address)?.[1] ?? address).split(',')[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return (/^\[([^\]]*)\]/.exec(host)?.[1] ?? host.split(':')[0] ?? '').toLowerCase()
}

/** Whether an address names the machine itself. */
export function isLocalHost(address: string): boolean {
  const host = hostOf(address)
  return host === 'localhost' || host.endsWith('.localhost') || /^(?:127\.[\d.]+|0\.0\.0\.0|::1?)$/.test(host)
}

/** A name that only an internal network resolves: another container, another service of the cluster. */
export function isInternalHost(address: string): boolean {
  const host = hostOf(address)
  return (
    (!host.includes('.') && !host.includes(':')) ||
    /\.(?:internal|local|lan|svc|cluster\.local)$/.test(host) ||
    /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/.test(host)
  )
}
