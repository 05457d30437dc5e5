import type { protos } from '@google-cloud/secret-manager'
import type { Instant } from '../../src/core/instant.ts'
import { invalidReply } from './failures.ts'

type RawSecret = protos.google.cloud.secretmanager.v1.ISecret
type RawVersion = protos.google.cloud.secretmanager.v1.ISecretVersion

/** A secret as the service has it; never a value. */
export interface SecretResource {
  readonly id: string
  /** Opaque, its quotes included. */
  readonly etag: string
  /** One for each life of the name: it changes when the secret is deleted and made again. */
  readonly life: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, number>>
  /** When the service deletes it by itself. */
  readonly expires?: Instant
  /** Whether Google's own managed rotation writes it. */
  readonly isManaged: boolean
  readonly replication?: RawSecret['replication']
  readonly encryption?: RawSecret['customerManagedEncryption']
}

export interface VersionResource {
  readonly number: number
  readonly state: 'enabled' | 'disabled' | 'destroyed'
  readonly created?: Instant
}

/** Throws `provider.invalid_reply` where the reply is about something else than `id`. */
export function readSecret(raw: RawSecret, id?: string): SecretResource {
  const [, found = ''] =
    /^projects\/[^/]+\/(?:locations\/[^/]+\/)?secrets\/([^/]+)$/.exec(raw.name ?? '') ?? []
  if (found === '' || (id !== undefined && found !== id)) throw invalidReply('answers about another secret')
  const aliases = Object.entries(raw.versionAliases ?? {}).map(
    ([alias, number]) => [alias, Number(String(number))] as const,
  )
  const expires = millisecondsOf(raw.expireTime)
  return {
    id: found,
    etag: raw.etag ?? '',
    life: lifeOf(raw.createTime),
    labels: raw.labels ?? {},
    annotations: raw.annotations ?? {},
    aliases: Object.fromEntries(aliases),
    isManaged: isActive(raw.rotation),
    ...(expires === undefined ? {} : { expires }),
    ...(raw.replication ? { replication: raw.replication } : {}),
    ...(raw.customerManagedEncryption ? { encryption: raw.customerManagedEncryption } : {}),
  }
}

/** `version`: the one that was asked for. */
export function readVersion(
  raw: RawVersion,
  id: string,
  version: number | 'latest' = 'latest',
): VersionResource {
  const [, found, digits] = /\/secrets\/([^/]+)\/versions\/([1-9]\d{0,14})$/.exec(raw.name ?? '') ?? []
  const number = Number(digits ?? 0)
  if (found !== id || number === 0 || (version !== 'latest' && number !== version)) {
    throw invalidReply('answers about another version')
  }
  const created = millisecondsOf(raw.createTime)
  return { number, state: stateOf(raw.state), ...(created === undefined ? {} : { created }) }
}

const states = { ENABLED: 'enabled', DISABLED: 'disabled', DESTROYED: 'destroyed' } as const

function stateOf(state: RawVersion['state']): VersionResource['state'] {
  const byNumber = [undefined, 'enabled', 'disabled', 'destroyed'] as const
  if (typeof state === 'number') return byNumber[state] ?? 'disabled'
  return Object.hasOwn(states, state ?? '') ? states[state as keyof typeof states] : 'disabled'
}

interface Timestamp {
  readonly seconds?: number | string | { toString(): string } | null
  readonly nanos?: number | null
}

function lifeOf(time: Timestamp | null | undefined): string {
  const seconds = Number(time?.seconds?.toString() ?? 0)
  const micros = Math.floor((time?.nanos ?? 0) / 1000)
  return (BigInt(seconds) * 1_000_000n + BigInt(micros)).toString(36)
}

function millisecondsOf(time: Timestamp | null | undefined): Instant | undefined {
  const seconds = time?.seconds?.toString()
  if (seconds === undefined) return undefined
  return Number(seconds) * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000)
}

function isActive(rotation: RawSecret['rotation']): boolean {
  const state = (rotation as { managedRotationStatus?: { state?: unknown } | null } | null | undefined)
    ?.managedRotationStatus?.state
  return state === 'ACTIVE' || state === 1
}
