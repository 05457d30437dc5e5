import { providers } from '../providers/index.ts'
import type { Context, ProviderDeps, ProviderFields, TargetConfig } from './context.ts'
import { SecretsError } from './core/errors.ts'
import type { Provider } from './core/provider.ts'

/** Provider id → lazy load → connect. The one place where what all adapters share is wrapped around them. */
export function createConnect(deps: Omit<ProviderDeps, 'root'>): Context['connect'] {
  return async (target: TargetConfig, root: string): Promise<Provider> => {
    const entry = Object.hasOwn(providers, target.provider)
      ? providers[target.provider as keyof typeof providers]
      : undefined
    if (entry === undefined) {
      throw new SecretsError(
        'provider.unknown',
        `target "${target.id}" names a provider that this version does not have`,
        {
          hints: [`available: ${Object.keys(providers).join(', ')}`],
        },
      )
    }
    const module = await entry.load()
    return module.connect(target, { ...deps, root })
  }
}

export const providerFields: ProviderFields = Object.fromEntries(
  Object.entries(providers).map(([id, entry]) => [id, entry.fields]),
)
