import type { AdapterDeps, ProviderDeps, RequestLimits, TargetConfig } from '../context.ts'
import { isSecretsError, SecretsError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import { Secret } from '../core/secret.ts'
import { badAdapter, translateFailure } from './foreign/failures.ts'
import { vetProvider } from './foreign/provider.ts'

/** For a store of which nobody says how much it takes. */
const usualLimits: RequestLimits = { concurrent: 8, perSecond: 20 }

/** A third party's module, loaded and looked at. */
export interface Adapter {
  readonly limits: RequestLimits
  connect(target: TargetConfig, deps: ProviderDeps & { readonly signal: AbortSignal }): Promise<Provider>
}

/**
 * `load` runs the module, and gives up with `late` where that takes too long. Throws `provider.bad_adapter`, in whose
 * text nothing of the module stands.
 */
export async function openAdapter(
  who: string,
  load: (late: () => SecretsError) => Promise<unknown>,
): Promise<Adapter> {
  const late = badAdapter(who, 'takes too long to load')
  const module = await load(() => late).catch((error: unknown) => {
    if (error === late) throw late
    if (isSecretsError(error, 'usage.interrupted')) throw error
    throw badAdapter(who, 'cannot be loaded', error)
  })
  const { connect, limits } = exportsOf(module)
  if (typeof connect !== 'function') throw badAdapter(who, 'exports no function "connect"')
  return {
    limits: readLimits(limits, who),
    async connect(target, deps) {
      const given: AdapterDeps = { ...deps, Secret, SecretsError }
      let opened: unknown
      try {
        opened = await (connect as (...words: readonly unknown[]) => unknown)(target, given)
      } catch (error) {
        throw translateFailure(error, who, deps.signal)
      }
      try {
        return vetProvider(opened, who)
      } catch (error) {
        throw isSecretsError(error)
          ? error
          : badAdapter(who, 'gave a provider that cannot be looked at', error)
      }
    },
  }
}

/** A CommonJS module has its exports under `default`. */
function exportsOf(module: unknown): Readonly<Record<string, unknown>> {
  const exported = module as Readonly<Record<string, unknown>>
  if (typeof exported['connect'] === 'function') return exported
  const inner = exported['default']
  return typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>) : exported
}

function readLimits(limits: unknown, who: string): RequestLimits {
  if (limits === undefined) return usualLimits
  const { concurrent, perSecond } = (limits ?? {}) as Readonly<Record<string, unknown>>
  const isRate = (value: unknown): value is number =>
    typeof value === 'number' && value > 0 && Number.isFinite(value)
  if (isRate(concurrent) && Number.isInteger(concurrent) && isRate(perSecond))
    return { concurrent, perSecond }
  throw badAdapter(who, 'exports "limits" without the numbers "concurrent" and "perSecond"')
}
