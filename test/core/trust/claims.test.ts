import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../../src/core/manifest/index.ts'
import type { Manifest } from '../../../src/core/manifest/manifest.ts'
import {
  needsTrust,
  type ProviderKind,
  trustClaims,
  type TrustClaims,
} from '../../../src/core/trust/claims.ts'

const fields = { dotenv: { path: { description: 'x' } }, vault: { address: { description: 'x' } } }
const kinds: Readonly<Record<string, ProviderKind>> = { dotenv: 'embedded', vault: 'remote' }

function claimsOf(text: string): TrustClaims {
  const { manifest, problems } = parseManifest(text, 'secrets.yaml', fields)
  expect(problems).toEqual([])
  return trustClaims(manifest as Manifest, provider => kinds[provider] ?? 'foreign')
}

describe('what a manifest asks for', () => {
  it('nothing, where it only names files of the project', () => {
    const claims = claimsOf('version: 1\nenvironments: { development: { provider: dotenv, path: .env } }\n')
    expect(needsTrust(claims)).toBe(false)
  })

  it('every store outside, with the settings that we know', () => {
    const { remotes, files, packages } = claimsOf(`version: 1
environments:
  staging: { targets: [{ id: a, provider: dotenv }, { id: b, provider: vault, address: https://v.test }] }
  production: { provider: ./store.mjs, token: pasted }
  other: { provider: some-store }
`)
    expect(remotes).toEqual([
      {
        ...{ environment: 'staging', target: 'b', provider: 'vault' },
        settings: [{ name: 'address', value: 'https://v.test' }],
      },
      {
        ...{ environment: 'production', target: './store.mjs', provider: './store.mjs' },
        settings: [{ name: 'token' }],
      },
      { environment: 'other', target: 'some-store', provider: 'some-store', settings: [] },
    ])
    expect(files).toEqual([{ path: './store.mjs', role: 'provider', isCertain: true }])
    expect(packages).toEqual(['some-store'])
  })

  it('hooks wherever they stand, addresses without what may be secret', () => {
    const { hooks } = claimsOf(`version: 1
environments:
  staging: { provider: dotenv, hooks: { afterCommit: [{ run: [kubectl, rollout] }, { http: "https://u:p@h.test:8443/t?k=1" }] } }
variables:
  A:
    hooks: { verify: [{ run: [./a.sh] }] }
    environments: { staging: { hooks: { revoke: [{ run: [b] }] } } }
`)
    expect(hooks).toEqual([
      { of: 'staging', hook: 'afterCommit', run: ['kubectl', 'rollout'] },
      { of: 'staging', hook: 'afterCommit', http: 'https://h.test:8443' },
      { of: 'A', hook: 'verify', run: ['./a.sh'] },
      { of: 'A (staging)', hook: 'revoke', run: ['b'] },
    ])
  })

  it('files: the schema, programs by relative path, and words that may be scripts', () => {
    const { files } = claimsOf(`version: 1
schema: ./env.schema.ts
environments:
  staging:
    provider: dotenv
    hooks:
      verify:
        - { run: [tools/check, --fast, "", "https://x.test/y"] }
        - { run: [bash, tools/check, deploy.sh] }
        - { run: [/usr/bin/env, C:\\x, kubectl] }
`)
    expect(files).toEqual([
      { path: './env.schema.ts', role: 'schema', isCertain: true },
      { path: 'tools/check', role: 'hook', isCertain: true },
      { path: 'deploy.sh', role: 'hook', isCertain: false },
      { path: 'kubectl', role: 'hook', isCertain: false },
    ])
  })

  it('addresses of messages, by the variable that holds them', () => {
    const claims = claimsOf('version: 1\nnotify: { to: [{ slack: HOOK_URL }, { webhook: OPS_URL }] }\n')
    expect([claims.notify, needsTrust(claims)]).toEqual([['HOOK_URL', 'OPS_URL'], true])
  })

  it('a schema or a hook alone asks for trust', () => {
    expect(needsTrust(claimsOf('version: 1\nschema: ./s.ts\n'))).toBe(true)
    expect(
      needsTrust(claimsOf('version: 1\nvariables: { A: { hooks: { verify: [{ run: [x] }] } } }\n')),
    ).toBe(true)
  })
})
