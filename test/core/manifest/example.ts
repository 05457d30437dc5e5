import type { ProviderFields } from '../../../src/core/manifest/index.ts'

/** A registry as the composition root would give it. */
export const providers: ProviderFields = {
  dotenv: { path: { description: 'the file' } },
  local: { path: { description: 'the directory of the store' } },
  vault: {
    address: { required: true, description: 'the address of the server' },
    mount: { description: 'the KV mount' },
    path: { description: 'the path below the mount' },
    namespace: { description: 'the namespace' },
  },
  aws: {
    region: { required: true, description: 'the region' },
    prefix: { description: 'what stands before every name' },
  },
}

/** Every kind of key that a manifest can have. */
export const completeManifest = `# the whole of it
version: 1
project: shop
x-owner: platform
schema: ./env.schema.ts
readers: [dotenv, node, compose]
environments:
  development: { provider: dotenv, path: .env }
  test: { provider: dotenv, path: .env.test, rotate: { every: never } }
  staging:
    provider: aws
    region: eu-central-1
    prefix: shop/staging/
    x-account: "0123"
    rotate: { every: 30d, grace: 24h }
    hooks:
      afterCommit: [{ run: [kubectl, rollout, restart, deployment/api, -n, staging] }]
      verify: [{ http: https://staging.example.com/health, within: 60s }]
  production:
    targets:
      - { id: eu, provider: vault, address: https://vault.eu.example.com, mount: shop, path: production }
      - { id: us, provider: vault, address: https://vault.us.example.com, mount: shop, path: production }
    readers: [dotenv]
variables:
  SESSION_SECRET_KEY: { secret: true, generate: hex:32, rotate: { kind: verifier } }
  JWT_SECRET_KEY:
    secret: true
    generate: hex:64
    rotate: { kind: signing, refreshTtl: 5m, tokenTtl: 60m }
    environments: { production: { ref: shop/production, field: jwt_secret, rotate: { every: 90d } } }
  DB_PASSWORD: { secret: true, rotate: { kind: external } }
  DATABASE_URL:
    { secret: true, required: true, type: url, protocols: [postgresql, postgresql+asyncpg], rotate: { kind: composite } }
  ALLOWED_ORIGINS: { type: list, items: url }
  PORT: { type: port, default: 010 }
  WORKERS: { type: integer, min: 1, max: 64, description: "how many: per host" }
  LOG_LEVEL: { values: [debug, info, off] }
  DEBUG: { type: boolean, default: false }
  AUTH: { default: none }
  CODE: { pattern: '[A-Z]{3}-\\d+' }
  OAUTH_ID: { requiredWhen: { AUTH: [oauth, oidc], DEBUG: false }, requiredWith: [PORT], differentFrom: LOG_LEVEL }
  WORKERS_MIN: { lessThan: WORKERS, startsWith: PORT, equals: DEBUG, deprecated: WORKERS }
groups: [{ exactlyOne: [AUTH, PORT] }, { allOrNone: [AUTH, PORT] }, { notBoth: [AUTH, PORT, DEBUG] }]
notify: { to: [{ slack: SLACK_WEBHOOK_URL }, { webhook: OPS_WEBHOOK_URL }] }
`
