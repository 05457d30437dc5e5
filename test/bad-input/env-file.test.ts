import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import { type CliOptions, Project } from '../support/cli.ts'
import { expectRefused, treeOf } from './refusal.ts'
import { amount, some } from '../support/thorough.ts'

const template = '# secrets: generate hex:32\nAPI_TOKEN=change-me\nPORT=3000\n'
const input = { input: 'some-value' }

/** Every command that reads or writes the file. */
const commands: readonly (readonly [words: readonly string[], options?: CliOptions])[] = [
  [['init']],
  [['validate']],
  [['status']],
  [['rotate', 'API_TOKEN']],
  [['retire', 'API_TOKEN']],
  [['get', 'API_TOKEN']],
  [['set', 'API_TOKEN'], input],
  [['delete', 'API_TOKEN']],
]

interface BadFile {
  readonly what: string
  readonly code: ErrorCode
  make(path: string): void
}

const badFiles: readonly BadFile[] = [
  {
    what: 'a directory',
    code: 'env_file.not_a_file',
    make(path) {
      mkdirSync(path)
    },
  },
  {
    what: 'a pipe, which never ends',
    code: 'env_file.not_a_file',
    make(path) {
      spawnSync('mkfifo', [path])
    },
  },
  {
    what: 'a link to a file elsewhere',
    code: 'env_file.symlink',
    make(path) {
      writeFileSync(join(path, '../../elsewhere'), 'API_TOKEN=of-somebody-else\n')
      symlinkSync('../elsewhere', path)
    },
  },
  {
    what: 'a link to nothing',
    code: 'env_file.symlink',
    make(path) {
      symlinkSync('../nothing', path)
    },
  },
  {
    what: 'a link to itself',
    code: 'env_file.symlink',
    make(path) {
      symlinkSync('.env', path)
    },
  },
  {
    what: 'a link to a device',
    code: 'env_file.symlink',
    make(path) {
      symlinkSync('/dev/full', path)
    },
  },
  {
    what: 'a binary file',
    code: 'env_file.not_text',
    make(path) {
      writeFileSync(path, Buffer.from('\u007fELF\u0002\u0001\u0000API_TOKEN=x\n\u0000\u0000', 'latin1'))
    },
  },
  {
    what: 'text in another encoding',
    code: 'env_file.not_text',
    make(path) {
      writeFileSync(path, Buffer.from('API_TOKEN=caf\u00e9\n', 'latin1'))
    },
  },
  {
    what: 'UTF-16, as some editors save',
    code: 'env_file.not_text',
    make(path) {
      writeFileSync(path, Buffer.from('\ufeffAPI_TOKEN=x\r\n', 'utf16le'))
    },
  },
  {
    what: 'larger than 10 MiB',
    code: 'env_file.too_large',
    make(path) {
      writeFileSync(path, `API_TOKEN=${'x'.repeat(11 * 1024 * 1024)}\n`)
    },
  },
]

/** Windows knows no pipes in the file system, and links only for some users. */
const possible = badFiles.filter(({ what }) => process.platform !== 'win32' || !/link|pipe/.test(what))

describe.each(possible)('a .env that is $what', ({ what, code, make }) => {
  it('is refused by every command, and stays', async () => {
    const project = new Project({ '.env.example': template })
    make(join(project.path, '.env'))
    const before = treeOf(project)
    for (const [words, options] of some(
      commands,
      4,
      badFiles.findIndex(bad => bad.what === what),
    )) {
      await expectRefused(project, words, { code, path: '.env' }, options)
    }
    expect(treeOf(project)).toEqual(before)
  })
})

describe.each(possible)('a template that is $what', ({ what, code, make }) => {
  it('is refused by init, found by its name or named by --from', async () => {
    const project = new Project()
    make(join(project.path, '.env.example'))
    const refusal = { code, path: '.env.example' }
    // Directories may have any name: only a file is taken for a template.
    const found = what === 'a directory' ? ({ code: 'template.missing' } as const) : refusal
    const asked = [
      [['init'], found],
      [['validate'], found],
      [['init', '--from', '.env.example'], refusal],
    ] as const
    const at = badFiles.findIndex(bad => bad.what === what)
    for (const [words, refused] of some(asked, 3, at)) await expectRefused(project, words, refused)
  })
})

