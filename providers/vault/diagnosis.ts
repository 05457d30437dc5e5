import {
  attempt,
  clockFinding,
  diagnosedSteps,
  type DiagnosedStep,
  type DiagnosisQuestion,
  failureFinding,
  type Finding,
  permissionFinding,
  tlsFinding,
} from '../../src/core/diagnosis.ts'
import type { SecretName } from '../../src/core/provider.ts'
import type { VaultClient } from './client.ts'
import { readEntry, takenName } from '../../src/core/document/entry.ts'
import { failureOf, fieldOf } from './failures.ts'
import { nameOf } from './identity.ts'
import { stagingSegment } from './settings.ts'
import type { VaultStore } from './store.ts'
import type { Reply } from './transport.ts'

/**
 * Everything that a rotation needs of the server, in the order in which it would fail. What the token may do the server
 * tells by itself (`sys/capabilities-self`), so nothing is tried out.
 */
export async function* diagnose(
  client: VaultClient,
  store: VaultStore,
  { names, now }: DiagnosisQuestion,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const { reply, line } = await client.greet(signal)
  const greeting = greetingFinding(reply, client.settings.address.shown)
  yield greeting
  yield tlsFinding(line?.certificate, now())
  yield clockFinding(line?.date === undefined ? undefined : Date.parse(line.date), now())
  if (greeting.severity !== 'ok') return
  const who = await attempt(signal, () => nameOf(client, signal))
  if ('finding' in who) {
    yield who.finding
    return
  }
  yield { check: 'credentials', severity: 'ok', message: `signed in as ${who.found}` }
  const mount = await attempt(signal, () => client.proveMount(signal))
  const isMounted = 'found' in mount
  const engine = `${client.settings.mount} is a KV version 2 engine`
  yield isMounted ? { check: 'place', severity: 'ok', message: engine } : mount.finding
  yield* permissions(client, names, signal)
  if (isMounted) yield* content(store, names, signal)
}

function greetingFinding(reply: Reply, shown: string): Finding {
  const sealed = reply.status === 200 ? fieldOf(reply.json, 'sealed') : undefined
  if (sealed === false) return { check: 'reachable', severity: 'ok', message: `${shown} answers` }
  if (sealed !== true) return failureFinding('reachable', failureOf(reply, shown))
  return {
    check: 'reachable',
    severity: 'error',
    message: `the server at ${shown} is sealed`,
    repair: ['unseal it: vault operator unseal, bao operator unseal'],
  }
}

/** Of each list of capabilities one is enough: "patch" is preferred to "update", not needed. */
type Needs = readonly (readonly [path: string, choices: readonly (readonly string[])[]])[]

interface Paths {
  readonly data: string
  readonly destroy: string
  readonly staging: readonly string[]
  readonly sweep: readonly string[]
}

const change = [['patch', 'update']] as const
const make = [['create'], ['update']] as const

function needsOf({ data, destroy, staging, sweep }: Paths): Readonly<Record<DiagnosedStep, Needs>> {
  const all = (paths: readonly string[], choices: Needs[number][1]): Needs =>
    paths.map(path => [path, choices])
  const look: Needs = [[data, [['read']]], ...all(staging, [['read']])]
  const flip: Needs = [...look, [data, change]]
  const clean = all(sweep, [['update']])
  return {
    list: [[data, [['read']]]],
    read: look,
    set: [...flip, [data, [['create']]]],
    stage: [...look, ...all(staging, make)],
    commit: [...flip, ...clean],
    retire: flip,
    rollback: [...flip, ...clean],
    abort: [...flip, ...all(staging, make), ...clean],
    erase: [...flip, [destroy, [['update']]], ...clean],
    delete: [...flip, ...clean],
  }
}

/** OpenBao takes 1,000 strings a request. */
const pathsAtOnce = 400

