import { dirname, resolve } from 'node:path'
import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import type { Manifest } from '../core/manifest/manifest.ts'
import { label, readText } from './text-file.ts'

/** A megabyte is more than any manifest; YAML can make much of little. */
const maxBytes = 1_048_576

/** A manifest with the bytes that it was read from: what is trusted is exactly what was parsed. */
export interface LoadedManifest extends Manifest {
  readonly source: {
    /** Absolute. */
    readonly path: string
    readonly bytes: Uint8Array
  }
}

/** The absolute path of the command's manifest, whether or not it is there. */
export function manifestPath(context: Context): string {
  return resolve(context.cwd, context.options.manifest ?? 'secrets.yaml')
}

/** A path that the manifest names, as an absolute one. */
export function pathBesideManifest({ source }: LoadedManifest, path: string): string {
  return resolve(dirname(source.path), path)
}

/**
 * The manifest of the directory, or the one that `--manifest` names (which must be there). Its reader is loaded only
 * when there is one. Throws `manifest.invalid` with every problem at its line.
 */
export async function loadManifest(context: Context): Promise<LoadedManifest | undefined> {
  const path = manifestPath(context)
  const shown = label(context.cwd, path)
  const file = await readText(context, path, maxBytes)
  if (file === undefined) {
    if (context.options.manifest === undefined) return undefined
    throw new SecretsError('manifest.missing', 'there is no manifest at that path', {
      at: { path: shown },
      hints: ['name one that is there, or leave --manifest out to work without one'],
    })
  }
  const { parseManifest, manifestError } = await import('../core/manifest/index.ts')
  const fields = Object.entries(context.providers).map(([id, info]) => [id, info.fields] as const)
  const { manifest, problems } = parseManifest(file.text, shown, Object.fromEntries(fields))
  if (manifest === undefined || problems.length > 0) throw manifestError(problems)
  if (has(manifest, 'pattern')) {
    const { compilePatterns } = await import('../core/manifest/patterns.ts')
    const wrong = compilePatterns(manifest)
    if (wrong.length > 0) throw manifestError(wrong)
  }
  if (has(manifest, 'schema')) {
    const { compileJsonSchemas, schemaFiles } = await import('../core/manifest/json-values.ts')
    const files = new Map<string, string | undefined>()
    for (const name of schemaFiles(manifest)) {
      const found = await readText(context, resolve(dirname(path), name), maxBytes)
      files.set(name, found?.text)
    }
    const wrong = compileJsonSchemas(manifest, files)
    if (wrong.length > 0) throw manifestError(wrong)
  }
  return { ...manifest, source: { path, bytes: file.content.bytes } }
}

/** The library for patterns and schemas is loaded only where there are any. */
function has({ variables }: Manifest, key: 'pattern' | 'schema'): boolean {
  return [...variables.values()].some(variable =>
    [variable, ...variable.environments.values()].some(facts => facts[key] !== undefined),
  )
}
