import { expect } from 'vitest'
import type { ProviderHarness, ReadersView } from '../contract/harness.ts'
import { type AzureSession, harness, startAzure } from './azure.harness.ts'

/** A secret as it stands in many vaults: somebody wrote it by hand, in his own way. */
export const shared = 'photoapp-shared-keys'
const head =
  '{\r\n  "user" : "app",\n\t"port": 5432.0, "n":1e+2,"note":"caf\\u00e9 \\/ \\u2602",\n  "list": [ 1,{"a":"}"} ]'
const tail = ' \n}\n'
export const original = head + tail

/** The same with fields that somebody has put there too. */
export function withText(fields: string): string {
  return head + fields + tail
}

/** Where the manifest says that the variables of the tests stand. */
export const names: Readonly<Record<string, { readonly ref: string; readonly field: string }>> = {
  SIGNING_KEY: { ref: shared, field: 'jwt_secret' },
  KEY: { ref: shared, field: 'key' },
  NOBODY: { ref: shared, field: 'nobody' },
  OTHER_KEY: { ref: shared, field: 'odd "name" ☂' },
}

export async function startFields(options: Parameters<typeof startAzure>[0] = {}): Promise<AzureSession> {
  const session = await startAzure(options)
  session.vault.state.plant(shared, original, { contentType: 'application/json', tags: { team: 'photo' } })
  const connectWith: AzureSession['connectWith'] = change => session.connectWith({ names, ...change })
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

export async function textOf({ plain }: AzureSession, object = shared): Promise<string> {
  return (await plain.getSecret(object)).value ?? ''
}

/** As somebody does in the portal. */
export async function writeText(session: AzureSession, text: string, object = shared): Promise<void> {
  await session.plain.setSecret(object, text, { contentType: 'application/json', tags: { team: 'photo' } })
}

/** As an application reads that knows only `getSecret` and JSON. */
export async function fieldView(session: AzureSession, field: string): Promise<ReadersView> {
  const found = JSON.parse(await textOf(session)) as Record<string, unknown>
  const [current, previous] = [found[field], found[`${field}_OLD`]]
  return {
    ...(typeof current === 'string' ? { current } : {}),
    ...(typeof previous === 'string' ? { previous } : {}),
  }
}

/** What was there before us is there byte for byte: what we add stands behind it. */
export async function expectUntouched({ plain }: AzureSession): Promise<void> {
  const { value = '', properties } = await plain.getSecret(shared)
  expect(value.startsWith(head), 'the other fields').toBe(true)
  expect(value.endsWith(tail), 'the end of the text').toBe(true)
  expect([properties.contentType, properties.tags?.['team']]).toEqual(['application/json', 'photo'])
}

export const fieldsHarness: ProviderHarness = {
  id: 'azure',
  start: () => startFields(),
  ...(harness.close === undefined ? {} : { close: harness.close }),
}