async function* permissions(
  client: VaultClient,
  names: readonly SecretName[],
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const { mount, path } = client.settings
  const wanted = names.length === 0 ? ['NAME'] : names
  const beside = wanted.map(name => `${path}/${stagingSegment}/${name}`)
  const paths: Paths = {
    data: `${mount}/data/${path}`,
    destroy: `${mount}/destroy/${path}`,
    staging: beside.map(one => `${mount}/data/${one}`),
    sweep: beside.map(one => `${mount}/destroy/${one}`),
  }
  const all = [paths.data, paths.destroy, ...paths.staging, ...paths.sweep]
  const granted = await attempt(signal, () => capabilitiesOf(client, all, signal))
  const needs = needsOf(paths)
  for (const step of diagnosedSteps) {
    if ('finding' in granted) {
      yield {
        check: 'permission',
        severity: 'info',
        subject: step,
        message: 'the token may not ask what it may do',
        repair: ['allow "update" on sys/capabilities-self, as the policy "default" does'],
      }
    } else {
      const missing = missingOf(needs[step], granted.found)
      yield permissionFinding(step, summary([...missing.keys()]), [
        ...summary([...missing.values()]),
        'the whole policy stands in docs/providers/vault.md',
      ])
    }
  }
}

type Granted = ReadonlyMap<string, readonly unknown[]>

async function capabilitiesOf(
  client: VaultClient,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Granted> {
  const granted = new Map<string, readonly unknown[]>()
  for (let first = 0; first < paths.length; first += pathsAtOnce) {
    const some = paths.slice(first, first + pathsAtOnce)
    const shown = 'sys/capabilities-self'
    const request = { verb: 'write', path: shown, shown, json: { paths: some } } as const
    const { json } = await client.send(request, signal)
    for (const path of some) {
      const found = fieldOf(fieldOf(json, 'data'), path)
      granted.set(path, Array.isArray(found) ? found : [])
    }
  }
  return granted
}

/** What is missing, with the piece of policy that grants it. */
function missingOf(needs: Needs, granted: Granted): ReadonlyMap<string, string> {
  const missing = new Map<string, string>()
  for (const [path, choices] of needs) {
    const has = (capability: string): boolean => granted.get(path)?.includes(capability) === true
    if (has('root')) continue
    for (const choice of choices.filter(one => !one.some(has))) {
      const rule = `path "${path}" { capabilities = ["${choice[0] ?? ''}"] }`
      missing.set(`"${choice.join('" or "')}" on "${path}"`, rule)
    }
  }
  return missing
}

const shownAtMost = 4

function summary(lines: readonly string[]): readonly string[] {
  const rest = lines.length - shownAtMost
  return rest <= 0 ? lines : [...lines.slice(0, shownAtMost), `and ${String(rest)} more`]
}

/** What the document itself tells: when the server will delete it, and who else writes there. */
async function* content(
  store: VaultStore,
  names: readonly SecretName[],
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const read = await attempt(signal, () => store.readPage(signal))
  if ('finding' in read) {
    yield read.finding
    return
  }
  const { page, records } = read.found
  const { shown } = store.kv
  yield page.expires === undefined
    ? { check: 'limits', severity: 'ok', message: `${String(page.keys().length)} keys at ${shown}` }
    : {
        check: 'limits',
        severity: 'warning',
        message: `${shown} has delete_version_after: the server deletes these values on ${page.expires}`,
        repair: [`switch it off: vault kv metadata put -delete-version-after=0s ${shown}`],
      }
  yield { check: 'rotator', severity: 'ok', message: 'a KV engine rotates nothing by itself' }
  for (const name of names) {
    const entry = await attempt(signal, () => readEntry(page, records, name))
    if ('finding' in entry) yield { ...entry.finding, subject: name }
    const taken = 'finding' in entry || entry.found === undefined ? undefined : takenName(entry.found)
    if (taken === undefined) continue
    yield {
      check: 'place',
      severity: 'error',
      subject: taken,
      message: `"${taken}" holds something that this tool did not write: a rotation of "${name}" is refused`,
      repair: ['the old value would have to stand there: rename that key, or remove it when nothing uses it'],
    }
  }
}
