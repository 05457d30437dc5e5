import type { Disagreement, ReaderId } from '../../core/env-file/index.ts'
import type { Place } from '../../core/errors.ts'

/** Where git has a file. `open`: neither in the index nor ignored, so that `git add .` takes it. */
export type GitStanding = 'tracked' | 'ignored' | 'open'

/** A variable that the declared readers of its file do not all read alike. */
export interface ReaderConflict {
  readonly name: string
  readonly at: Place
  readonly first: ReaderId
  readonly others: readonly Disagreement[]
}

/** What is known of a file beside its text. What could not be had, or is nobody's concern, is absent. */
export interface FileFacts {
  /** Permission bits, `0o644`; absent where the system has none. */
  readonly mode?: number
  readonly git?: GitStanding
  /** Short id of the newest commit that has the file, of all branches. */
  readonly commit?: string
  /** The Dockerfile that copies the file into an image. */
  readonly image?: string
  readonly conflicts?: readonly ReaderConflict[]
}

/** For examples: the facts as one reads them, `mode 0644, tracked by git`. */
export function factsText({ mode, git, commit, image, conflicts }: FileFacts): string {
  const parts = [
    mode !== undefined && `mode 0${mode.toString(8)}`,
    git !== undefined &&
      { tracked: 'tracked by git', ignored: 'ignored by git', open: 'not ignored by git' }[git],
    commit !== undefined && `in commit ${commit}`,
    image !== undefined && `copied by ${image}`,
    conflicts !== undefined && `read by ${readersOf(conflicts).join(', ')}`,
  ]
  return parts.filter(part => part !== false).join(', ')
}

function readersOf(conflicts: readonly ReaderConflict[]): readonly ReaderId[] {
  return [
    ...new Set(conflicts.flatMap(({ first, others }) => [first, ...others.map(({ reader }) => reader)])),
  ]
}
