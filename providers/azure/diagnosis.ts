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
import type { SecretName } from '../../src/core/provider.ts'
import type { VaultClient, VersionFacts } from './client.ts'
import { failureOf, Refusal } from './failures.ts'
import { mostTags, ownTags } from './limits.ts'
import type { AzureStore } from './store.ts'
import { isCompanion, rotatorIn } from './tags.ts'

/**
 * Everything that a rotation needs of the vault, in the order in which it would fail. The service has no question for
 * what an identity may do; but it looks at the rights before it looks for the secret. So each operation is asked of a
 * secret that is not there, under a name that nobody could have chosen: "not found" means allowed.
 */
export async function* diagnose(
  store: AzureStore,
  { names, now }: DiagnosisQuestion,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const { client } = store
  const absent = `${client.settings.prefix}SECRETS-CHECK-${store.newVersion()}`
  const greeting = await outcomeOf(signal, absent, () => client.get(absent, undefined, signal))
  const { origin } = client.settings.vault
  const { line } = client
  if (line === undefined || (typeof greeting !== 'string' && greeting.code !== 'provider.auth')) {
    // Without an answer of the vault it was the issuer who refused, or nobody who could be reached.
    if (typeof greeting !== 'string')
      yield failureFinding(greeting.code === 'provider.auth' ? 'credentials' : 'reachable', greeting)
    return
  }
  yield { check: 'reachable', severity: 'ok', message: `${origin} answers` }
  yield tlsFinding(line.certificate, now())
  yield clockFinding(line.date === undefined ? undefined : Date.parse(line.date), now())
  if (typeof greeting !== 'string') {
    yield failureFinding('credentials', greeting)
    return
  }
  yield { check: 'credentials', severity: 'ok', message: `signed in as ${await client.who()}` }
  const denied = new Set<Right>()
  yield* permissions(client, absent, denied, signal)
  if (!denied.has('list')) yield* content(store, names, signal)
}

type Outcome = 'allowed' | 'denied' | SecretsError

/** What the policy around a store repeats, and an abort, is thrown and stops all the rest. */
async function outcomeOf(signal: AbortSignal, shown: string, work: () => Promise<unknown>): Promise<Outcome> {
  try {
    await work()
    return 'allowed'
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.saysAbsent) return 'allowed'
    const error = thrown instanceof Refusal ? failureOf(thrown, shown) : thrown
    if (signal.aborted || !isSecretsError(error)) throw error
    if (error.code === 'provider.denied') return 'denied'
    if (error.isRetryable) throw error
    return error
  }
}

type Probe = (client: VaultClient, absent: string, signal: AbortSignal) => Promise<unknown>

const version = '0'.repeat(32)

/** By the words of access policies. Each finds nothing that it could change. */
const probes = {
  get: (client, absent, signal) => client.get(absent, version, signal),
  list: (client, absent, signal) => client.versions(absent, signal),
  set: (client, absent, signal) => client.update(absent, version, { enabled: true }, signal),
  delete: (client, absent, signal) => client.remove(absent, signal),
  recover: (client, absent, signal) => client.recover(absent, signal),
} as const satisfies Record<string, Probe>

type Right = keyof typeof probes

const writing = ['get', 'list', 'set'] as const

const needs: Readonly<Record<DiagnosedStep, readonly Right[]>> = {
  list: ['list'],
  read: ['get'],
  set: [...writing, 'recover'],
  stage: writing,
  commit: writing,
  retire: writing,
  rollback: writing,
  abort: writing,
  erase: [],
  delete: ['get', 'list', 'delete'],
}

async function* permissions(
  client: VaultClient,
  absent: string,
  denied: Set<Right>,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  for (const [right, probe] of Object.entries(probes) as [Right, Probe][]) {
    const outcome = await outcomeOf(signal, absent, () => probe(client, absent, signal))
    if (outcome === 'denied') denied.add(right)
    else if (outcome !== 'allowed') yield failureFinding('place', outcome, right)
  }
  for (const step of diagnosedSteps) {
    const missing = needs[step].filter(right => denied.has(right))
    const repair = [
      `on the vault the role "Key Vault Secrets Officer", or in its access policy: ${missing.join(', ')}`,
      'a new assignment takes minutes; all of it stands in docs/providers/azure.md',
    ]
    const told = permissionFinding(step, missing, repair)
    yield missing.length > 0 || untold(step) === undefined
      ? told
      : { check: 'permission', severity: 'info', subject: step, message: untold(step) ?? '' }
  }
}

/** What only the deed itself would show. */
function untold(step: DiagnosedStep): string | undefined {
  if (step === 'erase') return 'the service cannot erase one version; old ones are disabled'
  if (!needs[step].some(right => right === 'set')) return undefined
  return `may ${step}, unless a role of your own leaves out setSecret: that shows only when a version is written`
}

/** What the secrets themselves tell: who else rotates them, and what is in the way. Of lists only, never a value. */
async function* content(
  store: AzureStore,
  names: readonly SecretName[],
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const fold = (object: string): string => object.toLowerCase()
  const found = new Map<string, VersionFacts>()
  for await (const facts of store.client.list(signal)) found.set(fold(facts.object), facts)
  let owned = 0
  const seen = new Set<string>()
  for (const name of names) {
    const { current, previous, field } = store.names.objectsOf(name)
    const facts = found.get(fold(current))
    if (facts === undefined || seen.has(fold(current))) continue
    seen.add(fold(current))
    const owner = facts.isManaged ? 'a certificate of the vault' : rotatorIn(facts.tags)
    if (owner !== undefined) owned += 1
    yield* aboutSecret(name, facts, owner)
    const old = found.get(fold(previous))
    if (field === undefined && old !== undefined && !isCompanion(old.tags)) yield takenFinding(name, previous)
  }
  if (owned === 0) yield { check: 'rotator', severity: 'ok', message: 'no secret has another rotator' }
}

function* aboutSecret(
  name: SecretName,
  { object, isEnabled, tags }: VersionFacts,
  owner: string | undefined,
): Generator<Finding> {
  const at = { subject: name } as const
  if (owner !== undefined) {
    yield {
      ...at,
      check: 'rotator',
      severity: 'error',
      message: `"${name}" is rotated by ${owner}: a rotation here is refused`,
      repair: ['let that one rotate it, or switch it off there first'],
    }
  }
  if (!isEnabled) {
    yield {
      ...at,
      check: 'place',
      severity: 'error',
      message: `the newest version of "${object}" is disabled: nobody can read it`,
      repair: [`az keyvault secret set-attributes --vault-name … --name ${object} --enabled true`],
    }
  }
  const foreign = Object.keys(tags).filter(key => !key.startsWith('secrets:v1:')).length
  if (foreign > mostTags - ownTags) {
    yield {
      ...at,
      check: 'limits',
      severity: 'warning',
      message: `"${object}" has ${String(foreign)} tags of others; of 15 a rotation needs ${String(ownTags)}`,
      repair: ['take off those that nobody reads'],
    }
  }
}

function takenFinding(name: SecretName, previous: string): Finding {
  return {
    check: 'place',
    severity: 'warning',
    subject: `${name} (previous)`,
    message: `"${previous}" holds something that this tool did not write`,
    repair: ['the old value would have to stand there: rename or remove it before the first rotation'],
  }
}
