import { dirname, join } from 'node:path'
import type { Context, DirectoryEntry, FileContent, Files } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'

/** Absolute path → content of the files of a shipped template that are not there yet. */
export type ShippedFiles = ReadonlyMap<string, Uint8Array>

/** What is there already is kept as it is. Throws `usage.unknown_template`. */
export async function missingTemplateFiles(context: Context, id: string): Promise<ShippedFiles> {
  const files = await context.template(id)
  if (files === undefined) {
    throw new SecretsError('usage.unknown_template', 'there is no template of that name', {
      hints: [`templates: ${(await context.templateIds()).join(', ')}`],
    })
  }
  const missing = new Map<string, Uint8Array>()
  for (const { path, bytes } of files) {
    const target = context.resolve(path)
    if ((await context.files.read(target)) === undefined) missing.set(target, bytes)
  }
  return missing
}

/** Reads as if the files were there: they are written only when everything is decided and answered. */
export function withShipped(context: Context, shipped: ShippedFiles): Context {
  if (shipped.size === 0) return context
  const { files } = context
  const overlay: Files = {
    ...files,
    read: async (path, options) => (await files.read(path, options)) ?? contentOf(shipped.get(path)),
    async list(directory) {
      const coming = entriesIn(directory, shipped)
      const found = (await files.list(directory)) ?? (coming.length > 0 ? [] : undefined)
      const known = new Set(found?.map(({ name }) => name))
      return found
        ?.concat(coming.filter(({ name }) => !known.has(name)))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
  return { ...context, files: overlay }
}

function contentOf(bytes: Uint8Array | undefined): FileContent | undefined {
  if (bytes === undefined) return undefined
  const version = { device: 0, inode: 0, size: bytes.length, modified: 0 }
  return { bytes, version, mode: 0o644, links: 1 }
}

function entriesIn(directory: string, shipped: ShippedFiles): readonly DirectoryEntry[] {
  const entries = new Map<string, DirectoryEntry>()
  for (const path of shipped.keys()) {
    for (let at = path; dirname(at) !== at; at = dirname(at)) {
      const name = at.slice(directory.length + 1)
      if (dirname(at) === directory) entries.set(name, { name, kind: at === path ? 'file' : 'directory' })
    }
  }
  return [...entries.values()]
}

export async function copyShipped(context: Context, shipped: ShippedFiles): Promise<void> {
  for (const [path, bytes] of shipped) {
    await context.files.makeDirectory(join(path, '..'), 0o755)
    await context.files.replace(path, bytes, { mode: 0o644, base: 'absent' })
  }
}
