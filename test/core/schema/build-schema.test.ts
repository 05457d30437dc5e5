import { describe, expect, it } from 'vitest'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { parseManifest } from '../../../src/core/manifest/index.ts'
import { buildSchema, isSecretName, type SchemaEntry } from '../../../src/core/schema/index.ts'
import { providers } from '../manifest/example.ts'

interface Texts {
  readonly template?: string
  readonly manifest?: string
  readonly environment?: string
}

function schemaOf({ template, manifest, environment = 'development' }: Texts) {
  const parsed =
    manifest === undefined ? undefined : parseManifest(`version: 1\n${manifest}`, 'secrets.yaml', providers)
  if (parsed !== undefined) expect(parsed.problems).toEqual([])
  return buildSchema({
    ...(template === undefined ? {} : { template: EnvDocument.fromText(template, '.env.example') }),
    ...(parsed?.manifest && { manifest: parsed.manifest }),
    environment,
  })
}

function entryOf(texts: Texts, name = 'A'): SchemaEntry {
  return schemaOf(texts).get(name)!
}

describe('required', () => {
  it.each([
    ['A=1\n', true, 'template'],
    ['A=\n', false, undefined],
    ["A=''\n", false, undefined],
    ['# required\nA=\n', true, 'declared'],
    ['# This one is mandatory.\nA=\n', true, 'declared'],
    ['A= # required\n', true, 'declared'],
    ['# required for mails\nA=\n', false, undefined],
    ['# only required in production\nA=\n', false, undefined],
    ['# not required\nA=\n', false, undefined],
    ['# optional\nA=1\n', false, undefined],
    ['# required\n\nA=\n', false, undefined],
    ['# secrets: generate\nA=\n', true, 'declared'],
    ['# secrets: ask\nA=\n', true, 'declared'],
    ['# required\n# secrets: keep\nA=\n', true, 'declared'],
  ])('%j: %s by %s', (template, required, requiredBy) => {
    const entry = entryOf({ template })
    expect([entry.required, entry.requiredBy]).toEqual([required, requiredBy])
  })

  it.each([
    ['A=\n', '{ required: true }', true],
    ['A=1\n', '{ required: false }', false],
    ['A=1\n', '{ default: x }', false],
    ['A=\n', '{ generate: hex:32 }', true],
    ['A=\n', '{ description: x }', false],
    [undefined, '{ secret: true }', false],
    [undefined, '{ generate: hex:32 }', true],
  ])('the manifest wins over the template: %j %s', (template, variable, required) => {
    const texts = template === undefined ? {} : { template }
    expect(entryOf({ ...texts, manifest: `variables: { A: ${variable} }` }).required).toBe(required)
  })

  it('the environment of the manifest wins over the variable', () => {
    const manifest = 'variables: { A: { required: true, environments: { test: { required: false } } } }'
    expect(entryOf({ manifest, environment: 'test' }).required).toBe(false)
    expect(entryOf({ manifest, environment: 'staging' }).required).toBe(true)
  })
})

describe('type', () => {
  it.each([
    ['A=true', 'boolean'],
    ['A=False', 'boolean'],
    ['A=yes', undefined],
    ['A=1', undefined],
    ['A=https://x', undefined],
    ['A_PORT=3000', 'port'],
    ['A_PORT=127.0.0.1:3000', undefined],
    ['A_URL=https://x.example', 'url'],
    ['A_URL=localhost', undefined],
    ['A_URLS=https://x,https://y', undefined],
    ['A_URL=https://<host>/', undefined],
    ['A_URL=', undefined],
  ])('%s is read as %s', (line, type) => {
    const entry = entryOf({ template: `${line}\n` }, line.split('=')[0])
    expect(entry.type).toBe(type)
    expect(entry.isTypeDeclared).toBe(false)
  })

  it('what the manifest declares replaces what the example suggests', () => {
    const entry = entryOf({ template: 'A=true\n', manifest: 'variables: { A: { type: integer, min: 1 } }' })
    expect(entry).toMatchObject({ type: 'integer', min: 1, isTypeDeclared: true })
  })
})

