import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretClient } from '@azure/keyvault-secrets'
import { connect } from '../../providers/azure.ts'
import type { ProviderDeps, TargetConfig, Timers } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import { type ProviderHarness, seedName, seedValue, type Session } from '../contract/harness.ts'
import { type Certificate, makeCertificate } from '../servers/azure/certificate.ts'
import { type Issuer, startIssuer } from '../servers/azure/issuer.ts'
import {
  allPermissions,
  type KeyVault,
  type KeyVaultOptions,
  type Permission,
  startKeyVault,
} from '../servers/azure/key-vault.ts'
import { startFaultProxy } from '../servers/fault-proxy.ts'

/** A vault of its own for each session, one issuer for all of them, used with no more than the documented rights. */
export interface AzureSession extends Session {
  readonly vault: KeyVault
  readonly issuer: Issuer
  readonly notes: readonly string[]
  readonly permissions: Map<string, readonly Permission[]>
  readonly env: Readonly<Record<string, string>>
  /** The plain SDK, as an application or an operator of its own would use it; may do everything. */
  readonly plain: SecretClient
  connectWith(change: {
    readonly settings?: Readonly<Record<string, string>>
    readonly env?: ProviderDeps['env']
    readonly names?: TargetConfig['names']
    readonly timers?: Timers
  }): Promise<Provider>
}

/** What docs/providers/azure.md asks for. */
export const documentedPermissions: readonly Permission[] = ['get', 'list', 'set', 'delete', 'recover']

/** Shorter than anywhere else: the vault of the tests shows a write to everybody at once. */
export const settle = '60ms'

/** Waits for what a vault does in its own time are a tenth as long: this one needs no more. */
const quickTimers: Timers = {
  now: () => systemTimers.now(),
  after: (milliseconds, work) =>
    systemTimers.after(milliseconds < 100 ? milliseconds : milliseconds / 10, work),
}

/** Of the command line: longer than a process of its own takes between two requests on a busy machine. */
const cliSettle = '1200ms'

let shared: Promise<{ readonly issuer: Issuer; readonly certificate: Certificate }> | undefined
const application = {
  clientId: '22222222-3333-4444-8555-666666666666',
  secret: ['test', 'client', 'secret', '0123456789'].join('-'),
}

export const harness: ProviderHarness = {
  id: 'azure',
  start: () => startAzure(),
  async close() {
    await (await shared)?.issuer.stop()
    shared = undefined
  },
}

async function sharedIssuer(): Promise<{ readonly issuer: Issuer; readonly certificate: Certificate }> {
  const certificate = makeCertificate()
  const issuer = await startIssuer(certificate)
  issuer.applications.set(application.clientId, application)
  return { issuer, certificate }
}

export async function startAzure(
  options: Partial<Omit<KeyVaultOptions, 'certificate' | 'issuer' | 'permissions'>> = {},
): Promise<AzureSession> {
  const { issuer, certificate } = await (shared ??= sharedIssuer())
  const permissions = new Map([
    [application.clientId, documentedPermissions],
    ['root', allPermissions],
  ])
  const vault = await startKeyVault({ certificate, issuer, permissions, lag: 40, ...options })
  const root = await mkdtemp(join(tmpdir(), 'secrets-azure-'))
  const notes: string[] = []
  const ca = await readFile(certificate.caFile, 'utf8')
  const settings = { vault: vault.address, settle, caCert: certificate.caFile }
  const env = {
    AZURE_TENANT_ID: issuer.tenant,
    AZURE_CLIENT_ID: application.clientId,
    AZURE_CLIENT_SECRET: application.secret,
    AZURE_AUTHORITY_HOST: issuer.address,
  }
  const plain = new SecretClient(
    vault.address,
    {
      getToken: () =>
        Promise.resolve({
          token: issuer.token({ clientId: 'root' }),
          expiresOnTimestamp: Date.now() + 3_000_000,
        }),
    },
    { disableChallengeResourceVerification: true, tlsOptions: { ca }, retryOptions: { maxRetries: 0 } },
  )

  const session: AzureSession = {
    vault,
    issuer,
    notes,
    permissions,
    env,
    plain,
    connect: () => session.connectWith({}),
    connectWith: change =>
      connect(
        {
          id: 'test',
          provider: 'azure',
          environment: 'production',
          settings: { ...settings, ...change.settings },
          ...(change.names === undefined ? {} : { names: change.names }),
        },
        {
          files: createFiles(),
          random: systemRandom,
          timers: change.timers ?? quickTimers,
          env: { ...env, ...change.env },
          root,
          note: line => notes.push(line),
        },
      ),
    seed(count) {
      for (let index = 0; index < count; index += 1)
        vault.state.plant(seedName(index).replaceAll('_', '-'), seedValue(index))
      return Promise.resolve()
    },
    async takeName(name) {
      await plain.setSecret(`${name.replaceAll('_', '-')}--OLD`, 'value-of-somebody-else')
    },
    async readersView(name) {
      const object = name.replaceAll('_', '-')
      const valueOf = async (one: string): Promise<string | undefined> =>
        await plain.getSecret(one).then(
          ({ value }) => value,
          (error: unknown) => {
            if ((error as { readonly statusCode?: number }).statusCode === 404) return undefined
            throw error
          },
        )
      // No reader sees both in one step; one that finds the new value must find the old one after it.
      const current = await valueOf(object)
      const previous = await valueOf(`${object}--OLD`)
      return {
        ...(current === undefined ? {} : { current }),
        ...(previous === undefined ? {} : { previous }),
      }
    },
    breakStore() {
      permissions.set(application.clientId, [])
      return Promise.resolve()
    },
    cli: () => ({ settings: { ...settings, settle: cliSettle }, env }),
    async cliThrough(plan) {
      const proxy = await startFaultProxy({ ...certificate, port: vault.port }, number => {
        const { drop, ...then } = plan(number) ?? {}
        return drop === undefined ? undefined : { do: 'drop', when: drop, ...then }
      })
      return {
        settings: { ...settings, settle: cliSettle, vault: proxy.address },
        env,
        get count() {
          return proxy.count
        },
        stop: () => proxy.stop(),
      }
    },
    async stop() {
      await vault.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
  return session
}
