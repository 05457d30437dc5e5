import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

export const cli = resolve(import.meta.dirname, '../../bin/secrets.js')

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string | Buffer
  /** Ends the process at once, by SIGKILL. */
  readonly killedBy?: AbortSignal
}

/** The document under `--json`. */
export interface JsonReport {
  readonly schema: number
  readonly command: string
  readonly ok: boolean
  readonly data?: Readonly<Record<string, unknown>>
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly hints: readonly string[]
    readonly at?: { readonly path: string; readonly line?: number; readonly column?: number }
    readonly retryable: boolean
  }
}

/** A command that has to succeed. */
export type Prepared = readonly [words: readonly string[], options?: CliOptions]

const seeds = new Map<string, Promise<string>>()

/**
 * A project after these commands. They are run once for all tests of a file that begin alike; each test has a copy,
 * its home with keys and trust included, of its own.
 */
export async function preparedProject(
  files: Readonly<Record<string, string>>,
  commands: readonly Prepared[],
): Promise<Project> {
  const key = JSON.stringify([files, commands])
  const seed = seeds.get(key) ?? prepareSeed(files, commands)
  seeds.set(key, seed)
  const from = await seed
  const project = new Project()
  const base = dirname(project.path)
  cpSync(from, base, { recursive: true, preserveTimestamps: true })
  const trust = join(project.home, '.config/secrets/trust.json')
  // Trust is of a place: it moves along.
  if (existsSync(trust)) writeFileSync(trust, readFileSync(trust, 'utf8').replaceAll(from, base))
  return project
}

/** When the last test of a file is over (setup.ts). */
export async function removeSeeds(): Promise<void> {
  const made = [...seeds.values()]
  seeds.clear()
  for (const seed of made) {
    const base = await seed.catch(() => undefined)
    if (base !== undefined) rmSync(base, { recursive: true, force: true })
  }
}

async function prepareSeed(
  files: Readonly<Record<string, string>>,
  commands: readonly Prepared[],
): Promise<string> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'secrets-seed-')))
  const project = new Project(files, base)
  for (const [words, options] of commands) {
    const { code, stderr } = await project.run(words, options)
    if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
  }
  return base
}

/** A project in a directory of its own, with a home of its own; both go when the test ends. */
export class Project {
  readonly path: string
  readonly home: string

  /** `base`: a directory that somebody else removes. */
  constructor(files: Readonly<Record<string, string | Buffer>> = {}, base = temporaryDirectory()) {
    this.path = join(base, 'project')
    this.home = join(base, 'home')
    mkdirSync(this.path)
    mkdirSync(this.home)
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  write(name: string, content: string | Buffer, mode = 0o644): void {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content, { mode })
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8')
  }

  mode(name: string): number {
    return statSync(join(this.path, name)).mode & 0o777
  }

  /** The real command line in a process of its own, without a terminal. */
  run(words: readonly string[], { env = {}, input, killedBy }: CliOptions = {}): Promise<CliResult> {
    return runProcess(process.execPath, [cli, ...words], {
      cwd: this.path,
      env: this.env(env),
      input: input ?? '',
      ...(killedBy === undefined ? {} : { killedBy }),
    })
  }

  async json(
    words: readonly string[],
    options: CliOptions = {},
  ): Promise<CliResult & { report: JsonReport }> {
    const result = await this.run([...words, '--json'], options)
    return { ...result, report: JSON.parse(result.stdout) as JsonReport }
  }

  env(more: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
    const { PATH, SYSTEMROOT, TEMP, TMP } = process.env
    return {
      ...{ PATH, SYSTEMROOT, TEMP, TMP, HOME: this.home, XDG_CONFIG_HOME: join(this.home, '.config') },
      ...more,
    }
  }
}

function temporaryDirectory(): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'secrets-test-')))
  onTestFinished(() => {
    rmSync(base, { recursive: true, force: true })
  })
  return base
}

export function runProcess(
  program: string,
  words: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input?: string | Buffer; killedBy?: AbortSignal },
): Promise<CliResult> {
  return new Promise((done, reject) => {
    const child = spawn(program, words, { cwd: options.cwd, env: options.env, stdio: 'pipe' })
    options.killedBy?.addEventListener('abort', () => child.kill('SIGKILL'))
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      done({ code: code ?? (signal === null ? 1 : 128), stdout, stderr })
    })
    child.stdin.end(options.input ?? '')
  })
}
