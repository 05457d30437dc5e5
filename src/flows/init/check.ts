import { fillTarget } from '../../core/init-fill.ts'
import type { Work } from './work.ts'

/** Something that keeps a file from covering its template. */
export interface Uncovered {
  /** The file that `init` would write. */
  readonly file: string
  /** Absent where the whole file is missing. */
  readonly name?: string
  /** Where it stands: in the file, or in the template for what the file does not have. */
  readonly path: string
  readonly line?: number
  readonly reason: string
}

/** What each target lacks: itself, a variable, a value that has to be supplied. Writes and generates nothing. */
export function findUncovered(works: readonly Work[]): readonly Uncovered[] {
  return works.flatMap(({ existing, template, pair, decisions, ...rest }) => {
    const file = pair.targetLabel
    if (existing === undefined) return [{ file, path: file, reason: 'the file is not there' }]
    const { added, needs } = fillTarget({ existing, template, ...rest }, decisions, new Map())
    const missing = added.map(name => ({
      file,
      name,
      path: pair.templateLabel,
      line: pair.lines?.get(name) ?? template.find(name)?.line ?? 1,
      reason: `it is not in ${file}`,
    }))
    const unfilled = needs
      .filter(({ name }) => existing.find(name) !== undefined)
      .map(({ name, reason }) => ({
        file,
        name,
        path: file,
        line: existing.find(name)?.line ?? 1,
        reason,
      }))
    return [...missing, ...unfilled]
  })
}
