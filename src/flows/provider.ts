import type { Context, TargetConfig } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { explainGuarantees } from '../core/rotation/guarantee-text.ts'
import type { Guarantees } from '../core/rotation/port.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { connectTarget, resolveTargets } from './targets.ts'

export interface ListedProvider {
  readonly id: string
  /** `null`: the manifest names somebody else's adapter. */
  readonly title: string | null
  readonly kind: 'embedded' | 'remote' | 'third-party'
  readonly configured: boolean
  /** Where it is used, in the order of the manifest; without a manifest by the files that were found. */
  readonly environments: readonly string[]
}

/** What there is, and what of it this project uses. Contacts nothing. */
export async function listProviders(context: Context): Promise<readonly ListedProvider[]> {
  const manifest = await loadManifest(context)
  const used = new Map<string, Set<string>>()
  for (const { provider, environment } of await resolveTargets(context, manifest)) {
    used.set(provider, (used.get(provider) ?? new Set()).add(environment))
  }
  const entryOf = (id: string): Pick<ListedProvider, 'id' | 'configured' | 'environments'> => ({
    ...{ id, configured: used.has(id) },
    environments: [...(used.get(id) ?? [])],
  })
  const ours = Object.entries(context.providers).map(([id, { title, kind }]) => ({
    ...{ title, kind },
    ...entryOf(id),
  }))
  const others = [...used.keys()].filter(id => !Object.hasOwn(context.providers, id))
  return [...ours, ...others.map(id => ({ title: null, kind: 'third-party' as const, ...entryOf(id) }))]
}

export interface CheckedTarget {
  readonly target: string
  readonly environment: string
  readonly provider: string
  /** The store answered, and knows us as `who`. */
  readonly reachable: boolean
  readonly who?: string
  readonly where?: string
  /** `null`: the store cannot rotate. */
  readonly guarantees?: Guarantees | null
  readonly meaning?: Readonly<Record<keyof Guarantees, string>>
  readonly error?: { readonly code: string; readonly message: string }
}

export interface ProviderCheck {
  readonly checks: readonly CheckedTarget[]
  /** The first failure; the other stores were asked all the same. */
  readonly error?: SecretsError
}

/** Asks every store of the chosen environments who we are there, reading no value. */
export async function checkProviders(context: Context): Promise<ProviderCheck> {
  const manifest = await loadManifest(context)
  const targets = await resolveTargets(context, manifest)
  if (targets.length === 0) {
    throw new SecretsError('env_file.missing', 'there is no store here that could be checked', {
      hints: ['make a file: secrets init', 'or declare an environment in secrets.yaml'],
    })
  }
  const checks: CheckedTarget[] = []
  let first: SecretsError | undefined
  for (const config of targets) {
    const { id, environment, provider } = config
    const place = { target: id, environment, provider }
    try {
      checks.push({ ...place, ...(await checkTarget(context, manifest, config)) })
    } catch (error) {
      if (!(error instanceof SecretsError) || context.signal.aborted) throw error
      first ??= error
      checks.push({ ...place, reachable: false, error: { code: error.code, message: error.message } })
    }
  }
  return first === undefined ? { checks } : { checks, error: first }
}

async function checkTarget(
  context: Context,
  manifest: LoadedManifest | undefined,
  config: TargetConfig,
): Promise<Omit<CheckedTarget, 'target' | 'environment' | 'provider'>> {
  const provider = await connectTarget(context, manifest, config)
  try {
    const { who, where } = await provider.check(context.signal)
    const guarantees = provider.rotation?.guarantees
    if (guarantees === undefined) return { reachable: true, who, where, guarantees: null }
    return { reachable: true, who, where, guarantees, meaning: explainGuarantees(guarantees) }
  } finally {
    await provider.close()
  }
}
