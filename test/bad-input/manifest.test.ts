import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { some } from '../support/thorough.ts'
import { expectRefused, treeOf } from './refusal.ts'

const template = '# secrets: generate hex:32\nAPI_TOKEN=change-me\n'
const input = { input: 'some-value' }
const commands = [['init'], ['validate'], ['set', 'API_TOKEN']] as const
const at = { code: 'manifest.invalid', path: 'secrets.yaml' } as const

const level = (name: string, of: string): string => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`
const bomb = `version: 1\n${level('a', 'x')}${level('b', '*a')}${level('c', '*b')}${level('d', '*c')}${level('e', '*d')}`

const bad = [
  ['an unknown key', 'version: 1\nenviroments: {}\n', 2],
  [
    'an unknown setting of a provider',
    'version: 1\nenvironments:\n  a: { provider: dotenv, pth: .env }\n',
    3,
  ],
  ['a number where a text belongs', 'version: 1\nproject: [1]\n', 2],
  ['a text where a list of settings belongs', 'version: 1\nvariables: API_TOKEN\n', 2],
  ['a duration that is none', 'version: 1\nvariables:\n  A: { rotate: { every: soon } }\n', 3],
  ['an unknown version', 'version: 99\n', 1],
  ['no version', 'project: a\n', 1],
  ['nothing', '', 1],
  ['a document that grows without bound', bomb, 2],
  ['10,000 levels', `version: 1\nvariables: ${'['.repeat(10_000)}\n`, 2],
  ['half a megabyte of brackets', `version: 1\nproject: ${'{a: '.repeat(120_000)}\n`, 2],
  ['what is no YAML', 'version: 1\n"\n', 2],
  ['values of a .env file', 'API_TOKEN=some-value\n', 1],
] as const

describe.each(bad)('a manifest with %s', (what, text, line) => {
  it('is refused by every command at its place, quickly, and nothing is written', async () => {
    const project = new Project({ 'secrets.yaml': text, '.env.example': template, '.env': 'API_TOKEN=x\n' })
    const began = performance.now()
    const own = some(
      commands,
      3,
      bad.findIndex(([one]) => one === what),
    )
    for (const words of own) await expectRefused(project, words, at, input)
    expect(performance.now() - began).toBeLessThan(10_000)
    const { report } = await project.json(['status'])
    expect(report.error?.at).toMatchObject({ path: 'secrets.yaml', line })
    expect(report.error?.hints[0]).toMatch(new RegExp(`^secrets\\.yaml:${String(line)}:\\d+: `))
  })
})

describe('a manifest', () => {
  it('shows every problem at once, and no value', async () => {
    const text =
      'version: 2\nprojct: pasted-Secret-Value-123\nvariables:\n  A: { typ: url }\n  B: { min: x }\n'
    const project = new Project({ 'secrets.yaml': text })
    const { report, stdout } = await project.json(['status'])
    expect(report.error?.hints.map(hint => hint.split(':')[1])).toEqual(['1', '2', '4', '5'])
    expect(stdout).not.toContain('pasted-Secret-Value-123')
  })

  it.each(['dotnev', 'vault', '__proto__', './store.mjs'])('with the provider %s', async provider => {
    const text = `version: 1\nenvironments:\n  development: { provider: ${provider}, path: .env }\n`
    const project = new Project({
      'secrets.yaml': text,
      '.env': 'API_TOKEN=x\n',
      'store.mjs': 'process.exit(7)\n',
    })
    const before = treeOf(project)
    const asked = [['status'], ['rotate', 'API_TOKEN'], ['get', 'API_TOKEN'], ['set', 'API_TOKEN']]
    for (const words of some(asked, 2, provider.length)) {
      const { code, report } = await project.json(words, input)
      expect(code).toBe(2)
      expect(['manifest.invalid', 'provider.unknown', 'trust.required']).toContain(report.error?.code)
      expect(report.error?.hints.length).toBeGreaterThan(0)
    }
    expect(treeOf(project)).toEqual(before)
  })

  it.each([
    ['bytes that are no text', Buffer.from([0x76, 0xff, 0xfe, 0x00]), 'file.unreadable'],
    ['more than a megabyte', Buffer.alloc(2_000_000, 'version: 1\n'), 'env_file.too_large'],
  ] as const)('with %s', async (_what, bytes, code) => {
    const project = new Project({ 'secrets.yaml': bytes, '.env.example': template })
    for (const words of commands) await expectRefused(project, words, { code, path: 'secrets.yaml' }, input)
  })

  it('that is a directory, or a link', async () => {
    const one = new Project({ '.env.example': template })
    mkdirSync(join(one.path, 'secrets.yaml'))
    await expectRefused(one, ['init'], { code: 'env_file.not_a_file', path: 'secrets.yaml' })
    const other = new Project({ '.env.example': template, 'real.yaml': 'version: 1\n' })
    symlinkSync('real.yaml', join(other.path, 'secrets.yaml'))
    await expectRefused(other, ['init'], { code: 'env_file.symlink', path: 'secrets.yaml' })
  })

  it('that --manifest names and that is not there, and an environment that it does not have', async () => {
    const project = new Project({
      'secrets.yaml': 'version: 1\nenvironments:\n  development: { provider: dotenv }\n',
    })
    await expectRefused(project, ['status', '--manifest', 'nowhere.yaml'], {
      code: 'manifest.missing',
      path: 'nowhere.yaml',
    })
    await expectRefused(project, ['status', '--env', 'prod'], { code: 'usage.unknown_environment' })
  })
})
