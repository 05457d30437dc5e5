import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark } from '../contract/rotation/scene.ts'
import { hour, never, put } from '../contract/harness.ts'
import { type AzureSession, documentedPermissions, harness, startAzure } from '../providers/azure.harness.ts'

afterAll(() => harness.close?.())

const run = promisify(execFile)
const name = 'SESSION_SECRET_KEY'
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']
const page = resolve(import.meta.dirname, '../../docs/providers/azure.md')

/** The example of the documentation, for the vault of the session, which no client of theirs would trust by itself. */
async function example({ vault, issuer }: AzureSession): Promise<string> {
  const [, text = ''] = /```ts\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? []
  const marked = "'https://myvault.vault.azure.net', new DefaultAzureCredential()"
  expect(text).toContain(marked)
  // Not asked of DefaultAzureCredential: it would look for a known issuer on the network.
  const credential = `new ClientSecretCredential('${issuer.tenant}', process.env.AZURE_CLIENT_ID!, process.env.AZURE_CLIENT_SECRET!, { authorityHost: '${issuer.address}', disableInstanceDiscovery: true })`
  return text
    .replaceAll('DefaultAzureCredential }', 'ClientSecretCredential }')
    .replace(marked, `'${vault.address}', ${credential}, { disableChallengeResourceVerification: true }`)
}

/** In grace until an hour before or after now. */
async function rotated(session: AzureSession, deadline: number): Promise<void> {
  const provider = await session.connectWith({ settings: { prefix: 'myapp-' } })
  const base = await put(provider, name, oldValue)
  const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
  await provider.rotation!.commit(name, facts(pending), { at: deadline - 24 * hour, deadline }, never)
  await provider.close()
}

/** Prints, as JSON, the keys and whether the old and the new value are accepted. */
async function read(session: AzureSession): Promise<unknown> {
  // Within the project, so that its packages are found.
  const directory = await mkdtemp(join(import.meta.dirname, '.reader-'))
  try {
    const ask = `\nconsole.log(JSON.stringify([await sessionKeys(), await accepts('${oldValue}'), await accepts('${newValue}')]))\n`
    const { outputText } = ts.transpileModule((await example(session)) + ask, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    })
    await writeFile(join(directory, 'reader.mjs'), outputText)
    const { stdout } = await run(process.execPath, [join(directory, 'reader.mjs')], {
      env: {
        ...process.env,
        ...session.env,
        NODE_EXTRA_CA_CERTS: session.vault.certificate.caFile,
        NO_PROXY: 'localhost',
      },
    })
    return JSON.parse(stdout) as unknown
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

describe('docs/providers/azure.md', () => {
  it('the TypeScript example: both values until the deadline, then one; an application may only get', async () => {
    for (const [deadline, expected] of [
      [Date.now() + hour, [[newValue, oldValue], true, true]],
      [Date.now() - hour, [[newValue], false, true]],
    ] as const) {
      const session = await startAzure()
      await rotated(session, deadline)
      session.permissions.set(session.env['AZURE_CLIENT_ID']!, ['get'])
      expect(await read(session)).toEqual(expected)
      await session.stop()
    }
  }, 60_000)

  it('the permissions that it asks for are those that the suites run with', async () => {
    const [, text = ''] = /```\n(get list[^`]*)```/.exec(await readFile(page, 'utf8')) ?? []
    expect(text.trim().split(' ')).toEqual(documentedPermissions)
  })
})
