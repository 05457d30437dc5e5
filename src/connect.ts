import { type ProviderEntry, providers } from '../providers/index.ts'
import type { Adapter } from './connect/foreign.ts'
import type { Guard } from './connect/guard.ts'
import type { Context, ProviderDeps, ProviderInfo, TargetConfig } from './context.ts'
import { SecretsError } from './core/errors.ts'
import type { Provider } from './core/provider.ts'

export interface ConnectDeps extends Omit<ProviderDeps, 'root' | 'signal' | 'timers'> {
  readonly signal: AbortSignal
}

type Registry = Readonly<Record<string, ProviderEntry>>

/**
 * Provider id → lazy load → connect. The one place where what all remote adapters share is wrapped around them:
 * deadlines, retries, rates. Third parties' adapters are remote ones whose answers are looked at. Embedded ones are given
 * as they are, and nothing of the policy is loaded for them.
 */
export function createConnect(
  deps: ConnectDeps,
  registry: Registry = providers,
  loadGuard: () => Promise<Guard> = () => usualGuard(deps),
): Context['connect'] {
  let guard: Promise<Guard> | undefined
  return async (target: TargetConfig, root: string): Promise<Provider> => {
    const entry = entryOf(registry, target)
    if (entry?.kind === 'embedded') return (await entry.load()).connect(target, { ...deps, root })
    // What talks to others does not talk to the user.
    const { askSecret: _, ...remote } = deps
    const { connect, inTime, timers } = await (guard ??= loadGuard())
    const store =
      entry === undefined
        ? await adapterOf(target, (late, load) => inTime(deps.signal, late, load))
        : { limits: entry.limits, ...(await entry.load()) }
    const { limits } = store
    return await connect({ id: target.provider, limits }, deps.signal, signal =>
      store.connect(target, { ...remote, root, signal, timers }),
    )
  }
}

function entryOf(registry: Registry, { provider }: TargetConfig): ProviderEntry | undefined {
  return Object.hasOwn(registry, provider) ? registry[provider] : undefined
}

/** What is no provider of ours is somebody else's, and is loaded only where the user has trusted it. */
async function adapterOf(
  { id, provider, adapterBase }: TargetConfig,
  inTime: (late: () => SecretsError, load: () => Promise<unknown>) => Promise<unknown>,
): Promise<Adapter> {
  if (adapterBase !== undefined) {
    const [{ openAdapter }, { loadModule }] = await Promise.all([
      import('./connect/foreign.ts'),
      import('./effects/modules.ts'),
    ])
    return await openAdapter(provider, late => inTime(late, () => loadModule(provider, adapterBase)))
  }
  throw new SecretsError(
    'provider.unknown',
    `target "${id}" names a provider that this version does not have`,
    {
      hints: [`available: ${Object.keys(providers).join(', ')}`],
    },
  )
}

async function usualGuard({ random }: ConnectDeps): Promise<Guard> {
  const [{ createGuard }, { usualPolicy }, { systemTimers }] = await Promise.all([
    import('./connect/guard.ts'),
    import('./connect/ask.ts'),
    import('./effects/timers.ts'),
  ])
  return createGuard({ policy: usualPolicy, timers: systemTimers, random })
}

/** What flows may know of the registry. */
export const providerInfos: Readonly<Record<string, ProviderInfo>> = providers
