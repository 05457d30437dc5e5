import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { hour, never, put } from '../contract/harness.ts'
import { facts, mark } from '../contract/rotation/scene.ts'
import { type AzureSession, documentedPermissions, harness, startAzure } from '../providers/azure.harness.ts'

afterAll(() => harness.close?.())

const run = promisify(execFile)
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']
const page = resolve(import.meta.dirname, '../../docs/providers/azure.md')
/** Where scripts/install-servers.sh puts the clients of Key Vault. */
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const python = join(cache, 'secrets-ci', 'azure', 'bin', 'python3')

/** A variable that is a whole secret, and one that is a field; the example that reads each. */
const examples = {
  'a whole secret': {
    name: 'SESSION_SECRET_KEY',
    place: {},
    tag: '',
    read: { ts: 'sessionKeys', python: 'session_keys' },
  },
  'a field': {
    name: 'MAIL_TOKEN',
    place: { MAIL_TOKEN: { ref: 'photoapp-keys', field: 'mail_token' } },
    tag: ' field',
    read: { ts: 'mailTokens', python: 'mail_tokens' },
  },
} as const
type Example = (typeof examples)[keyof typeof examples]

/**
 * An example of the documentation, for the vault of the session, which no client of theirs would trust by itself, and
 * with a credential that is told its issuer: DefaultAzureCredential would look for a known one on the network.
 */
async function textOf(
  language: string,
  { tag }: Example,
  marked: readonly string[],
  replacement: readonly string[],
): Promise<string> {
  const blocks = (await readFile(page, 'utf8')).matchAll(/```([\w ]+)\n([\s\S]*?)```/g)
  let text = [...blocks].find(([, words]) => words === language + tag)?.[2] ?? ''
  for (const [index, one] of marked.entries()) {
    expect(text).toContain(one)
    text = text.replaceAll(one, replacement[index] ?? '')
  }
  return text
}

/** In grace until an hour before or after now. */
async function rotated(session: AzureSession, { name, place }: Example, deadline: number): Promise<void> {
  const provider = await session.connectWith({ settings: { prefix: 'photoapp-' }, names: place })
  const base = await put(provider, name, oldValue)
  const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
  await provider.rotation!.commit(name, facts(pending), { at: deadline - 24 * hour, deadline }, never)
  await provider.close()
}

function readerEnv({ env, vault }: AzureSession): NodeJS.ProcessEnv {
  const { PATH } = process.env
  const ca = vault.certificate.caFile
  return { PATH, ...env, NODE_EXTRA_CA_CERTS: ca, REQUESTS_CA_BUNDLE: ca, NO_PROXY: 'localhost' }
}

/** Prints, as JSON, the values and whether the old and the new one are accepted. */
const readers = {
  async ts(session: AzureSession, example: Example) {
    const { vault, issuer } = session
    const credential = `new ClientSecretCredential('${issuer.tenant}', process.env.AZURE_CLIENT_ID!, process.env.AZURE_CLIENT_SECRET!, { authorityHost: '${issuer.address}', disableInstanceDiscovery: true })`
    const text = await textOf(
      'ts',
      example,
      ['DefaultAzureCredential }', "'https://myvault.vault.azure.net', new DefaultAzureCredential()"],
      [
        'ClientSecretCredential }',
        `'${vault.address}', ${credential}, { disableChallengeResourceVerification: true }`,
      ],
    )
    // Within the project, so that its packages are found.
    const directory = await mkdtemp(join(import.meta.dirname, '.reader-'))
    try {
      const ask = `\nconsole.log(JSON.stringify([await ${example.read.ts}(), await accepts('${oldValue}'), await accepts('${newValue}')]))\n`
      const { outputText } = ts.transpileModule(text + ask, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      })
      await writeFile(join(directory, 'reader.mjs'), outputText)
      const { stdout } = await run(process.execPath, [join(directory, 'reader.mjs')], {
        env: readerEnv(session),
      })
      return JSON.parse(stdout) as unknown
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
  async python(session: AzureSession, example: Example) {
    const { vault, issuer } = session
    const credential = `ClientSecretCredential("${issuer.tenant}", os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"], authority="${issuer.address}", disable_instance_discovery=True)`
    const text = await textOf(
      'python',
      example,
      ['import DefaultAzureCredential', '"https://myvault.vault.azure.net", DefaultAzureCredential()'],
      ['import ClientSecretCredential', `"${vault.address}", ${credential}, verify_challenge_resource=False`],
    )
    const ask = `\nprint(json.dumps([${example.read.python}(), accepts("${oldValue}"), accepts("${newValue}")]))\n`
    const { stdout } = await run(python, ['-c', `import json, os\n${text}${ask}`], {
      env: readerEnv(session),
    })
    return JSON.parse(stdout) as unknown
  },
}

/** An application may only get. */
async function readAsApplication(
  session: AzureSession,
  example: Example,
  read: (session: AzureSession, example: Example) => Promise<unknown>,
): Promise<unknown> {
  session.permissions.set(session.env['AZURE_CLIENT_ID']!, ['get'])
  const found = await read(session, example)
  session.permissions.set(session.env['AZURE_CLIENT_ID']!, documentedPermissions)
  return found
}

describe('the examples of docs/providers/azure.md, with the rights of an application', () => {
  for (const [what, example] of Object.entries(examples)) {
    for (const [language, read] of Object.entries(readers)) {
      const isMissing =
        language === 'python' && !existsSync(python) && process.env['SECRETS_REQUIRE_SERVERS'] !== '1'
      it.skipIf(isMissing)(
        `${what}, ${language}: both values until the deadline, then one`,
        async () => {
          for (const [deadline, expected] of [
            [Date.now() + hour, [[newValue, oldValue], true, true]],
            [Date.now() - hour, [[newValue], false, true]],
          ] as const) {
            const session = await startAzure()
            await rotated(session, example, deadline)
            expect(await readAsApplication(session, example, read)).toEqual(expected)
            await session.stop()
          }
        },
        120_000,
      )
    }
    it(`${what}: one value before any rotation, and after the retirement`, async () => {
      const session = await startAzure()
      const provider = await session.connectWith({
        settings: { prefix: 'photoapp-' },
        names: example.place,
      })
      await put(provider, example.name, oldValue)
      expect(await readAsApplication(session, example, readers.ts)).toEqual([[oldValue], true, false])
      await rotated(session, example, Date.now() + hour)
      const { current, rotation } = await provider.rotation!.observe(example.name, never)
      await provider.rotation!.retire(example.name, rotation!.previous!.version, current!.version, never)
      expect(await readAsApplication(session, example, readers.ts)).toEqual([[newValue], false, true])
      await provider.close()
      await session.stop()
    }, 60_000)
  }

  it('the permissions that it asks for are those that the suites run with', async () => {
    const [, text = ''] = /```\n(get list[^`]*)```/.exec(await readFile(page, 'utf8')) ?? []
    expect(text.trim().split(' ')).toEqual(documentedPermissions)
  })
})
