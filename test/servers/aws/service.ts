import { randomUUID } from 'node:crypto'

/**
 * AWS Secrets Manager as its documentation and recordings of the real service describe it, in memory. It knows
 * nothing of any client. What neither settles is answered with 501, so that no test passes on a guess.
 */
export interface AwsService {
  /** One request, acted on at once. `stale`: a read is answered from before the last change of that secret. */
  act(operation: string, input: Input, options?: { readonly stale?: boolean }): Reply
  /** For tests: the stored state, without a copy. */
  secret(name: string): StoredSecret | undefined
  /** Puts a secret there, quickly, as CreateSecret does. */
  seed(name: string, value: string): void
  /** What other services and consoles do to a secret. */
  change(name: string, how: Partial<Pick<StoredSecret, 'owningService' | 'rotationEnabled'>>): void
  /** Refuses two of AWSCURRENT and AWSPREVIOUS on one version: undocumented, so clients must not depend on either. */
  refusesMirror: boolean
  /** For how many requests a secret whose deletion was forced is still described. */
  lingers: number
  readonly region: string
}

export type Input = Readonly<Record<string, unknown>>

export interface Reply {
  readonly status: number
  readonly body: unknown
}

interface StoredVersion {
  readonly id: string
  readonly created: number
  readonly string?: string
  readonly binary?: string
  labels: string[]
  accessed?: number
}

export interface StoredSecret {
  readonly arn: string
  readonly name: string
  readonly created: number
  changed: number
  accessed?: number
  description?: string
  kmsKeyId?: string
  deleted?: number
  owningService?: string
  rotationEnabled?: boolean
  tags?: Map<string, string>
  policy?: string
  versions: Map<string, StoredVersion>
}

class Refusal extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export const account = '111111111111'
const maxBytes = 65_536
const maxLabels = 20
const maxTags = 50
const day = 86_400_000

