import { basename, join } from 'node:path'
import type { Context } from '../../context.ts'
import { ensureIgnored, ignorePatterns } from '../../core/gitignore.ts'
import type { TemplatePair } from '../project.ts'
import { readText } from '../text-file.ts'

const maxBytes = 1_048_576

/** Keeps values and state out of git: `.gitignore` gets what it lacks. Returns whether it was changed. */
export async function ensureGitignore(context: Context, pairs: readonly TemplatePair[]): Promise<boolean> {
  return await addIgnored(context, ignorePatterns(pairs.map(({ template }) => basename(template))))
}

/** The same for patterns of one's own. */
export async function addIgnored(context: Context, patterns: readonly string[]): Promise<boolean> {
  const path = join(context.cwd, '.gitignore')
  const file = await readText(context, path, maxBytes)
  const text = ensureIgnored(file?.text ?? '', patterns)
  if (text === undefined) return false
  await context.files.replace(path, new TextEncoder().encode(text), {
    mode: file?.content.mode ?? 0o644,
    base: file?.content.version ?? 'absent',
  })
  return true
}
