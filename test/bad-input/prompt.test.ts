import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, type JsonReport, Project } from '../support/cli.ts'
import { atTerminal, hasTerminal } from '../support/terminal.ts'
import { some } from '../support/thorough.ts'
import { treeOf } from './refusal.ts'

const asking = '# secrets: ask\nSTRIPE_KEY=\n# secrets: generate hex:32\nAPI_TOKEN=change-me\n'
const endings = [
  ['Ctrl-C', '\\x03'],
  ['Ctrl-D', '\\x04'],
  ['Ctrl-C after some keys', 'abc\\x03'],
  ['a request to end', 'SIGTERM'],
] as const
const prompts = [
  ['set', ['set', 'API_TOKEN'], 'Value: ', true],
  ['delete', ['delete', 'API_TOKEN'], '[y/N] ', false],
  ['init', ['init'], 'STRIPE_KEY', true],
] as const

describe.skipIf(!hasTerminal)('at a prompt (needs python3 for a terminal)', () => {
  function project(what: string): Project {
    return new Project(what === 'init' ? { '.env.example': asking } : { '.env': 'API_TOKEN=first-value\n' })
  }

  describe.each(prompts)('of %s', (what, words, prompt, isHidden) => {
    it.each(some(endings, 2, what.length))(
      '%s ends it, nothing is changed, the terminal is as before',
      async (_keys, keys) => {
        const one = project(what)
        const before = treeOf(one)
        const { code, report, hidden, echo } = await atTerminal(one, words, [[prompt, keys]])
        expect([hidden, echo]).toEqual([[isHidden], true])
        expect([report.error?.code, code]).toEqual(['usage.interrupted', 2])
        expect(treeOf(one)).toEqual(before)
      },
    )
  })

  it('a value that is typed is stored and not shown', async () => {
    const one = project('set')
    const { code, seen } = await atTerminal(
      one,
      ['set', 'API_TOKEN'],
      [['Value: ', 'typed-Value-1x\\x7f23\\r']],
    )
    expect(code).toBe(0)
    expect(seen).not.toContain('typed-Value')
    expect((await one.run(['get', 'API_TOKEN'])).stdout).toBe('typed-Value-123')
  })

  it('Ctrl-C leaves nothing of a shipped template', async () => {
    const one = new Project({ '.env.example': asking })
    const before = treeOf(one)
    const words = ['init', '--template', 'fullstack']
    const { report } = await atTerminal(one, words, [['STRIPE_KEY', '\\x03']])
    expect(report.error?.code).toBe('usage.interrupted')
    expect(treeOf(one)).toEqual(before)
  })

  it('no answer is no', async () => {
    const one = project('delete')
    const { code, report } = await atTerminal(one, ['delete', 'API_TOKEN'], [['[y/N] ', '\\r']])
    expect([report.error?.code, code]).toEqual(['usage.interrupted', 2])
    expect(one.read('.env')).toBe('API_TOKEN=first-value\n')
  })
})

describe.skipIf(process.platform !== 'linux')('while another run holds the file (needs /proc)', () => {
  /** A lock of this very process, which lives: the command waits for it. */
  function lockName(): string {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
    return `.env.env.${String(process.pid)}-${start}-${boot}-${'0'.repeat(32)}.lock`
  }

  it('Ctrl-C ends the waiting, and nothing is changed', async () => {
    const project = new Project({ '.env': 'API_TOKEN=first-value\n' })
    writeFileSync(join(project.path, lockName()), '', { mode: 0o600 })
    const before = treeOf(project)
    const child = spawn(process.execPath, [cli, 'set', 'API_TOKEN', '--json'], {
      cwd: project.path,
      env: project.env(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let stdout = ''
    child.stdout.on('data', chunk => (stdout += String(chunk)))
    const ended = new Promise<number | null>(resolve => child.on('close', resolve))
    child.stdin.end('second-value')
    await untilWaiting(child.pid!, project.path)
    child.kill('SIGINT')
    const code = await ended
    const { error } = JSON.parse(stdout) as JsonReport
    expect([error?.code, code]).toEqual(['usage.interrupted', 2])
    expect(treeOf(project)).toEqual(before)
  })

  /** A run that waits for the lock holds the directory open. */
  async function untilWaiting(pid: number, directory: string): Promise<void> {
    for (let isWaiting = false; !isWaiting;) {
      await new Promise(resolve => setImmediate(resolve))
      const open = readdirSync(`/proc/${String(pid)}/fd`).map(fd => linkOf(`/proc/${String(pid)}/fd/${fd}`))
      isWaiting = open.includes(directory)
    }
  }

  function linkOf(path: string): string {
    try {
      return readlinkSync(path)
    } catch {
      return ''
    }
  }
})
