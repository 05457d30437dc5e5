import { describe, expect, it } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { loadCommands } from '../../src/commands/index.ts'
import { errorCodes } from '../../src/core/errors.ts'
import { Project } from '../support/cli.ts'

const commands = await loadCommands()

describe('the command line', () => {
  it('prints the version, with and without other words', async () => {
    const project = new Project()
    for (const words of [['--version'], ['-V'], ['--version', '--json']]) {
      expect(await project.run(words)).toMatchObject({
        code: 0,
        stdout: `${packageFile.version}\n`,
        stderr: '',
      })
    }
  })

  it('shows help grouped by task, with examples for every command', async () => {
    const project = new Project()
    const { code, stdout } = await project.run(['--help'])
    expect(code).toBe(0)
    for (const group of ['Start a project:', 'Check:', 'Rotate:', 'Single values:'])
      expect(stdout).toContain(group)
    for (const command of commands) {
      const help = await project.run([command.name, '--help'])
      expect([command.name, help.code]).toEqual([command.name, 0])
      expect(help.stdout).toContain('Examples:')
      for (const { line } of command.examples) expect(help.stdout).toContain(line)
    }
  })

  it('without a word shows help and fails', async () => {
    const { code, stdout } = await new Project().run([])
    expect([code, stdout.includes('Usage: secrets')]).toEqual([2, true])
  })

  it.each([
    [['rotat'], 'usage.unknown_command', 'secrets rotate'],
    [['validate', '--strickt'], 'usage.unknown_option', '--strict'],
    [['status', '--jsn'], 'usage.unknown_option', '--json'],
    [['zzzzzzzz'], 'usage.unknown_command', 'secrets --help'],
    [['get'], 'usage.missing_name', 'secrets get --help'],
    [['get', 'A', 'B'], 'usage.invalid_argument', 'secrets get --help'],
    [['rotate', 'A', '--grace'], 'usage.invalid_argument', 'secrets rotate --help'],
  ])('%j: %s, with a way out', async (words, code, hint) => {
    const { code: exit, report, stderr } = await new Project().json(words)
    expect([exit, report.error?.code]).toEqual([2, code])
    expect(report.error?.hints.join('\n')).toContain(hint)
    expect(stderr).toBe('')
  })

  it('knows the global options before and behind the command', async () => {
    const project = new Project({ 'a/.env': 'X=1\n' })
    for (const words of [
      ['--cwd', 'a', 'list', '--json'],
      ['list', '--cwd', 'a', '--json'],
      ['--json', 'list', '--cwd', 'a'],
    ]) {
      const { stdout } = await project.run(words)
      expect(JSON.parse(stdout)).toMatchObject({
        command: 'list',
        ok: true,
        data: { secrets: [{ name: 'X' }] },
      })
    }
  })

  it('says in JSON what it says in text, and nothing else on stdout', async () => {
    const project = new Project({ '.env': 'A=1\n' })
    const { code, stdout, stderr } = await project.run(['get', 'NO_SUCH'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^secrets: error: .*\[secret\.absent\]\nsecrets: hint: /)
    const { report } = await project.json(['get', 'NO_SUCH'])
    expect(report).toMatchObject({
      schema: 1,
      command: 'get',
      ok: false,
      error: { code: 'secret.absent', retryable: false },
    })
  })

  it('uses no colour in a pipe, and colour where it is forced', async () => {
    const project = new Project({ '.env': 'A=1\n' })
    expect((await project.run(['list'])).stdout).not.toContain('\u001b[')
    expect((await project.run(['list'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[')
    expect((await project.run(['list', '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(
      '\u001b[',
    )
    expect((await project.run(['list'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(
      '\u001b[',
    )
  })

  it('shows control characters of names as escapes', async () => {
    const project = new Project({ 'a\u001b[2Jb/.env': 'X=1\n' })
    const { stdout, stderr } = await project.run(['list'], { env: { FORCE_COLOR: '1' } })
    expect(stdout + stderr).not.toContain('\u001b[2J')
  })

  it('starts again without NODE_DEBUG, keeping words, input and exit code', async () => {
    const project = new Project({ '.env': 'A=1\n' })
    const env = { NODE_DEBUG: 'child_process,fs,module', MARK: 'value-of-the-environment' }
    const { code, stdout, stderr } = await project.run(['set', 'A', '--json'], { env, input: 'two' })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true }])
    expect(stderr).not.toContain('value-of-the-environment')
    expect((await project.run(['get', 'NO_SUCH'], { env })).code).toBe(1)
  })
})

describe('the table of errors', () => {
  it('gives 1 where the answer is no, 2 where there is none, and what shells give for a program', () => {
    const ofShells = new Map([
      ['run.not_found', 127],
      ['run.not_executable', 126],
    ])
    for (const [code, { exit }] of Object.entries(errorCodes)) {
      const isNo = code.startsWith('rotation.') || code === 'secret.absent' || code === 'env_file.tracked'
      expect([code, exit]).toEqual([code, ofShells.get(code) ?? (isNo ? 1 : 2)])
      expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/)
    }
  })
})
