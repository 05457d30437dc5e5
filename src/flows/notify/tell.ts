import { dirname, join } from 'node:path'
import type { Context } from '../../context.ts'
import { isSecretsError } from '../../core/errors.ts'
import { formatInstant } from '../../core/instant.ts'
import type { NotifyTarget } from '../../core/manifest/operate.ts'
import { eventKey, type NotifyEvent, type NotifyOrigin } from '../../core/notify/event.ts'
import { receivers } from '../../core/notify/index.ts'
import type { Message } from '../../core/notify/receiver.ts'
import { Secret } from '../../core/secret.ts'
import { sha256 } from '../../core/trust/digest.ts'
import { userDirectory } from '../audit/key.ts'
import type { LoadedManifest } from '../manifest.ts'

/** Finds the value of a variable in a store; `undefined` where none has it. */
export type Lookup = (name: string) => Promise<Secret | undefined>

/** For how long the same thing is not told again. */
const quietFor = 86_400_000
/** A run over a thousand secrets that all fail is one event too many for anybody. */
const most = 50

/**
 * Tells everybody whom the manifest names. Whatever happens here changes nothing of the command: a receiver that is
 * dead, refuses or is not trusted is a line on stderr.
 */
export async function tell(
  context: Context,
  manifest: LoadedManifest | undefined,
  events: readonly NotifyEvent[],
  lookup: Lookup,
): Promise<void> {
  const targets = manifest?.notify ?? []
  if (manifest === undefined || targets.length === 0 || events.length === 0) return
  try {
    const { requireTrust } = await import('../trust/require.ts')
    await requireTrust(context, manifest)
    const origin = originOf(context, manifest)
    const fresh = await withoutTold(context, manifest, origin, events)
    if (fresh.length === 0) return
    const told = fresh.slice(0, most)
    const ends = await Promise.all(targets.map(target => tellOne(context, target, told, origin, lookup)))
    targets.forEach(({ kind, name }, index) => {
      const why = ends[index]
      if (why !== undefined) context.terminal.note(`warning: ${kind} (${name}) was not told: ${why}`)
    })
    if (ends.includes(undefined)) await remember(context, manifest, origin, told)
  } catch (error) {
    if (!isSecretsError(error)) throw error
    context.terminal.note(`warning: nobody was told: ${error.message}`)
  }
}

function originOf(context: Context, { project, path }: LoadedManifest): NotifyOrigin {
  const { user, host } = context.journal.who()
  return { project: project ?? path, at: formatInstant(context.clock.now()), user, host }
}

/** Why not everything has arrived; `undefined` when it has. */
async function tellOne(
  context: Context,
  { kind, name, key }: NotifyTarget,
  events: readonly NotifyEvent[],
  origin: NotifyOrigin,
  lookup: Lookup,
): Promise<string | undefined> {
  const [value, signer] = await Promise.all([
    valueOf(context, name, lookup),
    key === undefined ? undefined : valueOf(context, key, lookup),
  ])
  if (value === undefined) return 'the variable is neither in the environment nor in the store'
  if (key !== undefined && signer === undefined) return `there is no key to sign with in ${key}`
  const settings = { value, origin, env: context.env, ...(signer === undefined ? {} : { key: signer }) }
  return await post(context, receivers[kind].messages(events, settings))
}

/** One after the other; a receiver that is dead is not waited for again. */
async function post({ outbox }: Context, messages: readonly Message[]): Promise<string | undefined> {
  for (const message of messages) {
    const end = await outbox.post(message)
    if (!end.isDelivered) return end.why
  }
  return undefined
}

async function valueOf({ env }: Context, name: string, lookup: Lookup): Promise<Secret | undefined> {
  const own = env[name]
  if (own !== undefined && own !== '') return new Secret(own)
  try {
    return await lookup(name)
  } catch (error) {
    if (isSecretsError(error)) return undefined
    throw error
  }
}

type Told = Readonly<Record<string, number>>

async function withoutTold(
  context: Context,
  manifest: LoadedManifest,
  origin: NotifyOrigin,
  events: readonly NotifyEvent[],
): Promise<readonly NotifyEvent[]> {
  const told = await readTold(context, toldPath(context, manifest))
  const now = context.clock.now()
  const seen = new Set<string>()
  return events.filter(event => {
    const key = eventKey(origin, event)
    const isNew = !seen.has(key) && !(now - (told[key] ?? 0) < quietFor)
    seen.add(key)
    return isNew
  })
}

async function remember(
  context: Context,
  manifest: LoadedManifest,
  origin: NotifyOrigin,
  events: readonly NotifyEvent[],
): Promise<void> {
  const path = toldPath(context, manifest)
  const now = context.clock.now()
  await context.files.makeDirectory(dirname(path), 0o700)
  await context.files.withLock(path, context.signal, async () => {
    const content = await context.files.read(path)
    const recent = Object.entries(await readTold(context, path)).filter(([, at]) => now - at < quietFor)
    const all = Object.fromEntries([
      ...recent,
      ...events.map(event => [eventKey(origin, event), now] as const),
    ])
    const bytes = Buffer.from(`${JSON.stringify(all)}\n`)
    await context.files.replace(path, bytes, { mode: 0o600, base: content?.version ?? 'absent' })
  })
}

/** A file that cannot be read says that nobody was told anything: then they are told again. */
async function readTold({ files }: Context, path: string): Promise<Told> {
  const content = await files.read(path)
  if (content === undefined) return {}
  try {
    const parsed = JSON.parse(Buffer.from(content.bytes).toString('utf8')) as unknown
    if (typeof parsed !== 'object' || parsed === null) return {}
    return Object.fromEntries(Object.entries(parsed).filter(([, at]) => typeof at === 'number'))
  } catch {
    return {}
  }
}

function toldPath(context: Context, { source }: LoadedManifest): string {
  const name = sha256(Buffer.from(source.path)).slice(0, 32)
  return join(userDirectory(context), 'notify', `${name}.json`)
}
