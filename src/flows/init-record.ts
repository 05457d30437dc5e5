import { basename, dirname, join } from 'node:path'
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

/** What `init` generated in this directory, and in it as a sub-package of the one above; empty where it never ran. */
export async function loadInitRecord(context: Context): Promise<InitRecord> {
  const own = await readMemory(context, pathOf(context))
  const above = await readMemory(context, join(stateDirectory(dirname(context.cwd)), 'init.json'))
  const prefix = `${basename(context.cwd)}/`
  const inherited = [...above.generated]
    .filter(([file]) => file.startsWith(prefix))
    .map(([file, facts]) => [file.slice(prefix.length), facts] as const)
  return new Map([...inherited, ...own.generated])
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
