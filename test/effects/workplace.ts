import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { afterEach, beforeEach } from 'vitest'

export const isRoot = process.geteuid?.() === 0
export const isLinux = process.platform === 'linux'
export const bytes = (text: string): Uint8Array => Buffer.from(text)

/** A fresh directory for every test of the file. */
export function useDirectory(): { readonly path: string; at(name: string): string } {
  const place = { path: '', at: (name: string) => join(place.path, name) }
  beforeEach(async () => {
    place.path = await mkdtemp(join(tmpdir(), 'secrets-files-'))
  })
  afterEach(() => rm(place.path, { recursive: true, force: true }))
  return place
}

export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8')
}

export async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o7777
}

/** What lies in the directory beside the file of the test. */
export async function leftovers(directory: string, ...known: readonly string[]): Promise<readonly string[]> {
  return (await readdir(directory)).filter(name => !known.includes(name))
}

/** The process number of one that has ended, and has been waited for. */
export function endedProcess(): number {
  const { pid } = spawnSync(process.execPath, ['--version'])
  return pid
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Builds a module of ours to plain JavaScript, for processes that run without the test runner. */
async function buildModule(source: string, name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'secrets-build-'))
  // Every process may enter: some tests run without the rights of this one.
  await chmod(directory, 0o755)
  const bundle = await rolldown({ input: join(import.meta.dirname, '../..', source), platform: 'node' })
  await bundle.write({
    dir: directory,
    entryFileNames: name,
    chunkFileNames: '[name]-[hash].mjs',
    format: 'esm',
  })
  await bundle.close()
  return join(directory, name)
}

let built: Promise<string> | undefined

/** Runs lines that see `files` (the real ones) in another process; `wrapper` is put before node, as in `setpriv …`. */
export async function startScript(
  lines: string,
  wrapper: readonly string[] = [],
): Promise<{ pid: number; done: Promise<Ran> }> {
  built ??= buildModule('src/effects/files.ts', 'files.mjs')
  const script = `import { createFiles } from ${JSON.stringify(await built)}\nconst files = createFiles()\n${lines}`
  const args = [...wrapper, process.execPath, '--input-type=module', '--eval', script]
  const child = spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += String(chunk)))
  child.stderr.on('data', chunk => (stderr += String(chunk)))
  const done = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      resolve({ code, stdout, stderr })
    })
  })
  return { pid: child.pid ?? 0, done }
}

export function hasCommand(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
