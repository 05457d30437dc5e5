import { type ProviderEntry, providers } from '../providers/index.ts'
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
 * deadlines, retries, rates. Embedded ones are given as they are, and nothing of the policy is loaded for them.
 */
export function createConnect(
  deps: ConnectDeps,
  registry: Registry = providers,
  loadGuard: () => Promise<Guard> = () => usualGuard(deps),
): Context['connect'] {
  let guard: Promise<Guard> | undefined
  return async (target: TargetConfig, root: string): Promise<Provider> => {
    const entry = entryOf(registry, target)
    const module = await entry.load()
    if (entry.kind === 'embedded') return module.connect(target, { ...deps, root })
    const { connect, timers } = await (guard ??= loadGuard())
    const store = { id: target.provider, limits: entry.limits }
    return await connect(store, deps.signal, signal =>
      module.connect(target, { ...deps, root, signal, timers }),
    )
  }
}

function entryOf(registry: Registry, { id, provider }: TargetConfig): ProviderEntry {
  const entry = Object.hasOwn(registry, provider) ? registry[provider] : undefined
  if (entry !== undefined) return entry
  throw new SecretsError(
    'provider.unknown',
    `target "${id}" names a provider that this version does not have`,
    {
      hints: [`available: ${Object.keys(registry).join(', ')}`],
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