export function createService(region = 'eu-west-1'): AwsService {
  const secrets = new Map<string, StoredSecret>()
  const before = new Map<string, StoredSecret>()
  let leaving: { readonly secret: StoredSecret; requests: number }[] = []
  let last = 0
  /** Each change is a little later than the one before, as far as anybody can see. */
  const now = (): number => (last = Math.max(last + 1, Date.now()))

  const find = (input: Input): StoredSecret => {
    const id = requireName(input['SecretId'])
    const found =
      secrets.get(id) ??
      [...(id.startsWith('arn:') ? secrets.values() : [])].find(
        // The six random characters may be left out.
        one => one.arn === id || one.arn.slice(0, -7) === id,
      )
    if (found === undefined) {
      throw new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    }
    return found
  }
  const findLive = (input: Input): StoredSecret => {
    const found = find(input)
    if (found.deleted === undefined) return found
    throw new Refusal(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  }
  const remember = (secret: StoredSecret): void => {
    const versions = new Map(
      [...secret.versions].map(([id, one]) => [id, { ...one, labels: [...one.labels] }]),
    )
    before.set(secret.name, { ...secret, versions, ...(secret.tags && { tags: new Map(secret.tags) }) })
  }
  const change = (secret: StoredSecret): void => {
    secret.changed = now()
  }

  const addVersion = (secret: StoredSecret, input: Input, labels: readonly string[]): StoredVersion => {
    const token = requireToken(input)
    const payload = requirePayload(input)
    const known = secret.versions.get(token)
    if (known !== undefined) {
      if (known.string === payload.string && known.binary === payload.binary) return known
      throw new Refusal(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
      )
    }
    const count = new Set([...secret.versions.values()].flatMap(one => one.labels).concat(labels)).size
    if (count > maxLabels) throw new Refusal('LimitExceededException', 'too many staging labels')
    for (const label of labels) attach(secret, label, token)
    const created = now()
    const version = { id: token, created, labels: [...labels], ...payload }
    secret.versions.set(token, version)
    return version
  }

  /** Takes the label from whoever has it; of AWSCURRENT the service makes AWSPREVIOUS there. */
  const attach = (secret: StoredSecret, label: string, to: string): void => {
    const holder = holderOf(secret, label)
    if (holder === undefined || holder.id === to) return
    drop(holder, label)
    if (label !== 'AWSCURRENT') return
    const previous = holderOf(secret, 'AWSPREVIOUS')
    if (previous !== undefined) drop(previous, 'AWSPREVIOUS')
    holder.labels.push('AWSPREVIOUS')
  }

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    CreateSecret(input) {
      const name = requireName(input['Name'])
      requireToken(input)
      const known = secrets.get(name)
      const token = input['ClientRequestToken'] as string
      if (known?.deleted !== undefined) {
        throw new Refusal(
          'InvalidRequestException',
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      }
      if (known !== undefined) {
        const version = known.versions.get(token)
        const payload = hasPayload(input) ? requirePayload(input) : {}
        if (version === undefined || version.string !== payload.string || version.binary !== payload.binary) {
          throw new Refusal(
            'ResourceExistsException',
            `The operation failed because the secret ${name} already exists.`,
          )
        }
        return { ARN: known.arn, Name: name, VersionId: token }
      }
      const created = now()
      const secret: StoredSecret = {
        arn: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${randomUUID().slice(0, 6)}`,
        name,
        created,
        changed: created,
        versions: new Map(),
        ...(typeof input['Description'] === 'string' ? { description: input['Description'] } : {}),
        ...(typeof input['KmsKeyId'] === 'string' ? { kmsKeyId: input['KmsKeyId'] } : {}),
      }
      if (Array.isArray(input['Tags'])) secret.tags = tagsOf(input)
      const version = hasPayload(input) ? addVersion(secret, input, ['AWSCURRENT']) : undefined
      secrets.set(name, secret)
      change(secret)
      return { ARN: secret.arn, Name: name, ...(version === undefined ? {} : { VersionId: version.id }) }
    },

    PutSecretValue(input) {
      requireToken(input)
      const secret = findLive(input)
      requireUnowned(secret)
      const labels = stagesOf(input) ?? ['AWSCURRENT']
      remember(secret)
      const version = addVersion(secret, input, labels)
      change(secret)
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.labels }
    },

    UpdateSecret(input) {
      requireToken(input)
      const secret = findLive(input)
      requireUnowned(secret)
      remember(secret)
      if (typeof input['Description'] === 'string') secret.description = input['Description']
      const version = hasPayload(input) ? addVersion(secret, input, ['AWSCURRENT']) : undefined
      change(secret)
      return {
        ARN: secret.arn,
        Name: secret.name,
        ...(version === undefined ? {} : { VersionId: version.id }),
      }
    },

    GetSecretValue(input) {
      const secret = findLive(input)
      const version = selected(secret, input)
      secret.accessed = version.accessed = Math.floor(now() / day) * day
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        ...(version.string === undefined
          ? { SecretBinary: version.binary }
          : { SecretString: version.string }),
        // A version that is only deprecated: no recording shows whether the key is there.
        ...(version.labels.length === 0 ? {} : { VersionStages: version.labels }),
        CreatedDate: version.created / 1000,
      }
    },

    DescribeSecret: input => described(find(input)),

    // No refusal is documented for one that waits for its deletion.
    ListSecretVersionIds(input) {
      const secret = find(input)
      const all = [...secret.versions.values()]
        .filter(one => input['IncludeDeprecated'] === true || one.labels.length > 0)
        .sort((one, other) => one.created - other.created)
      const { items, next } = pageOf(all, input)
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: items.map(one => ({
          VersionId: one.id,
          ...(one.labels.length === 0 ? {} : { VersionStages: one.labels }),
          ...(one.accessed === undefined ? {} : { LastAccessedDate: one.accessed / 1000 }),
          CreatedDate: one.created / 1000,
          KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
        })),
        ...next,
      }
    },

    ListSecrets(input) {
      const filters = Array.isArray(input['Filters']) ? (input['Filters'] as Input[]) : []
      if (filters.some(({ Key }) => Key !== 'name')) throw new Refusal('501', 'filter')
      const starts = filters.flatMap(({ Values }) => Values as string[])
      const isWanted = ({ name, deleted }: StoredSecret): boolean =>
        deleted === undefined && (starts.length === 0 || starts.some(start => name.startsWith(start)))
      const { items, next } = pageOf([...secrets.values()].filter(isWanted), input)
      return { SecretList: items.map(listed), ...next }
    },

    UpdateSecretVersionStage(input) {
      const secret = findLive(input)
      const { VersionStage: label, RemoveFromVersionId: from, MoveToVersionId: to } = input
      if (typeof label !== 'string' || label === '' || label.length > 256) throw invalid('VersionStage')
      const holder = holderOf(secret, label)
      if (to !== undefined && !secret.versions.has(to as string)) {
        throw new Refusal(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for VersionId: ${textOf(to)}`,
        )
      }
      if (to === undefined && from === undefined) throw invalid('RemoveFromVersionId')
      if (holder !== undefined && holder.id !== to && from === undefined) {
        throw new Refusal(
          'InvalidParameterException',
          `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
        )
      }
      if (from !== undefined && holder?.id !== from) {
        throw new Refusal(
          'InvalidParameterException',
          `When you move staging label ${label}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${label}.`,
        )
      }
      if (to === undefined && label === 'AWSCURRENT') {
        throw new Refusal('InvalidParameterException', 'AWSCURRENT can be moved, but not removed.')
      }
      const target = secret.versions.get(to as string)
      if (
        service.refusesMirror &&
        label === 'AWSPREVIOUS' &&
        target?.labels.includes('AWSCURRENT') === true
      ) {
        throw new Refusal('InvalidParameterException', 'no')
      }
      remember(secret)
      if (target === undefined) drop(holder!, label)
      else if (!target.labels.includes(label)) {
        attach(secret, label, target.id)
        target.labels.push(label)
      }
      change(secret)
      return { ARN: secret.arn, Name: secret.name }
    },

    TagResource(input) {
      const secret = findLive(input)
      const tags = new Map([...(secret.tags ?? []), ...tagsOf(input)])
      if (tags.size > maxTags) throw new Refusal('LimitExceededException', 'too many tags')
      remember(secret)
      secret.tags = tags
      change(secret)
      return {}
    },

    UntagResource(input) {
      const secret = findLive(input)
      if (!Array.isArray(input['TagKeys'])) throw invalid('TagKeys')
      remember(secret)
      for (const key of input['TagKeys'] as string[]) secret.tags?.delete(key)
      change(secret)
      return {}
    },

    DeleteSecret(input) {
      const id = requireName(input['SecretId'])
      const isForced = input['ForceDeleteWithoutRecovery'] === true
      const window = input['RecoveryWindowInDays']
      if (isForced && window !== undefined) throw invalid('RecoveryWindowInDays')
      if (window !== undefined && !(Number(window) >= 7 && Number(window) <= 30))
        throw invalid('RecoveryWindowInDays')
      const secret = secrets.get(id) ?? find(input)
      requireUnowned(secret)
      // Of a secret that is scheduled already: recorded for force only.
      if (secret.deleted !== undefined && !isForced) return findLive(input)
      remember(secret)
      secret.deleted = now()
      secret.rotationEnabled &&= false
      if (isForced) leaving.push({ secret, requests: service.lingers })
      change(secret)
      const gone = isForced ? secret.deleted : secret.deleted + Number(window ?? 30) * day
      return { ARN: secret.arn, Name: secret.name, DeletionDate: gone / 1000 }
    },

    RestoreSecret(input) {
      const secret = find(input)
      remember(secret)
      delete secret.deleted
      change(secret)
      return { ARN: secret.arn, Name: secret.name }
    },

    PutResourcePolicy(input) {
      const secret = findLive(input)
      secret.policy = textOf(input['ResourcePolicy'])
      return { ARN: secret.arn, Name: secret.name }
    },

    GetResourcePolicy(input) {
      const { arn, name, policy } = find(input)
      return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) }
    },

    DeleteResourcePolicy(input) {
      const secret = findLive(input)
      delete secret.policy
      return { ARN: secret.arn, Name: secret.name }
    },

    ValidateResourcePolicy(input) {
      if (input['SecretId'] !== undefined) requireName(input['SecretId'])
      throw new Refusal('501', 'ValidateResourcePolicy')
    },

    RotateSecret(input) {
      find(input)
      throw new Refusal('501', 'RotateSecret')
    },
  }

  const service: AwsService = {
    refusesMirror: false,
    lingers: 1,
    region,
    act(operation, input, { stale = false } = {}) {
      const name = textOf(input['SecretId'])
      const live = secrets.get(name)
      const old = stale && /^(?:Get|Describe|List)/.test(operation) ? before.get(name) : undefined
      try {
        if (old !== undefined) secrets.set(name, old)
        const work = operations[operation]
        if (work === undefined) throw new Refusal('501', operation)
        return { status: 200, body: work(input) }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.type === '501')
          return { status: 501, body: { __type: 'NotSettled', Message: error.message } }
        return { status: 400, body: { __type: error.type, Message: error.message } }
      } finally {
        if (old !== undefined && live !== undefined) secrets.set(name, live)
        forget()
      }
    },
    secret: name => secrets.get(name),
    seed(name, value) {
      service.act('CreateSecret', { Name: name, SecretString: value, ClientRequestToken: randomUUID() })
    },
    change(name, how) {
      Object.assign(secrets.get(name)!, how)
    },
  }

  /** A forced deletion is seen for a while, as recorded; then the name is free. */
  const forget = (): void => {
    for (const one of leaving) one.requests -= 1
    for (const { secret } of leaving.filter(({ requests }) => requests < 0)) {
      if (secrets.get(secret.name) === secret) secrets.delete(secret.name)
    }
    leaving = leaving.filter(({ requests }) => requests >= 0)
  }
  return service
}

function holderOf({ versions }: StoredSecret, label: string): StoredVersion | undefined {
  return [...versions.values()].find(one => one.labels.includes(label))
}

function drop(version: StoredVersion, label: string): void {
  version.labels = version.labels.filter(one => one !== label)
}

function described(secret: StoredSecret): object {
  const { arn, name, created, changed, accessed, deleted, tags, owningService, rotationEnabled } = secret
  const stages = [...secret.versions.values()].filter(({ labels }) => labels.length > 0)
  return {
    ARN: arn,
    Name: name,
    CreatedDate: created / 1000,
    LastChangedDate: changed / 1000,
    ...(accessed === undefined ? {} : { LastAccessedDate: accessed / 1000 }),
    ...(deleted === undefined ? {} : { DeletedDate: deleted / 1000 }),
    ...(secret.description === undefined || secret.description === ''
      ? {}
      : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    ...(tags === undefined ? {} : { Tags: Array.from(tags, ([Key, Value]) => ({ Key, Value })) }),
    ...(owningService === undefined ? {} : { OwningService: owningService }),
    ...(rotationEnabled === undefined ? {} : { RotationEnabled: rotationEnabled }),
    ...(stages.length === 0
      ? {}
      : { VersionIdsToStages: Object.fromEntries(stages.map(({ id, labels }) => [id, labels])) }),
  }
}

function listed(secret: StoredSecret): object {
  const { VersionIdsToStages, ...rest } = described(secret) as Record<string, unknown>
  return {
    ...rest,
    ...(VersionIdsToStages === undefined ? {} : { SecretVersionsToStages: VersionIdsToStages }),
  }
}

function selected(secret: StoredSecret, input: Input): StoredVersion {
  const { VersionId: id, VersionStage: stage } = input
  if (id !== undefined && (textOf(id).length < 32 || textOf(id).length > 64)) throw invalid('VersionId')
  const version =
    id === undefined ? holderOf(secret, textOf(stage ?? 'AWSCURRENT')) : secret.versions.get(textOf(id))
  const what =
    id === undefined ? `staging label: ${textOf(stage ?? 'AWSCURRENT')}` : `VersionId: ${textOf(id)}`
  if (version === undefined) {
    throw new Refusal(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    )
  }
  if (id !== undefined && stage !== undefined && !version.labels.includes(textOf(stage))) {
    throw new Refusal(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    )
  }
  return version
}

function requireUnowned({ owningService }: StoredSecret): void {
  if (owningService === undefined) return
  throw new Refusal('InvalidRequestException', 'The secret is managed by another service.')
}

function requireName(name: unknown): string {
  if (typeof name === 'string' && (/^[\w/+=.@!-]{1,512}$/.test(name) || name.startsWith('arn:'))) return name
  throw new Refusal(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )
}

function requireToken(input: Input): string {
  const token = input['ClientRequestToken']
  if (token === undefined) {
    throw new Refusal(
      'InvalidRequestException',
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    )
  }
  if (typeof token === 'string' && token.length >= 32 && token.length <= 64) return token
  throw invalid('ClientRequestToken')
}

function hasPayload(input: Input): boolean {
  return input['SecretString'] !== undefined || input['SecretBinary'] !== undefined
}

function requirePayload(input: Input): { string?: string; binary?: string } {
  const { SecretString: string, SecretBinary: binary } = input
  if ((string === undefined) === (binary === undefined)) throw invalid('SecretString')
  const text = textOf(string ?? binary)
  const size = string === undefined ? Buffer.from(text, 'base64').length : Buffer.byteLength(text, 'utf8')
  if (size < 1 || size > maxBytes) throw invalid('SecretString')
  return string === undefined ? { binary: text } : { string: text }
}

function stagesOf(input: Input): readonly string[] | undefined {
  const stages = input['VersionStages']
  if (stages === undefined) return undefined
  if (!Array.isArray(stages) || stages.length < 1 || stages.length > 20) throw invalid('VersionStages')
  return stages.map(String)
}

function tagsOf(input: Input): Map<string, string> {
  const found = new Map<string, string>()
  for (const { Key, Value } of (input['Tags'] ?? []) as Input[]) {
    const [key, value] = [textOf(Key), textOf(Value)]
    const isFine =
      /^[\p{L}\p{N}\s_.:/=+@-]{1,128}$/u.test(key) && /^[\p{L}\p{N}\s_.:/=+@-]{0,256}$/u.test(value)
    if (!isFine || key.startsWith('aws:')) throw invalid('Tags')
    found.set(key, value)
  }
  return found
}

function pageOf<T>(all: readonly T[], input: Input): { items: readonly T[]; next: { NextToken?: string } } {
  const size = Number(input['MaxResults'] ?? 100)
  if (!(size >= 1 && size <= 100)) throw invalid('MaxResults')
  const token = input['NextToken']
  const start = token === undefined ? 0 : Number(/^page-(\d+)$/.exec(textOf(token))?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) throw new Refusal('InvalidNextTokenException', 'Invalid token')
  const items = all.slice(start, start + size)
  const end = start + items.length
  return { items, next: end < all.length ? { NextToken: `page-${String(end)}` } : {} }
}

function invalid(field: string): Refusal {
  return new Refusal('InvalidParameterException', `The parameter ${field} is not valid.`)
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
