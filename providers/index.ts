import type { ProviderInfo, ProviderModule, RequestLimits } from '../src/context.ts'

interface Loadable extends ProviderInfo {
  /** Loaded only by commands that use the provider. */
  readonly load: () => Promise<ProviderModule>
}

/** A remote store says at which rate it may be asked, from its own documentation. */
export type ProviderEntry =
  | (Loadable & { readonly kind: 'embedded' })
  | (Loadable & { readonly kind: 'remote'; readonly limits: RequestLimits })

/** To add a provider: write providers/<id>.ts (or a folder), add its line here, give its harness to the contract suite. */
export const providers = {
  dotenv: {
    title: 'A plain .env file',
    kind: 'embedded',
    fields: { path: { description: 'the file, relative to the manifest' } },
    load: () => import('./dotenv.ts'),
  },
  local: {
    title: 'Encrypted local store (age format)',
    kind: 'embedded',
    fields: {
      path: { description: 'directory of the store, relative to the manifest (default .secrets/store)' },
    },
    load: () => import('./local.ts'),
  },
} as const satisfies Record<string, ProviderEntry>
