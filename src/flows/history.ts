import type { Context } from '../context.ts'
import { canonicalName } from '../core/environment.ts'
import { formatInstant, type Instant } from '../core/instant.ts'
import type { VersionInfo } from '../core/provider.ts'
import type { Observation, PreviousStatus } from '../core/rotation/port.ts'
import { stateOf, stateWord, type StateWord } from '../core/rotation/state.ts'
import { type SecretFacts, withInventory } from './inventory.ts'
import { rotationOf } from './rotation/engine.ts'
import { secretsNamed } from './rotation/select.ts'

interface Place {
  readonly environment: string
  readonly target: string
}

export interface ListedVersion extends Place {
  readonly version: string
  /** RFC 3339; `null` where nobody knows. */
  readonly created: string | null
  /** `earlier`: nobody is given it any more. */
  readonly role: 'current' | 'previous' | 'pending' | 'earlier'
}

export interface ListedRotation extends Place {
  readonly state: StateWord
  /** What the store remembers of the last change by this tool; `null`: nothing. A rotation has had a previous value. */
  readonly last: {
    readonly version: string
    readonly at: string | null
    readonly mode: 'scheduled' | 'emergency'
    readonly previous: { readonly version: string; readonly status: PreviousStatus } | null
    readonly deadline: string | null
    readonly verifiedAt: string | null
  } | null
  /** Whether the store keeps earlier versions; else only what its facts name is listed. */
  readonly keepsVersions: boolean
}

/** What the audit log adds to the stores' own facts: who changed it, by which command, and why. */
export interface ListedChange extends Place {
  readonly at: string
  readonly event: string
  readonly result: string
  readonly user: string
  readonly host: string
  readonly action: string
  readonly reason: string | null
}

export interface History {
  readonly secret: { readonly name: string }
  /** In each target newest first. */
  readonly versions: readonly ListedVersion[]
  /** One for each target that holds the name. */
  readonly rotations: readonly ListedRotation[]
  /** Oldest first; absent where no audit log is kept in a file. */
  readonly changes?: readonly ListedChange[]
}

/** Versions and rotation of one name wherever it stands, from the stores' own facts; never a value. */
export async function gatherHistory(context: Context, word: string): Promise<History> {
  return await withInventory(context, async inventory => {
    const holders = await secretsNamed(context, inventory, [word])
    const versions: ListedVersion[] = []
    const rotations: ListedRotation[] = []
    for (const facts of holders) {
      const found = await historyOf(context, facts)
      versions.push(...found.versions)
      rotations.push(found.rotation)
    }
    const name = holders[0]?.name ?? word
    if (inventory.manifest?.audit?.sink !== 'file') return { secret: { name }, versions, rotations }
    return { secret: { name }, versions, rotations, changes: await changesOf(context, name) }
  })
}

/** Reads are left out: `audit show` has them. */
async function changesOf(context: Context, name: string): Promise<readonly ListedChange[]> {
  const { eventsOf, readAudit } = await import('./audit/read.ts')
  const { env } = context.options
  const environment = env === undefined || env === 'all' ? {} : { environment: canonicalName(env) }
  const entries = eventsOf(await readAudit(context, { name, ...environment }))
  return entries
    .filter(({ event_type }) => event_type !== 'secret.read')
    .map(({ timestamp, event_type, result, user, host, action, environment: where, target, details }) => ({
      ...{ environment: where, target, at: timestamp, event: event_type },
      ...{ result, user, host, action },
      reason: typeof details?.['reason'] === 'string' ? details['reason'] : null,
    }))
}

async function historyOf(
  { signal, clock }: Context,
  { name, target, since }: SecretFacts,
): Promise<{ readonly versions: readonly ListedVersion[]; readonly rotation: ListedRotation }> {
  const { provider, config } = target
  const place = { environment: config.environment, target: config.id }
  const observed = await rotationOf(provider, config.id).observe(name, signal)
  const kept: VersionInfo[] = []
  for await (const version of provider.versions?.(name, signal) ?? []) kept.push(version)
  return {
    versions: merged(observed, kept, since).map(version => ({ ...place, ...version })),
    rotation: {
      ...place,
      state: stateWord(stateOf(observed), clock.now()),
      last: lastOf(observed),
      keepsVersions: provider.versions !== undefined,
    },
  }
}

/** What the store lists, and what only the facts of the rotation name, in its place. */
function merged(
  { current, pending, rotation }: Observation,
  kept: readonly VersionInfo[],
  since: Instant | undefined,
): readonly Omit<ListedVersion, keyof Place>[] {
  const roles = new Map<string, ListedVersion['role']>()
  const accepted = rotation?.previous?.status === 'accepted' ? rotation.previous.version : undefined
  // The last one given wins: the version that is current is never called by another name.
  if (pending !== undefined) roles.set(pending.version, 'pending')
  if (accepted !== undefined) roles.set(accepted, 'previous')
  if (current !== undefined) roles.set(current.version, 'current')
  const known = new Map(kept.map(({ version, created }) => [version, created]))
  const isListed = new Set(known.keys())
  const named = [pending?.version, current?.version, accepted].filter(version => version !== undefined)
  const order = [...new Set([...named.filter(one => !isListed.has(one)), ...known.keys()])]
  return order.map(version => {
    const isCurrent = version === current?.version
    const created = known.get(version) ?? (isCurrent ? (current.since ?? since) : undefined)
    return {
      version,
      created: created === undefined ? null : formatInstant(created),
      role: roles.get(version) ?? 'earlier',
    }
  })
}

function lastOf({ rotation }: Observation): ListedRotation['last'] {
  if (rotation === undefined) return null
  const { version, at, mode, previous, deadline, verifiedAt } = rotation
  const text = (instant: Instant | undefined): string | null =>
    instant === undefined ? null : formatInstant(instant)
  return {
    version,
    at: text(at),
    mode,
    previous: previous ?? null,
    deadline: text(deadline),
    verifiedAt: text(verifiedAt),
  }
}
