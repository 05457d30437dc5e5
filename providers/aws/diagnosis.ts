import {
  clockFinding,
  diagnosedSteps,
  type DiagnosedStep,
  type DiagnosisQuestion,
  failureFinding,
  type Finding,
  permissionFinding,
  tlsFinding,
} from '../../src/core/diagnosis.ts'
import { isSecretsError, type SecretsError } from '../../src/core/errors.ts'
import { mapParallel } from '../../src/core/parallel.ts'
import type { SecretName } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import type { SecretsApi } from './api.ts'
import type { AwsClient } from './client.ts'
import { nameOf, placeOf } from './identity.ts'
import { currentLabel, fenceLabel } from './names.ts'
import type { Described } from './replies.ts'
import type { AwsStore } from './store.ts'

/**
 * Everything that a rotation needs of the service, in the order in which it would fail. The service has no question
 * for what an identity may do; but it looks at the rights before it looks for the secret. So each operation is asked
 * of a secret that is not there, under a name that nobody could have chosen: "not found" means allowed.
 */
export async function* diagnose(
  client: AwsClient,
  store: AwsStore,
  { names, now }: DiagnosisQuestion,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const absent = `${client.settings.prefix}SECRETS_CHECK_${store.newVersion().replaceAll('-', '')}`
  const greeting = await outcomeOf(signal, () => store.api.describe(absent, signal))
  const where = await placeOf(client, signal)
  const isAnswered = typeof greeting === 'string' || greeting.code === 'provider.auth'
  if (!isAnswered) {
    yield failureFinding('reachable', greeting)
    return
  }
  yield { check: 'reachable', severity: 'ok', message: `${where} answers` }
  const { line } = client
  yield tlsFinding(line?.certificate, now())
  yield clockFinding(line?.date === undefined ? undefined : Date.parse(line.date), now())
  if (typeof greeting !== 'string') {
    yield failureFinding('credentials', greeting)
    return
  }
  yield { check: 'credentials', severity: 'ok', message: `signed in as ${await nameOf(client, signal)}` }
  yield* permissions(store.api, absent, signal)
  yield* content(store, names, signal)
}

type Outcome = 'allowed' | 'denied' | SecretsError

/** What the policy around a store repeats, and an abort, is thrown and stops all the rest. */
async function outcomeOf(signal: AbortSignal, work: () => Promise<unknown>): Promise<Outcome> {
  try {
    await work()
    return 'allowed'
  } catch (error) {
    if (signal.aborted || !isSecretsError(error)) throw error
    if (error.code === 'provider.denied') return 'denied'
    // "Not found", where that is no answer of the operation itself.
    if (error.code === 'provider.conflict') return 'allowed'
    if (error.isRetryable) throw error
    return error
  }
}

type Probe = (api: SecretsApi, absent: string, signal: AbortSignal) => Promise<unknown>

const token = '00000000-0000-4000-8000-000000000000'

/** Each is refused for want of the secret, and so changes nothing. */
const probes = {
  DescribeSecret: (api, absent, signal) => api.describe(absent, signal),
  GetSecretValue: (api, absent, signal) => api.get(absent, { label: currentLabel }, signal),
  PutSecretValue: (api, absent, signal) =>
    api.put(absent, { token, value: new Secret('no secret'), labels: [fenceLabel] }, signal),
  UpdateSecretVersionStage: (api, absent, signal) => api.label(absent, fenceLabel, { from: token }, signal),
  TagResource: (api, absent, signal) => api.tag(absent, { 'secrets:v1:check': 'none' }, signal),
  UntagResource: (api, absent, signal) => api.untag(absent, ['secrets:v1:check'], signal),
  ListSecretVersionIds: (api, absent, signal) => api.history(absent, signal),
  DeleteSecret: (api, absent, signal) => api.remove(absent, 'recoverable', signal),
  RestoreSecret: (api, absent, signal) => api.restore(absent, signal),
  ListSecrets: async (api, absent, signal) => {
    for await (const _ of api.list(absent, signal)) break
  },
} as const satisfies Record<string, Probe>

type Operation = keyof typeof probes

const flip = ['DescribeSecret', 'UpdateSecretVersionStage', 'TagResource'] as const
const again = [...flip, 'GetSecretValue', 'PutSecretValue'] as const

const needs: Readonly<Record<DiagnosedStep, readonly Operation[]>> = {
  list: ['ListSecrets'],
  read: ['DescribeSecret', 'GetSecretValue'],
  set: ['DescribeSecret', 'PutSecretValue', 'UpdateSecretVersionStage', 'RestoreSecret'],
  stage: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue'],
  commit: flip,
  retire: [...flip, 'UntagResource'],
  rollback: again,
  abort: again,
  erase: [],
  delete: ['DescribeSecret', 'UpdateSecretVersionStage', 'UntagResource', 'DeleteSecret'],
}

