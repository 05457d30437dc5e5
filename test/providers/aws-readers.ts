import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { ReadersView } from '../contract/harness.ts'

/** What readers of the two labels find: the labels in one description, then the values of those versions, which never change. */
export async function readersView(sdk: SecretsManagerClient, object: string): Promise<ReadersView> {
  const stages = await sdk.send(new DescribeSecretCommand({ SecretId: object })).then(
    reply => (reply.DeletedDate === undefined ? Object.entries(reply.VersionIdsToStages ?? {}) : []),
    (error: unknown) => {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error
      return []
    },
  )
  const valueAt = async (label: string): Promise<string | undefined> => {
    const version = stages.find(([, labels]) => labels.includes(label))?.[0]
    if (version === undefined) return undefined
    const command = new GetSecretValueCommand({ SecretId: object, VersionId: version })
    return (await sdk.send(command)).SecretString
  }
  const [current, previous] = [await valueAt('AWSCURRENT'), await valueAt('AWSPREVIOUS')]
  return { ...(current === undefined ? {} : { current }), ...(previous === undefined ? {} : { previous }) }
}
