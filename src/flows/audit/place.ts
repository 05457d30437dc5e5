import { basename, dirname, join } from 'node:path'
import type { Context } from '../../context.ts'
import { sha256 } from '../../core/trust/digest.ts'
import { type LoadedManifest, pathBesideManifest } from '../manifest.ts'
import { userDirectory } from './key.ts'

export const usualAuditPath = '.secrets/audit.jsonl'

/** The files of one log. */
export interface AuditPlace {
  /** The file that is written now; absolute. */
  readonly path: string
  /** Says how far the log has come; in the user's directory, out of the reach of who may write the project. */
  readonly head: string
}

export function auditPlace(context: Context, manifest: LoadedManifest): AuditPlace {
  const path = pathBesideManifest(manifest, manifest.audit?.path ?? usualAuditPath)
  const name = sha256(new TextEncoder().encode(path)).slice(0, 32)
  return { path, head: join(userDirectory(context), 'audit', `${name}.head`) }
}

/** `audit.jsonl` → `audit.000000001234.jsonl`: closed files carry the number of their last line. */
export function closedPath(path: string, last: number): string {
  const name = basename(path)
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  return join(dirname(path), `${stem}.${String(last).padStart(12, '0')}${end}`)
}

/** Closed files of the log, oldest first, with the number of the last line of each. */
export async function closedFiles(
  { files }: Pick<Context, 'files'>,
  path: string,
): Promise<readonly { readonly path: string; readonly last: number }[]> {
  const entries = (await files.list(dirname(path))) ?? []
  const found = entries.flatMap(({ name, kind }) => {
    const [, digits] = kind === 'file' ? (/\.(\d{12})(?:\.[^.]*)?$/.exec(name) ?? []) : []
    const last = Number(digits)
    const own = digits === undefined ? undefined : closedPath(path, last)
    return own === join(dirname(path), name) ? [{ path: own, last }] : []
  })
  return found.sort((a, b) => a.last - b.last)
}
