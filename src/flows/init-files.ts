import { basename, join } from 'node:path'
import type { Context } from '../context.ts'
import { ensureIgnored, ignorePatterns } from '../core/gitignore.ts'
import { SecretsError } from '../core/errors.ts'
import type { TemplatePair } from './project.ts'
import { readText } from './text-file.ts'

const maxBytes = 1_048_576

/** Keeps values and state out of git: `.gitignore` gets what it lacks. Returns whether it was changed. */
export async function ensureGitignore(context: Context, pairs: readonly TemplatePair[]): Promise<boolean> {
  const path = join(context.cwd, '.gitignore')
  const file = await readText(context, path, maxBytes)
  const names = pairs.map(({ template }) => basename(template))
  const text = ensureIgnored(file?.text ?? '', ignorePatterns(names))
  if (text === undefined) return false
  await context.files.replace(path, new TextEncoder().encode(text), {
    mode: file?.content.mode ?? 0o644,
    base: file?.content.version ?? 'absent',
  })
  return true
}

/** The files of a shipped template that are not there yet, by absolute path; what is there is kept as it is. */
export async function missingTemplateFiles(
  context: Context,
  id: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
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

export async function copyFiles(context: Context, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await context.files.makeDirectory(join(path, '..'), 0o755)
    await context.files.replace(path, bytes, { mode: 0o644, base: 'absent' })
  }
}
