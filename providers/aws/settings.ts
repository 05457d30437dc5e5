import { resolve } from 'node:path'
import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'

export interface AwsSettings {
  /** Where neither the manifest nor the environment names one, the SDK looks into the profile. */
  readonly region?: string
  readonly prefix: string
  /** For secrets that are created; the account's own key where absent. */
  readonly kmsKeyId?: string
  /** From the environment only: a repository must not choose who receives requests. */
  readonly endpoint?: string
  /** The same for the token service, which says who we are. */
  readonly stsEndpoint?: string
  /** Absolute. Certificates in PEM that are trusted in place of Node's own. */
  readonly caFile?: string
}

/** What the service takes in a name; its own refusal also lists "!", which no documentation does. */
export const objectPattern = /^[A-Za-z0-9/_+=.@-]{1,512}$/

/** The manifest's settings, and where they are silent the variables that AWS's own programs read. */
export function readSettings(target: TargetConfig, { env, root }: ProviderDeps): AwsSettings {
  const setting = (name: string): string | undefined => nonEmpty(target.settings[name])
  const variable = (name: string): string | undefined => nonEmpty(env[name])
  const region = setting('region') ?? variable('AWS_REGION') ?? variable('AWS_DEFAULT_REGION')
  const prefix = target.settings['prefix'] ?? ''
  const kmsKeyId = setting('kmsKeyId')
  const ca = variable('AWS_CA_BUNDLE')
  // It becomes a part of a host name: nothing else may stand in it.
  if (region !== undefined && !/^[a-z]{2,}(?:-[a-z0-9]+){1,4}$/.test(region)) {
    throw invalid(target, 'has a region that cannot be one', ['region: eu-west-1, or set AWS_REGION'])
  }
  if (prefix !== '' && !objectPattern.test(prefix)) {
    throw invalid(target, 'has a prefix that the store does not take', [
      'letters, digits and / _ + = . @ - only: prefix: photoapp/production/',
    ])
  }
  if (kmsKeyId !== undefined && !/^[\w:/.-]{1,2048}$/.test(kmsKeyId)) {
    throw invalid(target, 'has a kmsKeyId that cannot be one', ['a key id, an alias (alias/name) or an ARN'])
  }
  return {
    prefix,
    ...(region === undefined ? {} : { region }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(ca === undefined ? {} : { caFile: resolve(root, ca) }),
    ...endpointSetting('endpoint', env, 'AWS_ENDPOINT_URL_SECRETS_MANAGER'),
    ...endpointSetting('stsEndpoint', env, 'AWS_ENDPOINT_URL_STS'),
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

/** As the SDK reads them: the service's own variable before the general one, and one switch for all of them. */
function endpointSetting<K extends string>(
  key: K,
  env: ProviderDeps['env'],
  name: string,
): { [key in K]?: string } {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.trim().toLowerCase() === 'true') return {}
  const found = [name, 'AWS_ENDPOINT_URL'].find(one => nonEmpty(env[one]) !== undefined)
  if (found === undefined) return {}
  const text = nonEmpty(env[found]) ?? ''
  const problem = problemOf(text)
  if (problem === undefined) return { [key]: text } as { [key in K]: string }
  throw new SecretsError('usage.invalid_argument', `the address in ${found} ${problem}`, {
    hints: ['write https://host:port; http only for this machine (127.0.0.1, ::1, localhost)'],
  })
}

/** What is wrong with an address: never what it is, because it may carry a password. */
function problemOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'is no https address'
  if (url.username !== '' || url.password !== '') return 'carries a user name or password'
  if (url.search !== '' || url.hash !== '') return 'has a query or a fragment'
  return isSafe(url.protocol, url.hostname) ? undefined : 'is http: values would be readable on the way'
}

/** Whether values may travel there at all. */
export function isSafe(protocol: string, host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  const isLoopback = name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
  return protocol === 'https:' || isLoopback
}

function invalid(target: TargetConfig, what: string, hints: readonly string[]): SecretsError {
  return new SecretsError('manifest.invalid', `target "${target.id}" ${what}`, { hints })
}
