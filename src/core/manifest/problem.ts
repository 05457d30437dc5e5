import { SecretsError, type Place } from '../errors.ts'

/** One thing that is wrong with the manifest, at its place. `text` quotes key names only, never a value. */
export interface ManifestProblem {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly text: string
}

export function problemAt(at: Place, text: string): ManifestProblem {
  return { path: at.path, line: at.line ?? 1, column: at.column ?? 1, text }
}

/** More than anybody reads: a file with more is no manifest. */
const mostHints = 200

/** `manifest.invalid` with every problem (200 at most) as a hint, `path:line:column: text`; `at` is the first. */
export function manifestError(problems: readonly ManifestProblem[]): SecretsError {
  const sorted = sortProblems(problems)
  const first = sorted[0]
  const shown = sorted.slice(0, mostHints)
  const rest = sorted.length - shown.length
  const count = `${String(sorted.length)} ${sorted.length === 1 ? 'problem' : 'problems'}`
  return new SecretsError('manifest.invalid', `the manifest has ${count}`, {
    hints: [
      ...shown.map(({ path, line, column, text }) => `${path}:${String(line)}:${String(column)}: ${text}`),
      ...(rest > 0 ? [`and ${String(rest)} more`] : []),
    ],
    ...(first && { at: { path: first.path, line: first.line, column: first.column } }),
  })
}

/** In the order of the file. */
export function sortProblems(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

/**
 * A key as it may be printed: in double quotes if it looks like a word of ours or like a variable, else undefined,
 * because a manifest can contain a value pasted to the wrong place.
 */
export function quoteKey(key: string): string | undefined {
  if (key.length > 48) return undefined
  const isWord =
    /^[a-z]{1,16}(?:[A-Z][a-z]{1,15}){0,4}$/.test(key) || /^[a-z]{1,16}(?:[-_][a-z]{1,16}){0,4}$/.test(key)
  const isVariable = /^[A-Z][A-Z0-9]{0,15}(?:_[A-Z0-9]{1,15}){0,7}$/.test(key) && !/\d[A-Z]+\d/.test(key)
  return isWord || isVariable ? `"${key}"` : undefined
}
