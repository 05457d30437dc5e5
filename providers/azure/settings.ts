import { resolve } from 'node:path'
import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import { readDuration } from '../../src/core/duration.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { isPrefix } from './names.ts'

const identities = ['workload', 'client-secret', 'managed', 'cli'] as const
export type IdentityKind = (typeof identities)[number]

export interface AzureSettings {
  /** Origin of the vault, no slash at the end. */
  readonly vault: URL
  /** The audience that tokens are asked for: fixed by the vault's domain, never taken from an answer. */
  readonly resource: string
  /** Whether the vault is on this machine: an emulator. */
  readonly isLoopback: boolean
  readonly prefix: string
  /** Milliseconds between a proposal and its election. */
  readonly settle: number
  readonly identity?: IdentityKind
  readonly tenant?: string
  readonly clientId?: string
  /** Absolute. */
  readonly caFile?: string
  /** Milliseconds for one request. */
  readonly timeout: number
}

/** The vaults' domains by cloud; the audience of their tokens is the domain itself. */
const domains = ['vault.azure.net', 'vault.azure.cn', 'vault.usgovcloudapi.net']

const usualSettle = 5_000
/** Timestamps have whole seconds: below two, proposals of different seconds could look alike. */
const shortestSettle = 2_000
const longestSettle = 10_000
/** A change of a field waits twice within one call. */
const longestSettleOfFields = 6_000
const usualTimeout = 10_000

export function readSettings(target: TargetConfig, { env, root }: ProviderDeps): AzureSettings {
  const setting = (name: string): string | undefined => nonEmpty(target.settings[name])
  const { vault, resource, isLoopback } = vaultOf(
    target,
    setting('vault') ?? nonEmpty(env['AZURE_KEYVAULT_URL']),
  )
  const prefix = setting('prefix') ?? ''
  if (!isPrefix(prefix))
    throw invalid(target, 'has a prefix that Key Vault does not allow', ['letters, digits and "-"'])
  const hasFields = Object.values(target.names ?? {}).some(({ field }) => field !== undefined)
  const longest = hasFields ? longestSettleOfFields : longestSettle
  const settle = durationOf(target, 'settle', setting('settle'), usualSettle, longest)
  if (settle < shortestSettle && !isLoopback) {
    throw invalid(target, 'has a settle time under 2s', [
      'too short to tell which of two proposals came first',
    ])
  }
  const kind = setting('identity')
  const identity = identities.find(one => one === kind)
  if (kind !== undefined && identity === undefined) {
    throw invalid(target, 'names an identity that this version does not have', [
      `available: ${identities.join(', ')}`,
    ])
  }
  const [tenant, clientId, ca] = [setting('tenant'), setting('clientId'), setting('caCert')]
  return {
    vault,
    resource,
    isLoopback,
    prefix,
    settle,
    ...(identity === undefined ? {} : { identity }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(ca === undefined ? {} : { caFile: resolve(root, ca) }),
    timeout: durationOf(target, 'timeout', setting('timeout'), usualTimeout, 60_000),
  }
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

/** Never quotes the address: it may carry a password. */
function vaultOf(
  target: TargetConfig,
  text: string | undefined,
): Pick<AzureSettings, 'vault' | 'resource' | 'isLoopback'> {
  const hints = ['vault: https://myvault.vault.azure.net']
  if (text === undefined) throw invalid(target, 'names no vault', [...hints, 'or set AZURE_KEYVAULT_URL'])
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === ''
  if (!isPlain || url.protocol !== 'https:' || url.pathname !== '/') {
    throw invalid(target, 'has an address that cannot be a vault', hints)
  }
  const host = url.hostname
  const domain = domains.find(one => host.endsWith(`.${one}`))
  const isLoopback = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host)
  if (domain === undefined && !isLoopback) {
    // A token for Key Vault would go to whoever answers there.
    throw invalid(target, 'has an address outside the domains of Key Vault', [
      `known: ${domains.join(', ')}, and this machine`,
    ])
  }
  return { vault: url, resource: `https://${domain ?? 'vault.azure.net'}`, isLoopback }
}

function durationOf(
  target: TargetConfig,
  field: string,
  text: string | undefined,
  usual: number,
  most: number,
): number {
  if (text === undefined) return usual
  const milliseconds = readDuration(text)
  if (milliseconds !== undefined && milliseconds >= 0 && milliseconds <= most) return milliseconds
  throw invalid(target, `has a ${field} that is no duration up to ${String(most / 1000)}s`, [
    'a number and a unit: 5s, 1500ms',
  ])
}

function invalid(target: TargetConfig, what: string, hints: readonly string[]): SecretsError {
  return new SecretsError('manifest.invalid', `target "${target.id}" ${what}`, { hints })
}
