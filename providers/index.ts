import type { ProviderModule } from '../src/context.ts'

export interface ProviderEntry {
  readonly title: string
  /** The settings that the manifest may give, all texts. */
  readonly fields: Readonly<Record<string, { readonly required?: boolean; readonly description: string }>>
  /** Loaded only by commands that use the provider. */
  readonly load: () => Promise<ProviderModule>
}

/** To add a provider: write providers/<id>.ts (or a folder), add its line here, give its harness to the contract suite. */
export const providers = {
  dotenv: {
    title: 'A plain .env file',
    fields: { path: { description: 'the file, relative to the manifest' } },
    load: () => import('./dotenv.ts'),
  },
  local: {
    title: 'Encrypted local store (age format)',
    fields: {
      path: { description: 'directory of the store, relative to the manifest (default .secrets/store)' },
    },
    load: () => import('./local.ts'),
  },
} as const satisfies Record<string, ProviderEntry>
