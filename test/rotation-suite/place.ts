import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type {
  CliFault,
  CliTarget,
  ProviderHarness,
  ProxiedCliTarget,
  ReadersView,
  Session,
} from '../contract/harness.ts'
import { cli, type CliResult, type JsonReport } from '../support/cli.ts'

/** One secret in `status` and in what `rotate`, `retire` and `rollback` report. */
export interface StatusEntry {
  readonly name: string
  readonly environment: string
  readonly target: string
  readonly state: string
  readonly previous: string
  readonly current: { readonly version: string; readonly since: string | null } | null
  readonly deadline?: string
  readonly action?: string
}

export interface JsonResult {
  readonly code: number
  readonly report: JsonReport
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Words for Node itself, before the script. */
  readonly node?: readonly string[]
}

/** A run that may be killed while it works. */
export interface Running {
  kill(): void
  readonly done: Promise<CliResult & { readonly signal: NodeJS.Signals | null }>
}

/** The clock of a command, ahead by so many milliseconds. */
export function ahead(milliseconds: number): RunOptions {
  return { env: { SECRETS_CLOCK_OFFSET: String(milliseconds) } }
}

/** Names of one suite: each test takes its own, so that a whole provider needs one store. */
export function suiteName(index: number): string {
  return `SUITE_KEY_${String(index).padStart(3, '0')}`
}

const names = Array.from({ length: 200 }, (_, index) => suiteName(index))

/** Names of secrets that a fleet signs with. */
export function signedName(index: number): string {
  return `SUITE_SIGNED_${String(index)}`
}

const signed = [0, 1].map(signedName)

/**
 * A runner with a manifest of its own, which it has trusted, and a home of its own. Nothing of it is shared with
 * other runners but the store.
 */
export class Runner {
  readonly directory: string
  readonly #home: string
  readonly #env: Readonly<Record<string, string>>

  private constructor(directory: string, home: string, env: Readonly<Record<string, string>>) {
    this.directory = directory
    this.#home = home
    this.#env = env
  }

  /** `base`: where directories are made; somebody else removes it. */
  static async prepare(base: string, provider: string, target: CliTarget): Promise<Runner> {
    const home = await mkdtemp(join(base, 'home-'))
    const directory = target.directory ?? (await mkdtemp(join(base, 'project-')))
    await mkdir(directory, { recursive: true })
    const runner = new Runner(directory, home, target.env)
    await writeFile(join(directory, 'secrets.yaml'), manifestOf(provider, target))
    return runner
  }

  start(words: readonly string[], { env = {}, input = '', node = [] }: RunOptions = {}): Running {
    const { PATH } = process.env
    const child = spawn(process.execPath, [...node, cli, ...words], {
      cwd: this.directory,
      stdio: 'pipe',
      env: { PATH, HOME: this.#home, XDG_CONFIG_HOME: join(this.#home, '.config'), ...this.#env, ...env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    return {
      kill: () => child.kill('SIGKILL'),
      done: new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (code, signal) => {
          resolve({ code: code ?? -1, stdout, stderr, signal })
        })
      }),
    }
  }

  async run(words: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    return await this.start(words, options).done
  }

  async json(words: readonly string[], options: RunOptions = {}): Promise<JsonResult> {
    return asJson(await this.run([...words, '--json'], options))
  }

  async trust(): Promise<void> {
    const { code, stderr } = await this.run(['trust', '--yes'])
    expect([code, stderr]).toEqual([0, expect.any(String)])
  }

  async set(name: string, value: string): Promise<void> {
    const { code, stderr } = await this.run(['set', name], { input: value })
    expect([code, stderr]).toEqual([0, expect.any(String)])
  }

  async statusOf(name: string, offset = 0): Promise<StatusEntry> {
    const { report } = await this.json(['status', name], ahead(offset))
    const [entry] = entriesOf(report, 'secrets')
    if (entry === undefined) throw new Error(`no status: ${JSON.stringify(report.error)}`)
    return entry
  }
}

export function asJson({ code, stdout, stderr }: CliResult): JsonResult {
  if (stdout === '') throw new Error(`no document on stdout; stderr: ${stderr}`)
  return { code, stderr, report: JSON.parse(stdout) as JsonReport }
}

export function entriesOf(report: JsonReport, noun: 'rotations' | 'secrets'): readonly StatusEntry[] {
  return (report.data?.[noun] ?? []) as readonly StatusEntry[]
}

/** JSON is YAML. Every name is of ours and says its kind, so that `rotate` needs no further word. */
function manifestOf(provider: string, { settings }: CliTarget): string {
  const secret = { secret: true, generate: 'hex:32' }
  const variable = { ...secret, rotate: { kind: 'verifier' } }
  const signing = { ...secret, rotate: { kind: 'signing', refreshTtl: '5m', tokenTtl: '30m' } }
  return JSON.stringify(
    {
      version: 1,
      environments: {
        production: { provider, ...settings, rotate: { every: '30d', grace: '1h' } },
      },
      variables: Object.fromEntries([
        ...names.map(name => [name, variable] as const),
        ...signed.map(name => [name, signing] as const),
      ]),
    },
    undefined,
    2,
  )
}

/** One store of the harness, with runners that use it through the command line. */
export class Place {
  readonly session: Session
  readonly #provider: string
  readonly #base: string
  readonly #target: CliTarget

  private constructor(provider: string, session: Session, base: string, target: CliTarget) {
    this.#provider = provider
    this.session = session
    this.#base = base
    this.#target = target
  }

  static async open({ id, start }: ProviderHarness): Promise<Place> {
    const session = await start()
    const target = session.cli?.()
    if (target === undefined) throw new Error(`test/providers/${id}.harness.ts has no cli()`)
    const base = await realpath(await mkdtemp(join(tmpdir(), `secrets-suite-${id}-`)))
    return new Place(id, session, base, target)
  }

  /** A further runner; those of a file store share its directory, all others share nothing. */
  async runner(): Promise<Runner> {
    const runner = await this.untrusted()
    await runner.trust()
    return runner
  }

  async untrusted(): Promise<Runner> {
    return await Runner.prepare(this.#base, this.#provider, this.#target)
  }

  /** A runner whose requests `plan` looks at. */
  async through(plan: (number: number) => CliFault | undefined): Promise<{
    readonly runner: Runner
    readonly target: ProxiedCliTarget
  }> {
    const target = await this.session.cliThrough?.(plan)
    if (target === undefined)
      throw new Error(`test/providers/${this.#provider}.harness.ts has no cliThrough()`)
    const runner = await Runner.prepare(this.#base, this.#provider, target)
    await runner.trust()
    return { runner, target }
  }

  /** What applications find, past the adapter. */
  async view(name: string): Promise<ReadersView> {
    const view = await this.session.readersView?.(name)
    if (view === undefined)
      throw new Error(`test/providers/${this.#provider}.harness.ts has no readersView()`)
    return view
  }

  async close(): Promise<void> {
    await this.session.stop()
    await rm(this.#base, { recursive: true, force: true })
  }
}
