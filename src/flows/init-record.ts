import { dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import {
  emptyMemory,
  formatInitMemory,
  type InitMemory,
  type InitRecord,
  parseInitMemory,
} from '../core/init-record.ts'
import { label, readText, stateDirectory } from './text-file.ts'

const maxBytes = 16_777_216

function pathOf(context: Context): string {
  return join(stateDirectory(context.cwd), 'init.json')
}

/** A package is no deeper below the directory where `init` ran for all of them. */
const mostLevels = 4

/** What `init` generated in this directory, also when it ran further up for all packages; empty where it never did. */
export async function loadInitRecord(context: Context): Promise<InitRecord> {
  const found = new Map<string, InitRecord>()
  let directory = context.cwd
  for (let level = 0; level <= mostLevels; level += 1) {
    const path = join(stateDirectory(directory), 'init.json')
    // What stands further up may belong to somebody else.
    const { generated } = await readMemory(context, path).catch((error: unknown) => {
      if (level === 0) throw error
      return emptyMemory
    })
    const prefix = label(directory, context.cwd)
    found.set(prefix === '.' ? '' : `${prefix}/`, generated)
    const above = dirname(directory)
    if (above === directory) break
    directory = above
  }
  // The nearest counts.
  const records = [...found].reverse()
  return new Map(
    records.flatMap(([prefix, record]) =>
      [...record].flatMap(([file, facts]) =>
        file.startsWith(prefix) ? [[file.slice(prefix.length), facts] as const] : [],
      ),
    ),
  )
}

/** Everything that `init` remembers of this directory. */
export async function loadInitMemory(context: Context): Promise<InitMemory> {
  return await readMemory(context, pathOf(context))
}

async function readMemory(context: Context, path: string): Promise<InitMemory> {
  const file = await readText(context, path, maxBytes)
  return file === undefined ? emptyMemory : parseInitMemory(file.text, label(context.cwd, path))
}

/** Writes the memory, changed by `change` on what stands there now; one writer at a time, and only if it differs. */
export async function updateInitMemory(
  context: Context,
  change: (memory: InitMemory) => InitMemory,
): Promise<void> {
  const path = pathOf(context)
  await context.files.makeDirectory(stateDirectory(context.cwd), 0o700)
  await context.files.withLock(path, context.signal, async () => {
    const file = await readText(context, path, maxBytes)
    const before = file === undefined ? emptyMemory : parseInitMemory(file.text, label(context.cwd, path))
    const text = formatInitMemory(change(before))
    if (text === file?.text) return
    const bytes = new TextEncoder().encode(text)
    await context.files.replace(path, bytes, { mode: 0o600, base: file?.content.version ?? 'absent' })
  })
}
