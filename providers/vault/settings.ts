import { resolve } from 'node:path'
import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import { readDuration } from '../../src/core/duration.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { type Address, readAddress } from './address.ts'

const authMethods = ['token', 'approle', 'userpass', 'jwt'] as const
export type AuthMethod = (typeof authMethods)[number]

export interface VaultSettings {
  readonly address: Address
  readonly mount: string
  /** The one KV path whose keys are the variables of the environment. */
  readonly path: string
  readonly namespace?: string
  /** Absolute. */
  readonly caFile?: string
  readonly auth: { readonly method: AuthMethod; readonly mount: string; readonly role?: string }
  /** Milliseconds for one call. */
  readonly timeout: number
}

/** Beside the path, one document for each secret that has a value staged. */
export const stagingSegment = '.secrets'

const usualTimeout = 30_000
const longestTimeout = 600_000

/** The manifest's settings, and where they are silent the variables that Vault's own programs read. */
export function readSettings(target: TargetConfig, { env, root }: ProviderDeps): VaultSettings {
  const setting = (name: string): string | undefined => nonEmpty(target.settings[name])
  const namespace = setting('namespace') ?? nonEmpty(env['VAULT_NAMESPACE'])
  if (namespace !== undefined) requireNamespace(target, namespace)
  const ca = setting('caCert') ?? nonEmpty(env['VAULT_CACERT'])
  const role = setting('role')
  const method = readMethod(target, setting('auth'))
  const path = setting('path')
  if (path === undefined) throw invalid(target, 'names no path', ['path: myapp/production'])
  return {
    address: addressOf(target, setting('address'), nonEmpty(env['VAULT_ADDR'])),
    mount: requirePath(target, 'mount', setting('mount') ?? 'secret'),
    path: requirePath(target, 'path', path),
    ...(namespace === undefined ? {} : { namespace: trimSlashes(namespace) }),
    ...(ca === undefined ? {} : { caFile: resolve(root, ca) }),
    auth: {
      method,
      mount: requirePath(target, 'authMount', setting('authMount') ?? method),
      ...(role === undefined ? {} : { role }),
    },
    timeout: readTimeout(nonEmpty(env['VAULT_CLIENT_TIMEOUT'])),
  }
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

function addressOf(target: TargetConfig, setting: string | undefined, variable: string | undefined): Address {
  const text = setting ?? variable
  if (text === undefined) {
    throw invalid(target, 'names no address', ['address: https://vault.example.com, or set VAULT_ADDR'])
  }
  const address = readAddress(text)
  if (!('problem' in address)) return address
  const hints = ['write https://host:port; http only for this machine (127.0.0.1, ::1, localhost)']
  if (setting !== undefined) throw invalid(target, `has an address that ${address.problem}`, hints)
  throw new SecretsError('usage.invalid_argument', `the address in VAULT_ADDR ${address.problem}`, { hints })
}

function readMethod(target: TargetConfig, text: string | undefined): AuthMethod {
  if (text === undefined) return 'token'
  const method = authMethods.find(one => one === text)
  if (method !== undefined) return method
  throw invalid(target, 'names an auth method that this version does not have', [
    `available: ${authMethods.join(', ')}`,
  ])
}

/** Segments that a server would read as something else than a name are refused; all others are encoded on the way. */
export function requirePath(target: TargetConfig, field: string, text: string): string {
  const path = trimSlashes(text)
  const isFine = path
    .split('/')
    .every(segment => segment !== '' && segment !== '.' && segment !== '..' && segment !== stagingSegment)
  if (isFine && !/[\u0000-\u001f\u007f]/.test(path) && !/\p{Surrogate}/u.test(path)) return path
  throw invalid(target, `has a ${field} that cannot be one`, [
    `names separated by single slashes; no ".", ".." or "${stagingSegment}" among them`,
  ])
}

/** It goes into a header. */
function requireNamespace(target: TargetConfig, text: string): void {
  requirePath(target, 'namespace', text)
  if (!/^[\x21-\x7e]+$/.test(text)) throw invalid(target, 'has a namespace that cannot be one', [])
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}

/** As Vault's own programs read it: a number of seconds, or a duration. */
function readTimeout(text: string | undefined): number {
  if (text === undefined) return usualTimeout
  const milliseconds = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : readDuration(text)
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= longestTimeout) return milliseconds
  throw new SecretsError('usage.invalid_argument', 'VAULT_CLIENT_TIMEOUT is no duration up to 10m', {
    hints: ['write seconds, or a number and a unit: 30, 30s, 500ms'],
  })
}

function invalid(target: TargetConfig, what: string, hints: readonly string[]): SecretsError {
  return new SecretsError('manifest.invalid', `target "${target.id}" ${what}`, { hints })
}
