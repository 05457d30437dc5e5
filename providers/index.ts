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
  vault: {
    title: 'HashiCorp Vault or OpenBao, KV version 2',
    kind: 'remote',
    // Neither has a limit of its own; an operator may set a quota, which answers 429.
    limits: { concurrent: 16, perSecond: 100 },
    fields: {
      address: { description: 'of the server, https://host:port (else VAULT_ADDR)' },
      mount: { description: 'of the KV version 2 engine (default secret)' },
      path: { required: true, description: 'whose keys are the variables of the environment' },
      namespace: { description: 'of the mount (else VAULT_NAMESPACE)' },
      caCert: { description: 'PEM file of the authority that signed the certificate (else VAULT_CACERT)' },
      auth: {
        description: 'token (default), approle, userpass or jwt; credentials come from the environment',
      },
      role: { description: 'of the jwt login' },
      authMount: { description: 'where the auth method is mounted (default its name)' },
    },
    load: () => import('./vault.ts'),
  },
} as const satisfies Record<string, ProviderEntry>
