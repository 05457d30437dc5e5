import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ListSecretVersionIdsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { connect } from '../../providers/aws.ts'
import type { ProviderDeps, TargetConfig } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { type ProviderHarness, seedName, seedValue, type Session } from '../contract/harness.ts'
import { startElsewhere } from './aws-elsewhere.ts'
import { readersView } from './aws-readers.ts'
import {
  administrator,
  type AwsServer,
  type Plan,
  type ServerOptions,
  startAwsServer,
} from '../servers/aws/server.ts'
import { account } from '../servers/aws/service.ts'
import type { Identity } from '../servers/aws/signature.ts'

/** A strict server of its own with nothing in it. */
export interface AwsSession extends Session {
  readonly server: AwsServer
  readonly prefix: string
  readonly notes: readonly string[]
  connectWith(change: {
    readonly settings?: Readonly<Record<string, string>>
    readonly env?: ProviderDeps['env']
    readonly names?: NonNullable<TargetConfig['names']>
  }): Promise<Provider>
  /** The same store behind a plan of faults. */
  through(plan: Plan): Promise<AwsServer>
  /** The plain SDK, for what tests look at past the adapter. */
  readonly sdk: SecretsManagerClient
}

/** Where scripts/test-provider.mjs sends the contract, in place of a server of its own. */
const elsewhere =
  process.env['SECRETS_TEST_PROVIDER'] === 'aws' ? (process.env['SECRETS_TEST_ENDPOINT'] ?? '') : undefined

export const harness: ProviderHarness = {
  id: 'aws',
  start: () => (elsewhere === undefined ? startAws() : Promise.resolve(startElsewhere(elsewhere))),
}

/** Rights as docs/providers/aws.md asks for them, and no more. */
export const runner: Identity = {
  keyId: ['AK', 'IAEXAMPLERUNNER000'].join(''),
  key: 'a-key-of-the-tests-that-opens-nothing-0002',
  arn: `arn:aws:iam::${account}:user/runner`,
  may: documentedPolicy(),
}

export async function startAws(options: ServerOptions = {}): Promise<AwsSession> {
  const identities = options.identities ?? [administrator, runner]
  const server = await startAwsServer({ ...options, identities })
  const root = mkdtempSync(join(tmpdir(), 'secrets-aws-'))
  const prefix = 'photoapp/production/'
  const notes: string[] = []
  const others: AwsServer[] = []
  const { region } = server.service
  const sdk = plainClient(server)
  const variables = (address: string): Record<string, string> => ({
    AWS_ACCESS_KEY_ID: runner.keyId,
    AWS_SECRET_ACCESS_KEY: runner.key,
    AWS_ENDPOINT_URL: address,
  })
  const session: AwsSession = {
    server,
    prefix,
    notes,
    sdk,
    connect: () => session.connectWith({}),
    connectWith: ({ settings = {}, env = {}, names }) =>
      connect(
        {
          id: 'test',
          provider: 'aws',
          environment: 'production',
          settings: { region, prefix, ...settings },
          ...(names === undefined ? {} : { names }),
        },
        {
          files: createFiles(),
          random: systemRandom,
          env: { ...variables(server.address), ...env },
          root,
          note: line => notes.push(line),
        },
      ),
    async through(plan) {
      const other = await startAwsServer({ ...options, identities, service: server.service, plan })
      others.push(other)
      return other
    },
    seed(count) {
      for (let index = 0; index < count; index += 1) {
        server.service.seed(prefix + seedName(index), seedValue(index))
      }
      return Promise.resolve()
    },
    readersView: name => readersView(sdk, prefix + name),
    cli: () => ({ settings: { region, prefix }, env: variables(server.address) }),
    async cliThrough(plan) {
      const other = await session.through(number => {
        const { drop, ...then } = plan(number) ?? {}
        return drop === undefined ? undefined : { do: 'drop', when: drop, ...then }
      })
      return {
        settings: { region, prefix },
        env: variables(other.address),
        get count() {
          return other.count
        },
        stop: () => other.stop(),
      }
    },
    breakStore() {
      identities.splice(identities.indexOf(runner), 1)
      return Promise.resolve()
    },
    async stop() {
      sdk.destroy()
      await Promise.all([server, ...others].map(one => one.stop()))
      await rm(root, { recursive: true, force: true })
    },
  }
  return session
}

export function plainClient({
  address,
  service,
}: Pick<AwsServer, 'address' | 'service'>): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint: address,
    region: service.region,
    credentials: { accessKeyId: administrator.keyId, secretAccessKey: administrator.key },
  })
}

/** Version id → labels, those without a label too. */
export async function stagesOf(
  session: AwsSession,
  name: string,
): Promise<Record<string, readonly string[]>> {
  const command = new ListSecretVersionIdsCommand({
    SecretId: session.prefix + name,
    IncludeDeprecated: true,
    MaxResults: 100,
  })
  const { Versions = [] } = await session.sdk.send(command)
  return Object.fromEntries(Versions.map(one => [one.VersionId ?? '', one.VersionStages ?? []]))
}

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: string
}

function documentedPolicy(): Identity['may'] {
  const file = resolve(import.meta.dirname, '../../docs/providers/aws.md')
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8')) ?? []
  const { Statement: statements } = JSON.parse(text) as { readonly Statement: readonly Statement[] }
  return (action, resource) =>
    statements.some(({ Action, Resource }) => {
      const start = (Resource.split(':secret:')[1] ?? '').replace('*', '')
      return [Action].flat().includes(action) && (Resource === '*' || resource.startsWith(start))
    })
}
