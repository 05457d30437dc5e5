import { Failure, invalid } from './failure.ts'

type Json = Readonly<Record<string, unknown>>

export interface StoredVersion {
  readonly number: number
  readonly createTime: string
  destroyTime?: string
  state: 1 | 2 | 3
  etag: string
  data: Buffer
  readonly hasChecksum: boolean
}

export interface StoredSecret {
  readonly id: string
  readonly location: string
  readonly createTime: string
  /** The fields as they were sent: replication, labels, annotations, topics, rotation, versionAliases, expireTime … */
  fields: Json
  etag: string
  readonly versions: StoredVersion[]
  /** What `latest`, aliases and lists show while the service lags behind. */
  stale?: { readonly newest: number; readonly aliases: Json }
  isManaged: boolean
}

/** CRC-32C bit by bit (RFC 3720), written apart from the product's table. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0x82f63b78 & -(sum & 1))
  }
  return ~sum >>> 0
}

const writable = new Set([
  'replication',
  'labels',
  'annotations',
  'topics',
  'rotation',
  'ttl',
  'expireTime',
  'versionAliases',
  'versionDestroyTtl',
  'customerManagedEncryption',
  'tags',
  'name',
  'etag',
  'createTime',
])

/** The secret of a request, checked against the documented limits; what is empty is left out, as in the replies. */
export function acceptFields(secret: Json, now: number): Json {
  for (const key of Object.keys(secret)) if (!writable.has(key)) throw invalid()
  const ignored = ['name', 'etag', 'createTime', 'ttl']
  const rest = Object.fromEntries(Object.entries(secret).filter(([key]) => !ignored.includes(key)))
  const { ttl } = secret
  checkLabels(mapOf(rest['labels']))
  checkAnnotations(mapOf(rest['annotations']))
  checkAliases(mapOf(rest['versionAliases']))
  const seconds = typeof ttl === 'string' ? Number(ttl.replace(/s$/, '')) : undefined
  const expires = seconds === undefined ? {} : { expireTime: new Date(now + seconds * 1000).toISOString() }
  const all = { ...rest, ...expires }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid()
  return value as Json
}

/** Keys and values to 63 characters, lower case; at most 64 of them. */
function checkLabels(labels: Json): void {
  const entries = Object.entries(labels)
  if (entries.length > 64) throw invalid()
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) throw invalid()
    if (typeof value !== 'string' || !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) throw invalid()
  }
}

/** Keys of 1 to 63 characters that begin and end with one of `[a-z0-9A-Z]`; 16 KiB in all. */
function checkAnnotations(annotations: Json): void {
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    if (typeof value !== 'string') throw invalid()
    if (!/^[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?$/.test(key)) throw invalid()
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size >= 16_384) throw invalid()
}

function checkAliases(aliases: Json): void {
  const entries = Object.entries(aliases)
  if (entries.length > 50) throw invalid()
  for (const [alias, number] of entries) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(alias) || ['latest', 'NEW'].includes(alias)) throw invalid()
    if (!/^[1-9]\d*$/.test(String(number))) throw invalid()
  }
}

export function decodePayload(payload: Json): { readonly data: Buffer; readonly hasChecksum: boolean } {
  const { data, dataCrc32c } = payload
  if (typeof data !== 'string' || data === '') throw invalid('Secret Payload cannot be empty.')
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length > 65_536) throw invalid('The secret payload is too large.')
  if (dataCrc32c !== undefined && Number(dataCrc32c) !== checksum(bytes)) {
    throw invalid('The checksum of the payload does not match.')
  }
  return { data: bytes, hasChecksum: dataCrc32c !== undefined }
}

export function requireEtag(sent: unknown, etag: string): void {
  if (sent === undefined || sent === '' || sent === etag) return
  throw new Failure(
    'FAILED_PRECONDITION',
    "The etag provided in the request does not match the resource's current etag. Please retry the whole read-modify-write with exponential backoff.",
  )
}
