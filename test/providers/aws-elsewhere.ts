import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { connect } from '../../providers/aws.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { seedName, seedValue, type Session } from '../contract/harness.ts'
import { readersView } from './aws-readers.ts'

/**
 * A prefix of its own in a store that is not ours: an emulator, or with an empty endpoint the account of the
 * environment's credentials. Everything under the prefix is deleted at once at the end.
 */
export function startElsewhere(endpoint: string, variables: Readonly<Record<string, string>> = {}): Session {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...variables,
    ...(endpoint === '' ? {} : { AWS_ENDPOINT_URL: endpoint }),
  }
  const region = env['AWS_REGION'] ?? 'eu-west-1'
  const prefix = `secrets-test/${randomUUID()}/`
  const [id, key] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  const sdk = new SecretsManagerClient({
    region,
    ...(endpoint === '' ? {} : { endpoint }),
    ...(id === undefined || key === undefined
      ? {}
      : { credentials: { accessKeyId: id, secretAccessKey: key } }),
  })
  return {
    connect: () =>
      connect(
        { id: 'test', provider: 'aws', environment: 'production', settings: { region, prefix } },
        { files: createFiles(), random: systemRandom, env, root: process.cwd(), note: () => undefined },
      ),
    async seed(count) {
      for (let first = 0; first < count; first += 50) {
        const indexes = Array.from({ length: Math.min(50, count - first) }, (_, index) => first + index)
        await Promise.all(
          indexes.map(index =>
            sdk.send(
              new CreateSecretCommand({ Name: prefix + seedName(index), SecretString: seedValue(index) }),
            ),
          ),
        )
      }
    },
    readersView: name => readersView(sdk, prefix + name),
    async stop() {
      let next: string | undefined
      do {
        const page = next === undefined ? {} : { NextToken: next }
        const command = new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [prefix] }], ...page })
        const { SecretList = [], NextToken } = await sdk.send(command)
        for (const { Name } of SecretList) {
          await sdk.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }))
        }
        next = NextToken
      } while (next !== undefined)
      sdk.destroy()
    },
  }
}
