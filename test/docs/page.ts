import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { cli, type Project } from '../support/cli.ts'

/**
 * What a page lets its reader do, in order. `<!-- file: NAME -->` above a block writes the block into that file. In a
 * `sh` block every line is a command; in a `console` block the lines behind `$ ` are, and what follows is what they
 * print, `…` for anything. A command ends with 0 unless `# exit N` stands behind it. Other blocks are for reading only.
 */
type Step =
  | { readonly do: 'write'; readonly file: string; readonly text: string }
  | { readonly do: 'run'; readonly line: string; readonly exit: number; readonly prints?: string }

export interface RunOfPage {
  readonly env?: Readonly<Record<string, string>>
  /** Texts of the page that are others here: an address, a path. */
  readonly replace?: Readonly<Record<string, string>>
}

/** Follows the page in the project's directory, and fails at the first command that does not do what the page says. */
export async function followPage(path: string, project: Project, run: RunOfPage = {}): Promise<number> {
  const steps = stepsOf(readPage(path, run))
  const env = project.env({ ...run.env, PATH: `${programs(project)}:${process.env['PATH'] ?? ''}` })
  let commands = 0
  for (const step of steps) {
    if (step.do === 'write') {
      project.write(step.file, step.text, step.text.startsWith('#!') ? 0o755 : 0o644)
      continue
    }
    commands += 1
    const { code, output } = await shell(step.line, project.path, env)
    const where = `${path}: $ ${step.line}\n${output}`
    expect(code, where).toBe(step.exit)
    if (step.prints !== undefined) expect(tidy(output), where).toMatch(patternOf(step.prints))
  }
  return commands
}

function readPage(path: string, { replace = {} }: RunOfPage): string {
  const text = readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')
  return Object.entries(replace).reduce((page, [from, to]) => {
    expect(page, `${path} has ${from}`).toContain(from)
    return page.replaceAll(from, to)
  }, text)
}

function stepsOf(page: string): readonly Step[] {
  const blocks = page.matchAll(/(?:<!-- file: (\S+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...blocks].flatMap(([, file, language, text = '']): readonly Step[] => {
    if (file !== undefined) return [{ do: 'write', file, text }]
    if (language === 'sh') return text.split('\n').flatMap(line => (line.trim() === '' ? [] : command(line)))
    if (language !== 'console') return []
    const [nothing, ...parts] = text.split(/^\$ /m)
    expect(nothing, 'a console block begins with a command').toBe('')
    return parts.map(part => {
      const [line = '', ...printed] = part.split('\n')
      return { ...command(line), prints: tidy(printed.join('\n')) }
    })
  })
}

function command(line: string): Extract<Step, { do: 'run' }> {
  return { do: 'run', line, exit: Number(/# exit (\d+)/.exec(line)?.[1] ?? '0') }
}

/** A line of `…` alone stands for any number of lines, within a line it stands for anything in that line. */
function patternOf(text: string): RegExp {
  const lines = text.split('\n').map(line => {
    if (line.trim() === '…') return '(?:.*(?:\\n|$))*?'
    return `${line.split('…').map(escape).join('.*')}(?:\\n|$)`
  })
  return new RegExp(`^${lines.join('')}$`)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function tidy(text: string): string {
  return text.replace(/[ \t]+$/gm, '').trimEnd()
}

/** A directory for PATH in which `secrets` is the command line of this clone. */
function programs(project: Project): string {
  const directory = join(project.home, 'bin')
  if (!existsSync(directory)) {
    mkdirSync(directory)
    writeFileSync(join(directory, 'secrets'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`)
    chmodSync(join(directory, 'secrets'), 0o755)
  }
  return directory
}

/** Both outputs together, as a reader sees them, though no terminal. */
function shell(
  line: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((done, reject) => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${line}`], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', reject)
    child.on('close', code => {
      done({ code: code ?? 128, output })
    })
  })
}