describe('a template', () => {
  it('that is missing: said so, with what can be done', async () => {
    const project = new Project()
    await expectRefused(project, ['init'], { code: 'template.missing' })
    await expectRefused(project, ['init', '--from', 'nowhere'], { code: 'template.missing', path: 'nowhere' })
    await expectRefused(project, ['init', '--template', 'nowhere'], { code: 'usage.unknown_template' })
    await expectRefused(project, ['validate'], { code: 'template.missing' })
    await expectRefused(project, ['validate', 'nowhere'], { code: 'env_file.missing', path: 'nowhere' })
    await expectRefused(project, ['set', 'API_TOKEN'], { code: 'env_file.missing' }, input)
  })

  it.each(some(['', '\n\n', '\ufeff', '  \t\n'], 2))('that is empty (%j)', async text => {
    const project = new Project({ '.env.example': text })
    await expectRefused(project, ['init'], { code: 'template.empty', path: '.env.example' })
  })

  it('that is the file to write, or one of two for it', async () => {
    const project = new Project({ '.env.example': template, '.env.sample': template })
    await expectRefused(project, ['init', '--from', '.env.example', '--to', '.env.example'], {
      code: 'env_file.same_path',
      path: '.env.example',
    })
    await expectRefused(project, ['init'], { code: 'usage.ambiguous' })
    await expectRefused(project, ['init', '--to', '.env'], { code: 'usage.invalid_argument' })
  })
})

// Ten times the size of the largest value of any store, and in `.ci/run` a hundred times.
describe('one line of many MB', () => {
  const size = amount(10_000_000, 2_000_000)
  const value = 'x'.repeat(size)

  it('is read in seconds, and only what was asked for is changed', { timeout: 60_000 }, async () => {
    const file = `# secrets: generate hex:32\nAPI_TOKEN=first-value\nBIG=${value}\n`
    const project = new Project()
    project.write('.env', file, 0o600)
    const began = performance.now()
    expect(await project.run(['get', 'API_TOKEN'])).toMatchObject({ code: 0, stdout: 'first-value' })
    expect((await project.run(['validate'])).code).toBeLessThan(2)
    expect((await project.run(['set', 'API_TOKEN'], { input: 'second-value' })).code).toBe(0)
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(project.read('.env').endsWith(`\nAPI_TOKEN=second-value\nBIG=${value}\n`)).toBe(true)
    expect((await project.run(['get', 'BIG'])).stdout.length).toBe(value.length)
  })

  it.each([
    ['the usual kind', `API_TOKEN=${value}\n`],
    ['a comment', `# ${value}\nAPI_TOKEN=x\n`],
    ['blanks', `API_TOKEN=x${' '.repeat(size)}\n`],
    ['an open quote', `API_TOKEN="${value}\n`],
    ['escapes', `API_TOKEN="${'\\'.repeat(size)}\n`],
    ['no assignment', `${value}\nAPI_TOKEN=x\n`],
    ['equal signs', `API_TOKEN=${'='.repeat(size)}\n`],
    ['quotes', `API_TOKEN=${'"\''.repeat(size / 2)}\n`],
    ['hashes', `API_TOKEN=${' #'.repeat(size / 2)}\n`],
    ['a directive', `# secrets: generate ${value}\nAPI_TOKEN=x\n`],
    ['blank lines', `API_TOKEN=x\n${'\n'.repeat(size)}B=1\n`],
    ['blank lines of blanks', `API_TOKEN=x\n${' \r\n'.repeat(size / 4)}B=1\n`],
  ])('of %s takes no longer than others', { timeout: 60_000 }, async (_what, text) => {
    const project = new Project()
    project.write('.env', text, 0o600)
    const before = treeOf(project)
    const began = performance.now()
    for (const words of some([['get', 'API_TOKEN'], ['validate']], 2, text.length)) {
      expect((await project.json(words)).report.error?.code).not.toBe('internal.unexpected')
    }
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(treeOf(project)).toEqual(before)
  })
})

describe('words that name no secret', () => {
  it.each(some(['get', 'rotate', 'retire', 'rollback', 'delete', 'status'], 3))('%s', async command => {
    const project = new Project({ '.env': 'API_TOKEN=some-value\n' })
    chmodSync(join(project.path, '.env'), 0o600)
    await expectRefused(project, [command, 'API_TOKN'], { code: 'secret.absent' })
    await expectRefused(project, [command, 'not a name'], { code: 'usage.bad_name' })
    await expectRefused(project, [command, '../../.env'], { code: 'usage.bad_name' })
    await expectRefused(project, [command, '__proto__'], { code: 'secret.absent' })
  })
})