async function* permissions(api: SecretsApi, absent: string, signal: AbortSignal): AsyncGenerator<Finding> {
  const denied = new Set<Operation>()
  for (const [operation, probe] of Object.entries(probes) as [Operation, Probe][]) {
    const outcome = await outcomeOf(signal, () => probe(api, absent, signal))
    if (outcome === 'denied') denied.add(operation)
    else if (outcome !== 'allowed') yield failureFinding('place', outcome, operation)
  }
  for (const step of diagnosedSteps) {
    const missing = needs[step].filter(operation => denied.has(operation)).map(one => `secretsmanager:${one}`)
    const repair = [
      `allow ${missing.join(', ')} on arn:aws:secretsmanager:*:*:secret:${prefixOf(absent)}*`,
      'the whole policy stands in docs/providers/aws.md',
    ]
    if (missing.length > 0 || !(step in untold)) yield permissionFinding(step, missing, repair)
    else yield { check: 'permission', severity: 'info', subject: step, message: untold[step] ?? '' }
  }
}

/** What only the deed itself would show. */
const untold: Partial<Record<DiagnosedStep, string>> = {
  set: 'may change secrets; secretsmanager:CreateSecret shows only when one is made',
  erase: 'the service erases whole secrets only (delete --purge), never one version',
}

function prefixOf(absent: string): string {
  return absent.slice(0, absent.lastIndexOf('SECRETS_CHECK_'))
}

/** Requests at the same time; the policy around the store knows one call only. */
const atOnce = 8
/** Labels and tags that a rotation may need at once, below the 20 and 50 of a secret. */
const labelsNeeded = 5
const tagsNeeded = 5

/** What the secrets themselves tell: who else rotates them, and what is in the way. */
async function* content(
  store: AwsStore,
  names: readonly SecretName[],
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const byObject = new Map(names.map(name => [store.objectOf(name), name]))
  const looks = await mapParallel([...byObject], atOnce, async ([object, name]) => {
    const found: { described?: Described | undefined } = {}
    const look = async (): Promise<unknown> => (found.described = await store.api.describe(object, signal))
    return { object, name, found, outcome: await outcomeOf(signal, look) }
  })
  let isRead = false
  let owned = 0
  for (const { object, name, found, outcome } of looks) {
    if (outcome === 'denied') yield deniedFinding(name, object)
    else if (outcome !== 'allowed') yield failureFinding('place', outcome, name)
    const { described } = found
    if (described === undefined) continue
    if (described.owner !== undefined) owned += 1
    yield* aboutSecret(name, described)
    if (isRead || described.isDeleted || !described.labels.has(currentLabel)) continue
    // One value, of which nothing is kept: the right to the KMS key shows in no other way.
    isRead = true
    const read = await outcomeOf(signal, () => store.api.get(object, { label: currentLabel }, signal))
    if (read === 'denied') yield deniedFinding(name, object, 'GetSecretValue, or kms:Decrypt on its key')
    else if (read !== 'allowed') yield failureFinding('place', read, name)
  }
  if (owned === 0) yield { check: 'rotator', severity: 'ok', message: 'no secret has managed rotation' }
}

function* aboutSecret(name: SecretName, { owner, isDeleted, labels, tags }: Described): Generator<Finding> {
  if (owner !== undefined) {
    yield {
      check: 'rotator',
      severity: 'error',
      subject: name,
      message: `"${name}" is rotated by ${owner}: every change here is refused`,
      repair: ['let that one rotate it, or switch it off: aws secretsmanager cancel-rotate-secret'],
    }
  }
  if (isDeleted) {
    yield {
      check: 'place',
      severity: 'warning',
      subject: name,
      message: `"${name}" waits for its deletion`,
      repair: ['restore it: aws secretsmanager restore-secret, or secrets set'],
    }
  }
  if (labels.size > 20 - labelsNeeded || tags.size > 50 - tagsNeeded) {
    yield {
      check: 'limits',
      severity: 'warning',
      subject: name,
      message: `"${name}" has ${String(labels.size)} of 20 labels and ${String(tags.size)} of 50 tags`,
      repair: ['take off those that nobody reads; a rotation needs some of its own'],
    }
  }
}

function deniedFinding(name: SecretName, object: string, what = 'DescribeSecret'): Finding {
  return {
    check: 'place',
    severity: 'error',
    subject: name,
    message: `"${object}" is there for others, or not at all: no right to ${what} [provider.denied]`,
    repair: ['the policy in docs/providers/aws.md, for the prefix and for each ref'],
  }
}
