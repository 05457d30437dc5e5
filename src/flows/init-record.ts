import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { formatInitRecord, type InitRecord, parseInitRecord } from '../core/init-record.ts'
import { label, readText, stateDirectory } from './text-file.ts'

const maxBytes = 16_777_216

function pathOf(context: Context): string {
  return join(stateDirectory(context.cwd), 'init.json')
}

/** What `init` remembers of this directory, and of it as a sub-package of the one above; empty where it never ran. */
export async function loadInitRecord(context: Context): Promise<InitRecord> {
  const own = await readRecord(context, pathOf(context))
  const above = await readRecord(context, join(stateDirectory(dirname(context.cwd)), 'init.json'))
  const prefix = `${basename(context.cwd)}/`
  const inherited = [...above]
    .filter(([file]) => file.startsWith(prefix))
    .map(([file, facts]) => [file.slice(prefix.length), facts] as const)
  return new Map([...inherited, ...own])
}

async function readRecord(context: Context, path: string): Promise<InitRecord> {
  const file = await readText(context, path, maxBytes)
  return file === undefined ? new Map() : parseInitRecord(file.text, label(context.cwd, path))
}

/** Writes the record, changed by `change` on what stands there now; one writer at a time. */
export async function updateInitRecord(
  context: Context,
  change: (record: InitRecord) => InitRecord,
): Promise<void> {
  const path = pathOf(context)
  await context.files.makeDirectory(stateDirectory(context.cwd), 0o700)
  await context.files.withLock(path, context.signal, async () => {
    const file = await readText(context, path, maxBytes)
    const before = file === undefined ? new Map() : parseInitRecord(file.text, label(context.cwd, path))
    const bytes = new TextEncoder().encode(formatInitRecord(change(before)))
    await context.files.replace(path, bytes, { mode: 0o600, base: file?.content.version ?? 'absent' })
  })
}
