import { spawn } from 'node:child_process'
import { cli, type Project } from '../support/cli.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `secrets run` that goes on while the test looks at it. */
export interface Started {
  readonly pid: number
  /** Resolves when what the program printed so far holds the text. */
  saw(text: string, where?: 'stdout' | 'stderr'): Promise<string>
  kill(signal: NodeJS.Signals): void
  type(text: string): void
  closeInput(): void
  /** As `| head -1` does. */
  closeOutput(): void
  readonly ended: Promise<Ended>
}

/** `secrets run …words`, with pipes. */
export function startRun(
  project: Project,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Started {
  const child = spawn(process.execPath, [cli, 'run', ...words], {
    cwd: project.path,
    env: project.env(env),
    stdio: 'pipe',
  })
  const texts = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  for (const where of ['stdout', 'stderr'] as const) {
    child[where].setEncoding('latin1').on('data', (text: string) => {
      texts[where] += text
      for (const watch of watchers) watch()
    })
  }
  child.stdin.on('error', () => undefined)
  return {
    pid: child.pid!,
    saw: (text, where = 'stdout') =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (texts[where].includes(text)) resolve(texts[where])
        }
        watchers.add(watch)
        watch()
        child.on('close', () => {
          reject(new Error(`ended without printing what was waited for: ${texts.stderr}`))
        })
      }),
    kill: signal => child.kill(signal),
    type: text => child.stdin.write(text),
    closeInput: () => child.stdin.end(),
    closeOutput: () => child.stdout.destroy(),
    ended: new Promise(resolve => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, ...texts })
      })
    }),
  }
}

/** A program of the tests: a Node script, with what it needs to know as arguments. */
export function node(code: string, ...args: readonly string[]): readonly string[] {
  return ['--', process.execPath, '-e', code, ...args]
}

/** Prints the named variables as JSON, `null` for one that is not there. */
export function printing(...names: readonly string[]): readonly string[] {
  return node(
    'console.log(JSON.stringify(process.argv.slice(1).map(name => process.env[name] ?? null)))',
    ...names,
  )
}
