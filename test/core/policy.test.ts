import { describe, expect, it } from 'vitest'
import { parseManifest, type Manifest } from '../../src/core/manifest/index.ts'
import { inferKind, resolveRotationPolicy } from '../../src/core/policy.ts'
import { providers } from './manifest/example.ts'

const hour = 3_600_000
const day = 24 * hour

function manifestOf(text: string): Manifest {
  const { manifest, problems } = parseManifest(`version: 1\n${text}`, 'secrets.yaml', providers)
  expect(problems).toEqual([])
  return manifest!
}

function policy(name: string, environment: string, manifest?: Manifest, form?: string) {
  const manifestVariable = manifest?.variables.get(name)
  const manifestEnvironment = manifest?.environments.get(environment)
  return resolveRotationPolicy({
    name,
    environment,
    ...(form === undefined ? {} : { form }),
    ...(manifestVariable && { manifestVariable }),
    ...(manifestEnvironment && { manifestEnvironment }),
  })
}

describe('the built-in schedule', () => {
  it.each([
    ['SESSION_SECRET', 'development', 90],
    ['SESSION_SECRET', 'staging', 30],
    ['SESSION_SECRET', 'production', 30],
    ['SESSION_SECRET', 'prod', 30],
    ['SESSION_SECRET', 'preview', 30],
    ['JWT_SECRET', 'development', 90],
    ['STRIPE_API_KEY', 'development', 90],
    ['DB_PASSWORD', 'production', 30],
    ['ENCRYPTION_KEY', 'development', 365],
    ['ENCRYPTION_KEY', 'production', 365],
    ['APP_KEY', 'production', 365],
  ])('%s in %s: every %i days', (name, environment, days) => {
    expect(policy(name, environment)).toMatchObject({ every: days * day, grace: day, minimumGrace: 0 })
  })

  it('test has none, not even for encryption', () => {
    expect(policy('SESSION_SECRET', 'test').every).toBe('never')
    expect(policy('ENCRYPTION_KEY', 'test').every).toBe('never')
  })

  it.each([
    ['SESSION_SECRET', undefined, 'application-key'],
    ['AUTH_JWT_SECRET', undefined, 'jwt'],
    ['VAPID_PRIVATE_KEY', undefined, 'jwt'],
    ['OPENAI_API_KEY', undefined, 'api-key'],
    ['SMTP_PASSWORD', undefined, 'api-key'],
    ['POSTGRES_PASSWORD', undefined, 'database'],
    ['DATABASE_URL', undefined, 'database'],
    ['GOOGLE_CLIENT_SECRET', undefined, 'oauth'],
    ['PASSWORD_PEPPER', undefined, 'encryption'],
    ['DB_ENCRYPTION_KEY', undefined, 'encryption'],
    ['SOME_KEY', 'laravel-key', 'encryption'],
  ])('%s (%s) is of class %s', (name, form, expected) => {
    expect(policy(name, 'production', undefined, form).class).toBe(expected)
  })

  it('says where it comes from', () => {
    expect(policy('SESSION_SECRET', 'staging').sources.every).toContain('staging')
    expect(policy('ENCRYPTION_KEY', 'staging').sources.every).toContain('encryption')
  })
})

describe('the manifest', () => {
  const manifest = manifestOf(`environments:
  staging: { provider: local, rotate: { every: 7d, grace: 2h } }
  production: { provider: dotenv }
variables:
  A: { rotate: { every: 60d }, environments: { production: { rotate: { every: never, grace: 3d } } } }
  B: {}
  C: { rotate: { refreshTtl: 1d, tokenTtl: 1h } }
`)

  it('what it says of the variable in the environment counts most', () => {
    expect(policy('A', 'production', manifest)).toMatchObject({ every: 'never', grace: 3 * day })
    expect(policy('A', 'production', manifest).sources.every).toContain('production')
  })

  it('then the variable, then the environment, then the table', () => {
    expect(policy('A', 'staging', manifest)).toMatchObject({ every: 60 * day, grace: 2 * hour })
    expect(policy('B', 'staging', manifest)).toMatchObject({ every: 7 * day, grace: 2 * hour })
    expect(policy('B', 'production', manifest)).toMatchObject({ every: 30 * day, grace: day })
  })

  it('readers that keep values get twice that time', () => {
    expect(policy('C', 'production', manifest)).toMatchObject({ grace: 2 * day, minimumGrace: 2 * day })
    expect(policy('C', 'staging', manifest)).toMatchObject({ grace: 2 * hour, minimumGrace: 2 * day })
  })
})

describe('inferKind', () => {
  it.each([
    'SESSION_SECRET',
    'SECRET_KEY',
    'COOKIE_SECRET',
    'API_KEY',
    'WEBHOOK_SECRET',
    'NEXTAUTH_SECRET',
    'PASSWORDLESS_TOKEN',
  ])('%s is a verifier', name => {
    expect(inferKind({ name })).toEqual({ kind: 'verifier' })
  })

  it.each([
    ['ENCRYPTION_KEY', undefined, 'encryption'],
    ['DATA_CIPHER_KEY', undefined, 'encryption'],
    ['APP_KEY', undefined, 'encryption'],
    ['FERNET_KEY', undefined, 'encryption'],
    ['AUTH_SALT', undefined, 'encryption'],
    ['PASSWORD_PEPPER', undefined, 'encryption'],
    ['SOME_SECRET', 'laravel-key', 'encryption'],
    ['SOME_SECRET', 'fernet', 'encryption'],
    ['JWT_SECRET', undefined, 'signing'],
    ['COOKIE_SIGNING_SECRET', undefined, 'signing'],
    ['GITHUB_LIKE_PRIVATE_KEY', undefined, 'external'],
    ['APP_PRIVATE_KEY', undefined, 'signing'],
    ['SOME_SECRET', 'rsa:3072', 'signing'],
    ['DB_PASSWORD', undefined, 'external'],
    ['POSTGRES_PASSWORD', undefined, 'external'],
    ['MYSQL_ROOT_PASSWORD', undefined, 'external'],
    ['SMTP_PASS', undefined, 'external'],
    ['DATABASE_URL', undefined, 'composite'],
    ['REDIS_URL', undefined, 'composite'],
    ['STRIPE_SECRET_KEY', undefined, 'external'],
    ['GOOGLE_CLIENT_SECRET', undefined, 'external'],
    ['APP_ID', undefined, 'manual'],
  ])('%s (%s) needs a word, %s proposed', (name, form, proposed) => {
    const inferred = inferKind({ name, ...(form === undefined ? {} : { form }) })
    expect(inferred.kind).toBeUndefined()
    expect(inferred.required).toMatchObject({ proposed })
    expect(inferred.required!.reason).not.toBe('')
  })

  it('what the manifest says counts', () => {
    expect(inferKind({ name: 'JWT_SECRET', manifestKind: 'verifier' })).toEqual({ kind: 'verifier' })
  })
})
