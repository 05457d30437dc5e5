import {
  attempt,
  clockFinding,
  diagnosedSteps,
  type DiagnosedStep,
  type DiagnosisQuestion,
  type Finding,
  permissionFinding,
  tlsFinding,
} from '../../src/core/diagnosis.ts'
import { formatInstant } from '../../src/core/instant.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type { GcpClient } from './client.ts'
import { readFacts } from './record.ts'
import type { SecretResource } from './resources.ts'
import { type Ids, isOurs } from './scene.ts'
import type { GcpStore } from './store.ts'

/**
 * Everything that a rotation needs of the service, in the order in which it would fail. What the identity may do with a
 * secret the service tells by itself (`testIamPermissions`); whether it may make one is nowhere told, so nothing is
 * tried out and the finding says so.
 */
export async function* diagnose(
  client: GcpClient,
  store: GcpStore,
  { names, now }: DiagnosisQuestion,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const { parent } = store.api
  const listed = await attempt(signal, () => listAll(store, signal))
  const line = client.line()
  if (line !== undefined) {
    yield { check: 'reachable', severity: 'ok', message: `the service answers for ${parent}` }
    yield tlsFinding(line.certificate, now())
    yield clockFinding(line.date === undefined ? undefined : Date.parse(line.date), now())
  }
  if ('finding' in listed && listed.finding.check === 'credentials') {
    yield listed.finding
    return
  }
  const who = await attempt(signal, () => client.identity(signal))
  if ('finding' in who) {
    yield who.finding
    return
  }
  yield { check: 'credentials', severity: 'ok', message: `signed in as ${who.found}` }
  const found = 'found' in listed ? listed.found : undefined
  if (found === undefined && 'finding' in listed) yield { ...listed.finding, check: 'place' }
  else yield { check: 'place', severity: 'ok', message: `${parent} is there` }
  const asked = names.slice(0, askedAtMost).map(name => store.idsFor(name))
  const grant = `gcloud projects add-iam-policy-binding ${client.settings.project} --member=serviceAccount:${who.found} --role=projects/${client.settings.project}/roles/secretsRotation`
  yield* permissions(store, asked, found, grant, signal)
  if (found !== undefined) yield* content(store, names, found)
}

/** Each is a request or three; what holds for so many holds for the others, where rights are given to the project. */
const askedAtMost = 20

type Found = ReadonlyMap<string, SecretResource>

async function listAll({ api }: GcpStore, signal: AbortSignal): Promise<Found> {
  const found = new Map<string, SecretResource>()
  for await (const secret of api.listSecrets(signal)) found.set(secret.id, secret)
  return found
}

interface Needs {
  readonly current?: readonly string[]
  readonly previous?: readonly string[]
  readonly pending?: readonly string[]
  /** Which of the three this step makes, where it is missing. */
  readonly makes?: keyof Ids
}

const look = ['secrets.get', 'versions.get', 'versions.access'] as const
const needs: Readonly<Record<Exclude<DiagnosedStep, 'list'>, Needs>> = {
  read: { current: look },
  set: { current: [...look, 'versions.add', 'secrets.update'], makes: 'current' },
  stage: { current: [...look, 'secrets.update'], pending: ['versions.add'], makes: 'pending' },
  commit: {
    current: [...look, 'versions.add', 'secrets.update'],
    previous: [...look, 'versions.add'],
    pending: ['versions.access'],
    makes: 'previous',
  },
  retire: {
    current: [...look, 'secrets.update', 'versions.disable'],
    previous: [...look, 'versions.add', 'versions.disable'],
    pending: ['versions.destroy'],
  },
  rollback: { current: [...look, 'versions.add', 'secrets.update'], previous: ['versions.add'] },
  abort: { current: [...look, 'secrets.update'], pending: ['versions.destroy'] },
  erase: {
    current: [...look, 'secrets.update', 'versions.destroy'],
    previous: ['versions.destroy'],
  },
  delete: { current: ['secrets.delete'], previous: ['secrets.delete'], pending: ['secrets.delete'] },
}

const slots = ['current', 'previous', 'pending'] as const

/** By alias all three are versions of NAME itself. */
function needsOf(step: Exclude<DiagnosedStep, 'list'>, mode: GcpStore['mode']): Needs {
  const needed = needs[step]
  if (mode === 'latest') return needed
  const all = slots.flatMap(slot => needed[slot] ?? [])
  return { current: [...new Set(all)], ...(needed.makes === 'current' ? { makes: 'current' } : {}) }
}

