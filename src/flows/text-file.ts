import { join, relative, sep } from 'node:path'
import type { Context, FileContent } from '../context.ts'
import { SecretsError } from '../core/errors.ts'

/** A path for people and records: relative to where the command works, with `/`. */
export function label(root: string, path: string): string {
  const shown = relative(root, path).split(sep).join('/')
  return shown === '' ? '.' : shown
}

/** Reads a small text file of ours strictly as UTF-8; `undefined` only when it is not there. */
export async function readText(
  context: Context,
  path: string,
  maxBytes: number,
): Promise<{ text: string; content: FileContent } | undefined> {
  const content = await context.files.read(path, { maxBytes })
  if (content === undefined) return undefined
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(content.bytes), content }
  } catch {
    throw new SecretsError('file.unreadable', 'the file is not text in UTF-8', {
      at: { path: label(context.cwd, path) },
      hints: ['save it as UTF-8, or restore it: it may be another kind of file'],
    })
  }
}

/** The directory of what the tool remembers of a project. */
export function stateDirectory(root: string): string {
  return join(root, '.secrets')
}
