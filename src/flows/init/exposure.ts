import type { Context } from '../../context.ts'
import { canonicalName } from '../../core/environment.ts'
import { askGit } from '../git-standing.ts'
import type { Exposure } from './report.ts'
import type { Work } from './work.ts'

const others = 0o077

/** Whether the system let others use the file; Windows shows modes that say nothing. */
export function isLoose({ env }: Context, { content }: Work): boolean {
  return content !== undefined && (content.mode & others) !== 0 && env['OS'] !== 'Windows_NT'
}

/**
 * Who else may have what these files hold, asked when they are written: by the mode they had, and by git. A file of
 * tests is meant to be committed.
 */
export async function findExposure(
  context: Context,
  works: readonly Work[],
): Promise<ReadonlyMap<Work, Exposure>> {
  const kept = works.filter(({ environment }) => canonicalName(environment) !== 'test')
  const standings = await askGit(
    context,
    kept.map(({ pair }) => pair.target),
  )
  return new Map(
    works.map(work => {
      const { git, commit } = kept.includes(work) ? (standings.get(work.pair.target) ?? {}) : {}
      return [
        work,
        {
          ...(isLoose(context, work) && { tightened: true as const }),
          ...(git === 'open' && { notIgnored: true as const }),
          ...(commit !== undefined && { commit }),
        },
      ]
    }),
  )
}