async function* permissions(
  store: GcpStore,
  asked: readonly Ids[],
  found: Found | undefined,
  grant: string,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const ids = asked.flatMap(one => (store.mode === 'alias' ? [one.current] : slots.map(slot => one[slot])))
  const granted = await attempt(signal, () => grantedOn(store, ids, found, signal))
  const repair = [grant, 'the role stands in docs/providers/gcp.md']
  for (const step of diagnosedSteps) {
    if (step === 'list') {
      const missing = found === undefined ? ['"secretmanager.secrets.list" on the project'] : []
      yield permissionFinding(step, missing, repair)
    } else if ('finding' in granted || granted.found.size === 0) {
      const why =
        'finding' in granted
          ? 'the service does not tell what the identity may do'
          : 'none of the secrets is there yet: the service tells rights on secrets only'
      yield { check: 'permission', severity: 'info', subject: step, message: why }
    } else yield stepFinding(step, needsOf(step, store.mode), asked, granted.found, repair)
  }
}

function stepFinding(
  step: DiagnosedStep,
  needed: Needs,
  asked: readonly Ids[],
  granted: Granted,
  repair: readonly string[],
): Finding {
  const missing = asked.flatMap(ids =>
    slots.flatMap(slot => {
      const has = granted.get(ids[slot])
      if (has === undefined) return []
      const lacking = (needed[slot] ?? []).filter(one => !has.has(`secretmanager.${one}`))
      return lacking.map(one => `"secretmanager.${one}" on "${ids[slot]}"`)
    }),
  )
  const { makes } = needed
  const unmade = makes && asked.find(ids => !granted.has(ids[makes]))?.[makes]
  if (missing.length > 0 || unmade === undefined) return permissionFinding(step, summary(missing), repair)
  return {
    check: 'permission',
    severity: 'info',
    subject: step,
    message: `whether "${unmade}" may be made, nothing tells before it is done ("secretmanager.secrets.create" on the project)`,
  }
}

const shownAtMost = 4

function summary(lines: readonly string[]): readonly string[] {
  const rest = lines.length - shownAtMost
  return rest <= 0 ? lines : [...lines.slice(0, shownAtMost), `and ${String(rest)} more`]
}

type Granted = ReadonlyMap<string, ReadonlySet<string>>

/** Of the secrets that are there. Where they could not be listed, one on which nothing is granted may not be there. */
async function grantedOn(
  { api }: GcpStore,
  ids: readonly string[],
  found: Found | undefined,
  signal: AbortSignal,
): Promise<Granted> {
  const all = slots.flatMap(slot => Object.values(needs).flatMap(one => one[slot] ?? []))
  const wanted = [...new Set(all)].map(one => `secretmanager.${one}`)
  const granted = new Map<string, ReadonlySet<string>>()
  for (const id of ids) {
    if (found?.has(id) === false) continue
    const has = await api.testPermissions(id, wanted, signal)
    if (found !== undefined || has.length > 0) granted.set(id, new Set(has))
  }
  return granted
}

/** What the secrets themselves tell: which of them Google deletes or rotates, and where somebody else's stands. */
async function* content(
  store: GcpStore,
  names: readonly SecretName[],
  found: Found,
): AsyncGenerator<Finding> {
  await Promise.resolve()
  const count = [...found.keys()].filter(id => store.places.nameAt({ object: id }) !== undefined).length
  yield {
    check: 'limits',
    severity: 'ok',
    message: `${String(count)} secrets with this prefix; values up to 64 KiB, 600 writes a minute for the whole project`,
  }
  yield { check: 'rotator', severity: 'ok', message: "looked for Google's managed rotation" }
  for (const name of names) {
    const ids = store.idsFor(name)
    const current = found.get(ids.current)
    if (current === undefined) continue
    if (current.isManaged) {
      yield {
        check: 'rotator',
        severity: 'error',
        subject: name,
        message: `"${ids.current}" is rotated by Secret Manager itself: a rotation here is refused`,
        repair: ['leave it to that, or turn managed rotation off first'],
      }
    }
    if (current.expires !== undefined) {
      yield {
        check: 'limits',
        severity: 'warning',
        subject: name,
        message: `"${ids.current}" expires: Google deletes it on ${formatInstant(current.expires)}`,
        repair: [`switch it off: gcloud secrets update ${ids.current} --remove-expiration`],
      }
    }
    const taken = takenBeside(store, current, found.get(ids.previous))
    if ('finding' in taken) yield { ...taken.finding, subject: ids.previous }
  }
}

function takenBeside(
  { mode }: GcpStore,
  current: SecretResource,
  previous: SecretResource | undefined,
): { readonly finding: Finding } | { readonly is: 'free' } {
  if (mode === 'alias' || previous === undefined || isOurs(previous)) return { is: 'free' }
  if (readFacts(current).old !== undefined) return { is: 'free' }
  return {
    finding: {
      check: 'place',
      severity: 'error',
      message: `"${previous.id}" holds something that this tool did not write: a rotation of "${current.id}" is refused`,
      repair: ['the old value would have to stand there: rename it, or remove it when nothing uses it'],
    },
  }
}
