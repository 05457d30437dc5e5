import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import type { Manifest } from '../core/manifest/manifest.ts'
import { label, readText } from './text-file.ts'

/** A megabyte is more than any manifest; YAML can make much of little. */
const maxBytes = 1_048_576

/**
 * The manifest of the directory, or the one that `--manifest` names (which must be there). Its reader is loaded only
 * when there is one. Throws `manifest.invalid` with every problem at its line.
 */
export async function loadManifest(context: Context): Promise<Manifest | undefined> {
  const named = context.options.manifest
  const path = resolve(context.cwd, named ?? 'secrets.yaml')
  const shown = label(context.cwd, path)
  const file = await readText(context, path, maxBytes)
  if (file === undefined) {
    if (named === undefined) return undefined
    throw new SecretsError('manifest.missing', 'there is no manifest at that path', { at: { path: shown } })
  }
  const { parseManifest, manifestError } = await import('../core/manifest/index.ts')
  const { manifest, problems } = parseManifest(file.text, shown, context.providers)
  if (manifest === undefined || problems.length > 0) throw manifestError(problems)
  return manifest
}
