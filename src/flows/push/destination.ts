import type { Context, TargetConfig } from '../../context.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { mapParallel } from '../../core/parallel.ts'
import type { Provider } from '../../core/provider.ts'
import { type Candidate, comparisonOf, refusalOf } from '../../core/push/plan.ts'
import type { Secret } from '../../core/secret.ts'
import { isEmbedded } from '../targets.ts'

/** `left`: not tried, because another one failed. */
export type PushAction = 'create' | 'created' | 'equal' | 'differs' | 'refused' | 'failed' | 'left'

export interface PushEntry {
  readonly name: string
  readonly target: string
  readonly environment: string
  readonly action: PushAction
  readonly reason?: string
}

export interface Destination {
  readonly config: TargetConfig
  readonly provider: Provider
}

interface Planned {
  readonly candidate: Candidate
  readonly entry: PushEntry
}

/** What would become of each variable in one store: nothing is written. */
export async function planFor(
  context: Context,
  { config, provider }: Destination,
  candidates: readonly Candidate[],
): Promise<readonly Planned[]> {
  return await mapParallel(candidates, atOnce(context, config), async candidate => {
    const { name, value } = candidate
    const base = { name, target: config.id, environment: config.environment }
    const refused = refusalOf(candidate, provider.limits)
    if (refused !== undefined) return { candidate, entry: { ...base, action: 'refused', reason: refused } }
    try {
      const found = await provider.read(name, 'current', context.signal)
      return { candidate, entry: { ...base, action: comparisonOf(value, found?.value) } }
    } catch (error) {
      if (!isSecretsError(error, 'provider.bad_name')) throw error
      return { candidate, entry: { ...base, action: 'refused', reason: error.message } }
    }
  })
}

export interface Applied {
  readonly entries: readonly PushEntry[]
  readonly errors: readonly SecretsError[]
}

/**
 * Creates what the plan says, each only if nothing is there at that very moment, and reads it back. After the first
 * failure nothing more is begun: the next run goes on there.
 */
export async function applyTo(
  context: Context,
  destination: Destination,
  plan: readonly Planned[],
): Promise<Applied> {
  const errors: SecretsError[] = []
  const entries = await mapParallel(
    plan,
    atOnce(context, destination.config),
    async ({ candidate, entry }) => {
      if (entry.action !== 'create') return entry
      if (errors.length > 0) return { ...entry, action: 'left' as const }
      try {
        return { ...entry, action: await create(context, destination, candidate) }
      } catch (error) {
        if (!isSecretsError(error)) throw error
        errors.push(error)
        return { ...entry, action: 'failed' as const, reason: `${error.code}: ${error.message}` }
      }
    },
  )
  return { entries, errors }
}

/** Nobody knows whether a write without an answer has happened: what is there afterwards tells. */
async function create(
  context: Context,
  { provider }: Destination,
  { name, value }: Candidate,
): Promise<'created' | 'equal' | 'differs'> {
  const { signal } = context
  const wrote = await writeAbsent(context, provider, name, value)
  const found = await provider.read(name, 'current', signal).catch((error: unknown) => {
    throw wrote instanceof SecretsError ? wrote : error
  })
  const isEqual = found !== undefined && comparisonOf(value, found.value) === 'equal'
  if (wrote === 'there') return isEqual ? 'equal' : 'differs'
  if (isEqual) return 'created'
  if (wrote instanceof SecretsError) throw wrote
  throw new SecretsError(
    'provider.conflict',
    `"${name}" was written and does not read back as it was written`,
    { hints: ['somebody else writes it too, or the store is slow: run it again to see what is there'] },
  )
}

/**
 * `there`: something is there by now, and stays. Only a store with a compare-and-set can promise that to the instant. An
 * error: what became of the write has to be looked at.
 */
async function writeAbsent(
  { clock, signal }: Context,
  provider: Provider,
  name: string,
  value: Secret,
): Promise<'written' | 'there' | SecretsError> {
  const options = { at: clock.now() }
  try {
    if (provider.writeIf !== undefined) await provider.writeIf(name, value, 'absent', options, signal)
    else if ((await provider.read(name, 'current', signal)) !== undefined) return 'there'
    else await provider.write(name, value, options, signal)
    return 'written'
  } catch (error) {
    if (provider.writeIf !== undefined && isSecretsError(error, 'provider.conflict')) return 'there'
    if (!isSecretsError(error) || signal.aborted) throw error
    return error
  }
}

/** A file has one writer at a time anyway. */
function atOnce(context: Context, { provider }: TargetConfig): number {
  return isEmbedded(context, provider) ? 1 : 8
}
