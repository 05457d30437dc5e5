import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark } from '../contract/rotation/scene.ts'
import { hour, never, put } from '../contract/harness.ts'
import { harness, startVault, type VaultSession } from '../providers/vault.harness.ts'
import { findBao } from '../servers/openbao.ts'

afterAll(() => harness.close?.())

const run = promisify(execFile)
const name = 'SESSION_SECRET_KEY'
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']
const page = resolve(import.meta.dirname, '../../docs/providers/vault.md')
const python = join(dirname(findBao() ?? ''), 'python3')

/** The example of the documentation in that language, for the path of the session. */
async function example(language: string, { path }: VaultSession): Promise<string> {
  const blocks = (await readFile(page, 'utf8')).matchAll(/```(\w+)\n([\s\S]*?)```/g)
  const found = [...blocks].find(([, tag]) => tag === language)?.[2] ?? ''
  expect(found).toContain('myapp/production')
  return found.replaceAll('myapp/production', path)
}

/** In grace until an hour before or after now. */
async function rotated(session: VaultSession, deadline: number): Promise<void> {
  const provider = await session.connect()
  const base = await put(provider, name, oldValue)
  const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
  await provider.rotation!.commit(name, facts(pending), { at: deadline - 24 * hour, deadline }, never)
  await provider.close()
}

function readerEnv({ bao, token }: VaultSession): NodeJS.ProcessEnv {
  const certificates = {
    NODE_EXTRA_CA_CERTS: bao.caFile,
    REQUESTS_CA_BUNDLE: bao.caFile,
    VAULT_CACERT: bao.caFile,
  }
  return {
    ...process.env,
    ...certificates,
    VAULT_ADDR: bao.address,
    VAULT_TOKEN: token,
    NO_PROXY: '127.0.0.1',
  }
}

/** Prints, as JSON, the keys and whether the old and the new value are accepted. */
const readers = {
  async ts(session: VaultSession) {
    // Within the project, so that its packages are found.
    const directory = await mkdtemp(join(import.meta.dirname, '.reader-'))
    try {
      const ask = `\nconsole.log(JSON.stringify([await sessionKeys(), await accepts('${oldValue}'), await accepts('${newValue}')]))\n`
      const { outputText } = ts.transpileModule((await example('ts', session)) + ask, {
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
  async python(session: VaultSession) {
    const ask = `\nprint(json.dumps([session_keys(), accepts("${oldValue}"), accepts("${newValue}")]))\n`
    const code = (await example('python', session)) + ask
    const { stdout } = await run(python, ['-c', code], { env: readerEnv(session) })
    return JSON.parse(stdout) as unknown
  },
}

describe.skipIf(harness.unavailable !== undefined)(
  'the examples of docs/providers/vault.md, run as they stand',
  () => {
    for (const [language, read] of Object.entries(readers)) {
      // A bao of somebody else's has no Python client beside it.
      const isMissing =
        language === 'python' && !existsSync(python) && process.env['SECRETS_REQUIRE_SERVERS'] !== '1'
      it.skipIf(isMissing)(`${language}: both values until the deadline, then one`, async () => {
        const session = await startVault()
        await rotated(session, Date.now() + hour)
        expect(await read(session)).toEqual([[newValue, oldValue], true, true])
        await session.stop()
        const later = await startVault()
        await rotated(later, Date.now() - hour)
        expect(await read(later)).toEqual([[newValue], false, true])
        await later.stop()
      })
    }

    it('the command line of the server', async () => {
      const session = await startVault()
      await rotated(session, Date.now() + hour)
      const text = await readFile(page, 'utf8')
      const lines = [...text.matchAll(/^bao (kv get .*) myapp\/production$/gm)].map(([, words = '']) => words)
      const env = { ...readerEnv(session), BAO_ADDR: session.bao.address, BAO_TOKEN: session.token }
      const found: string[] = []
      for (const words of lines) {
        const { stdout } = await run(findBao() ?? '', [...words.trim().split(/ +/), session.path], { env })
        found.push(stdout.trimEnd())
      }
      expect(found).toEqual([newValue, oldValue])
      await session.stop()
    })
  },
)
