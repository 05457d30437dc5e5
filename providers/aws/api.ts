import type * as Sdk from '@aws-sdk/client-secrets-manager'
import type { VersionId } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { AwsClient } from './client.ts'
import { invalidReply, readError } from './failures.ts'
import {
  type Described,
  describedOf,
  type Listed,
  listedOf,
  requireArn,
  type StoredVersion,
  storedOf,
  versionOf,
} from './replies.ts'

export type ReadSelector = { readonly label: string } | { readonly version: VersionId }

/** `exists`: that version holds another value · `absent`: there is no such secret · `deleted`: it waits for its deletion. */
export type PutOutcome = VersionId | { readonly refused: 'exists' | 'absent' | 'deleted' }

export interface PutRequest {
  readonly value: Secret
  /** Becomes the version's id: the same token with another value is refused. */
  readonly token: VersionId
  /** Without them the version is current at once. */
  readonly labels?: readonly string[]
}

/** The operations of AWS Secrets Manager that this adapter uses, their answers checked. */
export interface SecretsApi {
  describe(object: string, signal: AbortSignal): Promise<Described | undefined>
  /** `undefined` when the store said that this secret, version or label is not there. */
  get(object: string, selector: ReadSelector, signal: AbortSignal): Promise<StoredVersion | undefined>
  put(object: string, request: PutRequest, signal: AbortSignal): Promise<PutOutcome>
  create(object: string, request: PutRequest, signal: AbortSignal): Promise<PutOutcome>
  /**
   * Moves, or without `to` removes, a label; only from the version that has it. `refused`: the store says no, because
   * another version has it, or for a reason that only a further look can tell.
   */
  label(
    object: string,
    label: string,
    move: { readonly from?: VersionId; readonly to?: VersionId },
    signal: AbortSignal,
  ): Promise<'done' | 'refused'>
  tag(object: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>
  untag(object: string, keys: readonly string[], signal: AbortSignal): Promise<void>
  list(prefix: string, signal: AbortSignal): AsyncIterable<Listed>
  /** Every version, those without labels too, in no order. */
  history(object: string, signal: AbortSignal): Promise<readonly Omit<StoredVersion, 'value'>[]>
  /** Quiet when it is not there. */
  remove(object: string, kind: 'recoverable' | 'at once', signal: AbortSignal): Promise<void>
  restore(object: string, signal: AbortSignal): Promise<void>
}

const pageSize = 100
const recoveryDays = 30

type Options = { readonly abortSignal: AbortSignal }

/** One operation. `refusals` are the errors that are an answer: `refused` when one of them came. */
type Ask = <T extends object>(
  action: string,
  signal: AbortSignal,
  send: (sdk: typeof Sdk, client: Sdk.SecretsManagerClient, options: Options) => Promise<T>,
  refusals?: readonly string[],
) => Promise<{ readonly reply: T } | { readonly refused: string }>

export function createApi(client: AwsClient): SecretsApi {
  const ask: Ask = (action, signal, send, refusals = []) =>
    client.send(
      `secretsmanager:${action}`,
      async ({ sdk, client: on }, options) => {
        try {
          return { reply: await send(sdk, on, options) }
        } catch (error) {
          const { name } = readError(error)
          if (refusals.includes(name)) return { refused: name }
          throw error
        }
      },
      signal,
    )
  return {
    ...describing(ask),
    ...listing(ask),
    ...putting(ask, client.settings.kmsKeyId),
    ...marking(ask),
    ...removing(ask),
  }
}

function describing(ask: Ask): Pick<SecretsApi, 'describe' | 'get'> {
  const api = {
    async describe(object: string, signal: AbortSignal) {
      const answer = await ask(
        'DescribeSecret',
        signal,
        (sdk, on, options) => on.send(new sdk.DescribeSecretCommand({ SecretId: object }), options),
        ['ResourceNotFoundException'],
      )
      return 'refused' in answer ? undefined : describedOf(answer.reply)
    },

    async get(object: string, selector: ReadSelector, signal: AbortSignal) {
      const which = 'label' in selector ? { VersionStage: selector.label } : { VersionId: selector.version }
      const input = { SecretId: object, ...which }
      const answer = await ask(
        'GetSecretValue',
        signal,
        (sdk, on, options) => on.send(new sdk.GetSecretValueCommand(input), options),
        ['ResourceNotFoundException', 'InvalidRequestException'],
      )
      if ('reply' in answer) return storedOf(answer.reply, object)
      if (answer.refused === 'ResourceNotFoundException') return undefined
      // Said of a secret that waits for its deletion, and of states that are none of absence.
      const described = await api.describe(object, signal)
      if (described === undefined || described.isDeleted) return undefined
      throw invalidReply(`refuses to read "${object}", which is there`)
    },
  }
  return api
}

function listing(ask: Ask): Pick<SecretsApi, 'list' | 'history'> {
  return {
    async *list(prefix, signal) {
      const filter = prefix === '' ? {} : { Filters: [{ Key: 'name' as const, Values: [prefix] }] }
      let next: string | undefined
      do {
        const page = next === undefined ? {} : { NextToken: next }
        const input = { ...filter, ...page, MaxResults: pageSize }
        const answer = await ask('ListSecrets', signal, (sdk, on, options) =>
          on.send(new sdk.ListSecretsCommand(input), options),
        )
        if ('refused' in answer) return
        const { SecretList, NextToken } = answer.reply
        if (SecretList === undefined) throw invalidReply('answers without a list')
        for (const entry of SecretList) yield listedOf(entry)
        if (NextToken !== undefined && NextToken === next) throw invalidReply('repeats a page for ever')
        next = NextToken
      } while (next !== undefined)
    },

    async history(object, signal) {
      const found: Omit<StoredVersion, 'value'>[] = []
      let next: string | undefined
      do {
        const page = next === undefined ? {} : { NextToken: next }
        const input = { SecretId: object, IncludeDeprecated: true, MaxResults: pageSize, ...page }
        const answer = await ask(
          'ListSecretVersionIds',
          signal,
          (sdk, on, options) => on.send(new sdk.ListSecretVersionIdsCommand(input), options),
          ['ResourceNotFoundException'],
        )
        if ('refused' in answer) return []
        const { ARN, Versions, NextToken } = answer.reply
        for (const { VersionId, VersionStages, CreatedDate } of Versions ?? []) {
          found.push({
            version: versionOf(ARN, VersionId),
            labels: VersionStages ?? [],
            ...(CreatedDate === undefined ? {} : { created: CreatedDate.getTime() }),
          })
        }
        if (NextToken !== undefined && NextToken === next) throw invalidReply('repeats a page for ever')
        next = NextToken
      } while (next !== undefined)
      return found
    },
  }
}

function putting(ask: Ask, kmsKeyId: string | undefined): Pick<SecretsApi, 'put' | 'create'> {
  return {
    async put(object, { token, value, labels }, signal) {
      const input = {
        SecretId: object,
        ClientRequestToken: token,
        SecretString: value.reveal(),
        ...(labels === undefined ? {} : { VersionStages: [...labels] }),
      }
      const answer = await ask(
        'PutSecretValue',
        signal,
        (sdk, on, options) => on.send(new sdk.PutSecretValueCommand(input), options),
        [...putRefusals.keys()],
      )
      if ('refused' in answer) return { refused: putRefusals.get(answer.refused) ?? 'exists' }
      return versionOf(answer.reply.ARN, answer.reply.VersionId)
    },

    async create(object, { token, value }, signal) {
      const input = {
        Name: object,
        ClientRequestToken: token,
        SecretString: value.reveal(),
        ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      }
      const answer = await ask(
        'CreateSecret',
        signal,
        (sdk, on, options) => on.send(new sdk.CreateSecretCommand(input), options),
        [...putRefusals.keys()],
      )
      if ('refused' in answer) return { refused: putRefusals.get(answer.refused) ?? 'exists' }
      return versionOf(answer.reply.ARN, answer.reply.VersionId)
    },
  }
}

function marking(ask: Ask): Pick<SecretsApi, 'label' | 'tag' | 'untag'> {
  return {
    async label(object, label, { from, to }, signal) {
      const input = {
        SecretId: object,
        VersionStage: label,
        ...(from === undefined ? {} : { RemoveFromVersionId: from }),
        ...(to === undefined ? {} : { MoveToVersionId: to }),
      }
      const answer = await ask(
        'UpdateSecretVersionStage',
        signal,
        (sdk, on, options) => on.send(new sdk.UpdateSecretVersionStageCommand(input), options),
        labelRefusals,
      )
      if ('refused' in answer) return 'refused'
      requireArn(answer.reply.ARN)
      return 'done'
    },

    async tag(object, tags, signal) {
      const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
      await ask('TagResource', signal, (sdk, on, options) =>
        on.send(new sdk.TagResourceCommand({ SecretId: object, Tags: list }), options),
      )
    },

    async untag(object, keys, signal) {
      await ask('UntagResource', signal, (sdk, on, options) =>
        on.send(new sdk.UntagResourceCommand({ SecretId: object, TagKeys: [...keys] }), options),
      )
    },
  }
}

function removing(ask: Ask): Pick<SecretsApi, 'remove' | 'restore'> {
  return {
    async remove(object, kind, signal) {
      const input = {
        SecretId: object,
        ...(kind === 'at once'
          ? { ForceDeleteWithoutRecovery: true }
          : { RecoveryWindowInDays: recoveryDays }),
      }
      const answer = await ask(
        'DeleteSecret',
        signal,
        (sdk, on, options) => on.send(new sdk.DeleteSecretCommand(input), options),
        ['ResourceNotFoundException'],
      )
      if ('reply' in answer) requireArn(answer.reply.ARN)
    },

    async restore(object, signal) {
      const answer = await ask('RestoreSecret', signal, (sdk, on, options) =>
        on.send(new sdk.RestoreSecretCommand({ SecretId: object }), options),
      )
      if ('reply' in answer) requireArn(answer.reply.ARN)
    },
  }
}

const putRefusals = new Map<string, 'exists' | 'absent' | 'deleted'>([
  ['ResourceExistsException', 'exists'],
  ['ResourceNotFoundException', 'absent'],
  ['InvalidRequestException', 'deleted'],
])

/** The service answers some of these where only others are documented, and emulators differ again. */
const labelRefusals = [
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'ValidationException',
]
