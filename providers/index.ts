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
    places: true,
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
  aws: {
    title: 'AWS Secrets Manager',
    kind: 'remote',
    places: true,
    // Documented: 10,000 reads a second; 50 writes a second of all kinds together, beyond which it answers with a
    // throttle, which is asked again. A rotation reads more often than it writes.
    limits: { concurrent: 16, perSecond: 200 },
    fields: {
      region: { description: 'of the secrets (else AWS_REGION, else the profile)' },
      prefix: { description: 'before each name in the store, photoapp/production/ (default none)' },
      kmsKeyId: { description: 'KMS key of secrets that are created (default the account key)' },
    },
    load: () => import('./aws.ts'),
  },
  azure: {
    title: 'Azure Key Vault',
    kind: 'remote',
    places: true,
    // Documented for a vault: 4,000 transactions in ten seconds, 300 new versions; its subscription shares five times that.
    limits: { concurrent: 16, perSecond: 100 },
    fields: {
      vault: { description: 'https://<name>.vault.azure.net (else AZURE_KEYVAULT_URL)' },
      prefix: { description: 'before the names of its secrets: letters, digits and "-"' },
      settle: { description: 'how long proposals may take to be seen by all (default 5s, 2s at least)' },
      identity: {
        description: 'workload, client-secret, managed or cli (default: what the environment has set)',
      },
      tenant: { description: 'of the identity (else AZURE_TENANT_ID)' },
      clientId: { description: 'of the application or managed identity (else AZURE_CLIENT_ID)' },
      caCert: { description: 'PEM file of a further authority, for networks that open TLS' },
      timeout: { description: 'for one request (default 10s)' },
    },
    load: () => import('./azure.ts'),
  },
  gcp: {
    title: 'Google Secret Manager',
    kind: 'remote',
    places: true,
    // Per project 600 reads of metadata and 600 writes a minute; one of our calls is up to four of theirs.
    limits: { concurrent: 8, perSecond: 4 },
    fields: {
      project: { description: 'id or number (else GOOGLE_CLOUD_PROJECT)' },
      location: { description: 'of regional secrets, europe-west3; without it they are global' },
      prefix: { description: 'before the name of every variable, app-production-' },
      read: { description: 'how applications read: latest (default) or alias' },
      endpoint: { description: 'https://host:port of the service (default the public one of the location)' },
      caCert: {
        description: 'PEM file of the authority that signed its certificate, where it is not a public one',
      },
    },
    load: () => import('./gcp.ts'),
  },
} as const satisfies Record<string, ProviderEntry>
