import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { hour, noon, put } from '../contract/harness.ts'
import { type GcpSession, harness, startGcp } from '../providers/gcp.harness.ts'
import { runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

const run = promisify(execFile)
const name = 'SESSION_SECRET_KEY'
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']
/** Beside Google's own client for Python, which scripts/install-servers.sh installs. */
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const python = join(cache, 'secrets-ci/google/bin/python3')
const page = resolve(import.meta.dirname, '../../docs/providers/gcp.md')

/** The example of the documentation in that language, for the prefix of the session. */
async function example(language: string, { prefix }: GcpSession): Promise<string> {
  const blocks = (await readFile(page, 'utf8')).matchAll(/```(\w+)\n([\s\S]*?)```/g)
  const found = [...blocks].find(([, tag]) => tag === language)?.[2] ?? ''
  expect(found).toContain('secrets/app-production-')
  return found.replaceAll('app-production-', prefix)
}

/** What an application may: access both secrets, nothing else. */
async function asApplication(
  session: GcpSession,
  work: (env: NodeJS.ProcessEnv) => Promise<unknown>,
): Promise<unknown> {
  const { server } = session
  const email = `app-${session.prefix}reader@my-project.iam.gserviceaccount.com`
  server.grant(email, ['secretmanager.versions.access'])
  const keyFile = join(session.root, 'app.json')
  await writeFile(keyFile, JSON.stringify(server.tokens.addAccount(email, server.project).keyFile), {
    mode: 0o600,
  })
  return await work({
    ...process.env,
    GOOGLE_APPLICATION_CREDENTIALS: keyFile,
    NODE_EXTRA_CA_CERTS: server.caFile,
    NO_PROXY: '127.0.0.1',
  })
}

/** Each prints the keys as JSON. The client of the example is told where the server of the tests listens, no more. */
const readers = {
  async ts(session: GcpSession) {
    const { server } = session
    const marked = 'new SecretManagerServiceClient()'
    const text = await example('ts', session)
    expect(text).toContain(marked)
    const there = `new SecretManagerServiceClient({ fallback: true, apiEndpoint: '127.0.0.1', port: ${String(server.port)} })`
    const { outputText } = ts.transpileModule(
      `${text.replace(marked, there)}\nconsole.log(JSON.stringify(await sessionKeys()))\n`,
      { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 } },
    )
    // Within the project, so that its packages are found.
    const directory = await mkdtemp(join(import.meta.dirname, '.reader-'))
    try {
      await writeFile(join(directory, 'reader.mjs'), outputText)
      return await asApplication(session, async env => {
        const { stdout } = await run(process.execPath, [join(directory, 'reader.mjs')], { env })
        return JSON.parse(stdout) as unknown
      })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
  async python(session: GcpSession) {
    const { server } = session
    const marked = 'secretmanager.SecretManagerServiceClient()'
    const text = await example('python', session)
    expect(text).toContain(marked)
    const there = `secretmanager.SecretManagerServiceClient(transport="rest", client_options={"api_endpoint": "127.0.0.1:${String(server.port)}"})`
    const code = `${text.replace(marked, there)}\nimport json\nprint(json.dumps(session_keys()))\n`
    const directory = await mkdtemp(join(tmpdir(), 'secrets-reader-'))
    try {
      await writeFile(join(directory, 'reader.py'), code)
      return await asApplication(session, async env => {
        const { stdout } = await run(python, [join(directory, 'reader.py')], {
          env: { ...env, REQUESTS_CA_BUNDLE: server.caFile },
        })
        return JSON.parse(stdout) as unknown
      })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

describe('the examples of docs/providers/gcp.md, run as they stand', () => {
  for (const [language, read] of Object.entries(readers)) {
    const isMissing =
      language === 'python' && !existsSync(python) && process.env['SECRETS_REQUIRE_SERVERS'] !== '1'
    it.skipIf(isMissing)(
      `${language}: one value, both in the grace period, one after it was retired`,
      async () => {
        const session = await startGcp()
        const provider = await session.connect()
        await put(provider, name, oldValue)
        expect(await read(session)).toEqual([oldValue])
        await runEngine(provider, { do: 'rotate' }, noon, newValue, name)
        expect(await read(session)).toEqual([newValue, oldValue])
        await runEngine(provider, { do: 'retire' }, noon + 25 * hour, undefined, name)
        expect(await read(session)).toEqual([newValue])
        await provider.close()
        await session.stop()
      },
      120_000,
    )
  }
})
