import type * as Sdk from '@aws-sdk/client-secrets-manager'
import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { VersionId } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { invalidReply } from './failures.ts'

// What the answers of the store say, checked: a reply of something else on the way must not pass for one.

/** What the store says of one secret; no value. */
export interface Described {
  readonly arn: string
  /** Label → the one version that has it. */
  readonly labels: ReadonlyMap<string, VersionId>
  readonly versions: ReadonlyMap<VersionId, readonly string[]>
  readonly tags: ReadonlyMap<string, string>
  /** When anything of the secret was changed last. */
  readonly changed?: Instant
  /** Waits for its deletion: it cannot be read, but can be restored. */
  readonly isDeleted: boolean
  /** Who rotates it, where that is not us. */
  readonly owner?: string
}

export interface StoredVersion {
  readonly version: VersionId
  readonly value: Secret
  readonly labels: readonly string[]
  readonly created?: Instant
}

export interface Listed {
  readonly object: string
  readonly version?: VersionId
}

export function requireArn(arn: string | undefined): string {
  if (typeof arn === 'string' && arn.startsWith('arn:')) return arn
  throw invalidReply('answers in another way than the store')
}

export function versionOf(arn: string | undefined, version: string | undefined): VersionId {
  requireArn(arn)
  if (typeof version === 'string' && version !== '') return version
  throw invalidReply('answers without the version')
}

export function describedOf(reply: Sdk.DescribeSecretResponse): Described {
  const arn = requireArn(reply.ARN)
  const versions = new Map(Object.entries(reply.VersionIdsToStages ?? {}))
  const labels = new Map<string, VersionId>()
  for (const [version, stages] of versions) for (const stage of stages) labels.set(stage, version)
  const owner = ownerOf(reply)
  return {
    arn,
    versions,
    labels,
    tags: new Map((reply.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    isDeleted: reply.DeletedDate !== undefined,
    ...(reply.LastChangedDate === undefined ? {} : { changed: reply.LastChangedDate.getTime() }),
    ...(owner === undefined ? {} : { owner }),
  }
}

function ownerOf({ OwningService, RotationEnabled }: Sdk.DescribeSecretResponse): string | undefined {
  if (OwningService !== undefined && OwningService !== '') {
    return /^[\w.-]{1,100}$/.test(OwningService) ? OwningService : 'another AWS service'
  }
  return RotationEnabled === true ? 'the rotation of AWS Secrets Manager' : undefined
}

export function storedOf(reply: Sdk.GetSecretValueResponse, object: string): StoredVersion {
  const version = versionOf(reply.ARN, reply.VersionId)
  if (reply.SecretString === undefined) {
    if (reply.SecretBinary === undefined) throw invalidReply('answers without the value')
    throw new SecretsError('provider.invalid_reply', `the value of "${object}" is binary`, {
      hints: ['values are texts: write it again as SecretString'],
    })
  }
  return {
    version,
    value: new Secret(reply.SecretString),
    labels: reply.VersionStages ?? [],
    ...(reply.CreatedDate === undefined ? {} : { created: reply.CreatedDate.getTime() }),
  }
}

export function listedOf({ Name, SecretVersionsToStages }: Sdk.SecretListEntry): Listed {
  if (Name === undefined) throw invalidReply('lists a secret without a name')
  const current = Object.entries(SecretVersionsToStages ?? {}).find(([, stages]) =>
    stages.includes('AWSCURRENT'),
  )
  return { object: Name, ...(current === undefined ? {} : { version: current[0] }) }
}
