import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import ts from 'typescript'
import { runProcess } from '../support/cli.ts'
import { fileOfPage } from '../support/example-adapter.ts'

const root = resolve(import.meta.dirname, '../..')
const limitBytes = 6 * 1024 * 1024

let base = ''
let installed = ''
const npm = (words: readonly string[], cwd: string): string =>
  execFileSync('npm', words, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** An adapter in TypeScript, as somebody else would write one. */
const typed = `
import type { AdapterModule, Provider, RotationStore } from '@dualkey/secrets/provider'
export const connect: AdapterModule['connect'] = async ({ settings }, { Secret, SecretsError }) => {
  if (settings['address'] === undefined) throw new SecretsError('provider.auth', 'none', { retryAfter: 1 })
  const provider: Provider = {
    limits: { valueBytes: 1 },
    check: async () => ({ who: 'a', where: 'b' }),
    async *list() { yield { name: 'A' } },
    read: async () => ({ version: 'v', value: new Secret('x') }),
    write: async (name, value) => ({ version: value.reveal() }),
    remove: async () => undefined,
    close: async () => undefined,
  }
  return provider
}
export type Flip = RotationStore['guarantees']['flip']
`

/** What the compiler says of a module of the project. */
function problemsOf(cwd: string, name: string, text: string): readonly string[] {
  writeFileSync(join(cwd, name), text)
  const program = ts.createProgram([join(cwd, name)], {
    ...{ strict: true, noEmit: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  })
  const problems = ts.getPreEmitDiagnostics(program)
  return problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

// What a user gets: the packed file, installed in an empty directory, with no registry to ask.
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'secrets-package-'))
  npm(['pack', '--ignore-scripts', '--pack-destination', base], root)
  const tarball = readdirSync(base).find(name => name.endsWith('.tgz'))!
  const project = join(base, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true }')
  npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(base, tarball)], project)
  installed = join(project, 'node_modules', '@dualkey', 'secrets')
})

afterAll(() => {
  rmSync(base, { recursive: true, force: true })
})

