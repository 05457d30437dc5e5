import { join, resolve } from 'node:path'
import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'

export interface GcpSettings {
  readonly project: string
  /** Of regional secrets; absent for global ones. */
  readonly location?: string
  /** Before the name of every variable that the manifest does not place itself. */
  readonly prefix: string
  /** How applications read: the newest version of NAME, or its alias `current`. */
  readonly read: 'latest' | 'alias'
  readonly endpoint: Endpoint
  /** Absolute; certificates that are trusted in place of the system's. */
  readonly caFile?: string
  /** Absolute; the credential file of the application default credentials. Absent: the metadata server of the machine. */
  readonly credentialFile?: string
}

/** Where the service listens. */
export interface Endpoint {
  readonly isSecure: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** The manifest's settings, and where they are silent the variables that Google's own programs read. */
export function readSettings(target: TargetConfig, { env, root }: ProviderDeps): GcpSettings {
  const setting = (name: string): string | undefined => nonEmpty(target.settings[name])
  const project =
    setting('project') ?? nonEmpty(env['GOOGLE_CLOUD_PROJECT']) ?? nonEmpty(env['GCLOUD_PROJECT'])
  if (project === undefined) throw invalid(target, 'names no project', ['project: my-project'])
  const location = setting('location')
  const ca = setting('caCert')
  const credentialFile = findCredentials(env, root)
  return {
    project: matching(target, 'project', project, /^[a-z0-9][a-z0-9.:-]{0,62}$/),
    ...(location === undefined
      ? {}
      : { location: matching(target, 'location', location, /^[a-z][a-z0-9-]{0,40}$/) }),
    prefix: matching(target, 'prefix', target.settings['prefix'] ?? '', /^[A-Za-z0-9_-]{0,120}$/),
    read: readMode(target, setting('read')),
    endpoint: endpointOf(target, setting('endpoint'), location),
    ...(ca === undefined ? {} : { caFile: resolve(root, ca) }),
    ...(credentialFile === undefined ? {} : { credentialFile }),
  }
}

/** The order of the library: the variable, then the file that `gcloud auth application-default login` writes. */
function findCredentials(env: ProviderDeps['env'], root: string): string | undefined {
  const named = nonEmpty(env['GOOGLE_APPLICATION_CREDENTIALS'])
  if (named !== undefined) return resolve(root, named)
  const base =
    nonEmpty(env['APPDATA']) ?? (nonEmpty(env['HOME']) && join(nonEmpty(env['HOME']) ?? '', '.config'))
  return base === undefined ? undefined : join(base, 'gcloud', 'application_default_credentials.json')
}

function readMode(target: TargetConfig, mode: string | undefined): GcpSettings['read'] {
  if (mode === undefined || mode === 'latest') return 'latest'
  if (mode === 'alias') return mode
  throw invalid(target, 'has a "read" that is neither latest nor alias', ['read: latest'])
}

function endpointOf(target: TargetConfig, text: string | undefined, location: string | undefined): Endpoint {
  const usual =
    location === undefined ? 'secretmanager.googleapis.com' : `secretmanager.${location}.rep.googleapis.com`
  if (text === undefined) return { isSecure: true, host: usual, port: 443 }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBare = url?.pathname === '/' && `${url.search}${url.hash}${url.username}${url.password}` === ''
  if (url === undefined || !isBare || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid(target, 'has an "endpoint" that is no plain https address', [`endpoint: https://${usual}`])
  }
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!isSecure && !isLoopback(host)) {
    throw invalid(target, 'has an "endpoint" that is http: the token would be readable on the way', [
      `endpoint: https://${usual}`,
    ])
  }
  return { isSecure, host, port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port) }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function matching(target: TargetConfig, field: string, text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text
  throw invalid(target, `has a "${field}" that Secret Manager does not take`, ['see docs/providers/gcp.md'])
}

export function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === undefined || trimmed === '' ? undefined : trimmed
}

function invalid({ id }: TargetConfig, what: string, hints: readonly string[]): SecretsError {
  return new SecretsError('manifest.invalid', `target "${id}" ${what}`, { hints })
}
