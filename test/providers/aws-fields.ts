import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { expect } from 'vitest'
import type { ProviderHarness, ReadersView } from '../contract/harness.ts'
import { type AwsSession, startAws } from './aws.harness.ts'

/** A secret as it stands in many accounts: somebody wrote it by hand, in his own way. */
export const shared = 'photoapp/production/shared-keys'
const head =
  '{\r\n  "user" : "app",\n\t"port": 5432.0, "n":1e+2,"note":"caf\\u00e9 \\/ \\u2602",\n  "list": [ 1,{"a":"}"} ]'
const tail = ' \n}\n'
export const original = head + tail

/** Where the manifest says that the variables of the tests stand. */
export const names: Readonly<Record<string, { readonly ref: string; readonly field: string }>> = {
  SIGNING_KEY: { ref: shared, field: 'jwt_secret' },
  KEY: { ref: shared, field: 'key' },
  NOBODY: { ref: shared, field: 'nobody' },
  OTHER_KEY: { ref: shared, field: 'odd "name" ☂' },
}

export async function startFields(): Promise<AwsSession> {
  const session = await startAws()
  session.server.service.seed(shared, original)
  const connectWith: AwsSession['connectWith'] = change => session.connectWith({ names, ...change })
  return {
    ...session,
    connectWith,
    connect: () => connectWith({}),
    readersView: name => fieldView(session, names[name]?.field ?? name),
    async takeName(name) {
      const taken = `,"${names[name]?.field ?? name}_OLD": "value-of-somebody-else"`
      await writeText(session, (await textOf(session)).replace(tail, taken + tail))
    },
    async stop() {
      await expectUntouched(session)
      await session.stop()
    },
  }
}

export async function textOf(session: AwsSession, object = shared): Promise<string> {
  const { SecretString = '' } = await session.sdk.send(new GetSecretValueCommand({ SecretId: object }))
  return SecretString
}

/** As somebody does in the console. */
export async function writeText(session: AwsSession, text: string, object = shared): Promise<void> {
  await session.sdk.send(new PutSecretValueCommand({ SecretId: object, SecretString: text }))
}

/** As an application reads that knows only `get-secret-value` and JSON. */
export async function fieldView(session: AwsSession, field: string): Promise<ReadersView> {
  const found = JSON.parse(await textOf(session)) as Record<string, unknown>
  const [current, previous] = [found[field], found[`${field}_OLD`]]
  return {
    ...(typeof current === 'string' ? { current } : {}),
    ...(typeof previous === 'string' ? { previous } : {}),
  }
}

/** What was there before us is there byte for byte: what we add stands behind it. */
export async function expectUntouched(session: AwsSession): Promise<void> {
  const text = await textOf(session)
  expect(text.startsWith(head), 'the other fields').toBe(true)
  expect(text.endsWith(tail), 'the end of the text').toBe(true)
}

export const fieldsHarness: ProviderHarness = { id: 'aws', start: () => startFields() }