function files(): readonly string[] {
  return readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

describe('the packed tarball', () => {
  it('installs nothing but itself, without a script', () => {
    const modules = readdirSync(join(base, 'project', 'node_modules')).filter(name => !name.startsWith('.'))
    expect(modules).toEqual(['@dualkey'])
    const { dependencies, scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      dependencies?: object
      scripts: Record<string, string>
    }
    expect(dependencies ?? {}).toEqual({})
    for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts[script]).toBeUndefined()
  })

  it('is small, and holds no map, test, value or path of the machine that built it', () => {
    const all = files()
    const bytes = all.reduce((sum, file) => sum + statSync(file).size, 0)
    expect(bytes).toBeLessThanOrEqual(limitBytes)
    for (const file of all) {
      expect(file).not.toMatch(/\.map$|\.test\.|[/\\]\.env$/)
      const text = readFileSync(file, 'utf8')
      expect(text.includes(root), `a path of the build in ${file}`).toBe(false)
      expect(text.includes('sourceMappingURL'), file).toBe(false)
    }
  })

  it('carries the licences of the libraries inside', () => {
    const text = readFileSync(join(installed, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['commander', 'chalk', 'zod', 'yaml', 'age-encryption', '@noble/hashes'])
      expect(text).toContain(name)
  })

  it('does the first five minutes without network', async () => {
    const directory = join(base, 'work')
    mkdirSync(directory)
    writeFileSync(
      join(directory, '.env.example'),
      '# Signs the session cookies\nSESSION_SECRET_KEY=change-me\nPORT=3000\n',
    )
    const program = join(
      base,
      'project',
      'node_modules',
      '.bin',
      process.platform === 'win32' ? 'secrets.cmd' : 'secrets',
    )
    const env = { PATH: process.env['PATH'], HOME: directory, npm_config_offline: 'true' }
    for (const words of [['init'], ['validate'], ['rotate', 'SESSION_SECRET_KEY'], ['status']]) {
      const { code, stderr } = await runProcess(program, words, { cwd: directory, env })
      expect([words[0], code, stderr]).toEqual([words[0], 0, ''])
    }
  })

  it('gives applications the runtime helper, as a module and by require, with types', async () => {
    const directory = join(base, 'project')
    writeFileSync(join(directory, '.env'), 'TOKEN=one\n')
    const env = { PATH: process.env['PATH'] }
    const code =
      "console.log(r.keyring('TOKEN').length, r.accepts('TOKEN', 'one'), r.accepts('TOKEN', 'two'))"
    const esm = await runProcess(
      process.execPath,
      ['--input-type=module', '-e', `import * as r from '@dualkey/secrets/runtime'; ${code}`],
      { cwd: directory, env },
    )
    const cjs = await runProcess(
      process.execPath,
      ['-e', `const r = require('@dualkey/secrets/runtime'); ${code}`],
      { cwd: directory, env },
    )
    expect([esm.stdout, cjs.stdout]).toEqual(['1 true false\n', '1 true false\n'])
    expect(readFileSync(join(installed, 'dist', 'types', 'runtime.d.ts'), 'utf8')).toContain(
      'accepts(name: string, presented: string): boolean',
    )
  })

  it('gives applications their checked environment, as a module and by require, with types', async () => {
    const cwd = join(base, 'project')
    const env = { PATH: process.env['PATH'], PORT: '80' }
    const code = `const schema = { '~standard': { version: 1, vendor: 'x', validate: ({ PORT, HOST }) =>
      HOST === undefined ? { issues: [{ message: PORT, path: ['HOST'] }] } : { value: PORT } } }
      console.log(JSON.stringify(e.checkEnv(schema)))`
    const esm = await runProcess(
      process.execPath,
      ['--input-type=module', '-e', `import * as e from '@dualkey/secrets/env'; ${code}`],
      { cwd, env },
    )
    const cjs = await runProcess(
      process.execPath,
      ['-e', `const e = require('@dualkey/secrets/env'); ${code}`],
      { cwd, env },
    )
    const issues = [{ name: 'HOST', code: 'missing', message: '"HOST" is missing' }]
    for (const { stdout, stderr } of [esm, cjs])
      expect([JSON.parse(stdout), stderr]).toEqual([{ ok: false, issues }, ''])

    const typedUse = `import { checkEnv, loadEnv, type StandardSchema } from '@dualkey/secrets/env'
      declare const schema: StandardSchema<unknown, { readonly PORT: number }>
      const port: number = loadEnv(schema).PORT
      // @ts-expect-error the schema knows no such variable
      loadEnv(schema).HOST
      export const names: readonly (string | undefined)[] = checkEnv(schema).issues.map(({ name }) => name)
      export default port`
    expect(problemsOf(cwd, 'env-use.mts', typedUse)).toEqual([])
  })

  it('gives whoever writes an adapter the suite, for the runner of Node, with types and nothing to install', async () => {
    const cwd = join(base, 'project')
    const env = { PATH: process.env['PATH'], HOME: cwd }
    for (const name of ['my-store.mjs', 'my-store.test.mjs']) writeFileSync(join(cwd, name), fileOfPage(name))
    const store = readFileSync(join(root, 'test', 'servers', 'key-value.ts'), 'utf8')
    const { outputText } = ts.transpileModule(store, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    })
    writeFileSync(join(cwd, 'test-store.mjs'), `${outputText}\nexport { startKeyValueStore as startStore }\n`)
    const { code, stdout } = await runProcess(
      process.execPath,
      ['--test', '--test-reporter=tap', 'my-store.test.mjs'],
      { cwd, env },
    )
    expect([code, /^# fail (\d+)$/m.exec(stdout)?.[1]]).toEqual([0, '0'])
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(50)

    // Every port that an adapter is given is in the two files.
    const ports = `import { describe, it } from 'node:test'
      import assert from 'node:assert'
      import { providerSuite } from '@dualkey/secrets/provider'
      let seen
      const connect = async (target, { files, random, root }) => {
        seen = [await files.read(root + '/port'), random.bytes(3).length, await files.publish(root + '/port', Buffer.from('x'), 0o600)]
        await files.withLock(root + '/port', new AbortController().signal, async () => files.remove(root + '/port'))
        throw new Error('enough')
      }
      const start = async () => ({ settings: {}, stop: async () => undefined })
      await providerSuite({ describe, it }, { id: 'x', adapter: { connect }, start }).catch(() => undefined)
      assert.deepEqual(seen, [undefined, 3, true])`
    const tried = await runProcess(process.execPath, ['--input-type=module', '-e', ports], { cwd, env })
    expect([tried.code, tried.stderr]).toEqual([0, ''])

    const list = 'Object.keys(p).sort().join()'
    const names = 'Secret,SecretsError,providerSuite,seedName,seedValue\n'
    const cjs = await runProcess(
      process.execPath,
      ['-e', `const p = require('@dualkey/secrets/provider'); console.log(${list})`],
      { cwd, env },
    )
    expect(cjs.stdout).toBe(names)

    expect(problemsOf(cwd, 'adapter.mts', typed)).toEqual([])
  })

  it('ships the JSON Schema of the manifest', async () => {
    const cwd = join(base, 'project')
    const code = "console.log(require('@dualkey/secrets/schema.json').title)"
    const { stdout } = await runProcess(process.execPath, ['-e', code], {
      cwd,
      env: { PATH: process.env['PATH'] },
    })
    expect(stdout).toBe('secrets.yaml\n')
  })
})