describe('the rest of an entry', () => {
  it('stands at its line in the template, else in the manifest', () => {
    const texts = { template: '# x\nA=1\n', manifest: 'variables:\n  A: {}\n  B: {}' }
    expect(entryOf(texts).at).toEqual({ path: '.env.example', line: 2, column: 1 })
    expect(entryOf(texts, 'B').at).toEqual({ path: 'secrets.yaml', line: 4, column: 3 })
  })

  it('has the form of the manifest, of the directive, or of init', () => {
    const template = '# secrets: generate base64:32\nA=\n# secrets: generate\nB=\nC=\n'
    const generated = new Map([
      ['A', { form: 'uuid' }],
      ['C', { form: 'alnum:32' }],
    ])
    const schema = buildSchema({
      template: EnvDocument.fromText(template, 't'),
      environment: 'test',
      generated,
    })
    expect([...schema.values()].map(({ form, secret }) => [form, secret])).toEqual([
      ['base64:32', true],
      ['hex:32', true],
      ['alnum:32', true],
    ])
    expect(entryOf({ template, manifest: 'variables: { A: { generate: hex:16 } }' }).form).toBe('hex:16')
  })

  it('knows what the template has as a comment, and asks nothing of it', () => {
    const entry = entryOf({ template: '# A=1\nB=2\n' })
    expect(entry).toMatchObject({ isCommented: true, required: false, at: { line: 1 } })
    expect(entryOf({ template: '# A=1\n', manifest: 'variables: { A: { required: true } }' })).toMatchObject({
      isCommented: false,
      required: true,
    })
  })

  it('keeps what is allowed, with its reason', () => {
    const template = '# secrets: allow weak type reason="an old service"\nA=1\n'
    expect(entryOf({ template }).allows).toEqual([
      { rule: 'weak', reason: 'an old service' },
      { rule: 'type', reason: 'an old service' },
    ])
  })

  it('is secret by its name, unless somebody says otherwise', () => {
    expect(entryOf({ template: 'A_TOKEN=\n' }, 'A_TOKEN')).toMatchObject({
      secret: true,
      isSecretDeclared: false,
    })
    const manifest = 'variables: { A_TOKEN: { secret: false }, B: { secret: true } }'
    expect(entryOf({ manifest }, 'A_TOKEN')).toMatchObject({ secret: false, isSecretDeclared: true })
    expect(entryOf({ manifest }, 'B').secret).toBe(true)
  })

  it('is in the order of the template, then of the manifest', () => {
    const names = schemaOf({ template: 'B=\nA=\nB=\n', manifest: 'variables: { C: {}, A: {} }' }).keys()
    expect([...names]).toEqual(['A', 'B', 'C'])
  })
})

describe('isSecretName', () => {
  it.each([
    'SECRET_KEY', 'SECRET_KEY_BASE', 'JWT_SECRET', 'jwtSecret', 'DB_PASS', 'DB_PASSWORD', 'API_KEY', 'API_KEY_2', 'GITHUB_TOKEN',
    'TOKEN_PROD', 'mail__options__auth__pass', 'AUTH_SALT', 'SSH_PRIVATE_KEY', 'SECURITY_AUTHPASSWORD', 'STORAGE_ACCOUNT_KEY',
  ])('%s is a secret', name => {
    expect(isSecretName(name)).toBe(true)
  }) // prettier-ignore

  it.each([
    'JWT_SECRET_EXPIRES_IN', 'PASSWORD_MIN_LENGTH', 'TOKEN_TTL', 'SECRETS_DIR', 'PUBLIC_KEY', 'NEXT_PUBLIC_API_KEY', 'VITE_TOKEN',
    'CACHE_KEY', 'API_KEY_HEADER', 'CLIENT_ID', 'ACCESS_KEY_ID', 'KEY', 'MONKEY', 'PASSENGER', 'COMPASS', 'BYPASS', 'TOKENS_MAX',
  ])('%s is none', name => {
    expect(isSecretName(name)).toBe(false)
  }) // prettier-ignore
})
