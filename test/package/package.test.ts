import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProcess } from '../support/cli.ts'

const root = resolve(import.meta.dirname, '../..')
const limitBytes = 3 * 1024 * 1024

let base = ''
let installed = ''
const npm = (words: readonly string[], cwd: string): string =>
  execFileSync('npm', words, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

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
