import { relative, sep } from 'node:path'
import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'

/**
 * What a pull request touches: all that differs from where its branch left the base. The base: the one that is named,
 * else what the CI says of the request, else the remote's own branch. Throws `git.unknown_base`.
 */
export async function readChanges(
  context: Context,
  named: string | undefined,
): Promise<(path: string) => boolean> {
  const base = named ?? baseOf(context)
  const top = await context.git.workTree(context.cwd)
  const names = top === undefined ? undefined : await context.git.changedSince(top, base)
  if (top === undefined || names === undefined)
    throw unknownBase(named === undefined ? `the base ${base}` : 'that base', top !== undefined)
  const changed = new Set(names)
  return path => changed.has(relative(top, path).split(sep).join('/'))
}

/** Facts: GitHub's default variables, and GitLab's predefined ones, as their documentation names them. */
function baseOf({ env }: Context): string {
  const github = env['GITHUB_BASE_REF']
  if (github !== undefined && github !== '') return `origin/${github}`
  const gitlab = env['CI_MERGE_REQUEST_DIFF_BASE_SHA']
  return gitlab === undefined || gitlab === '' ? 'origin/HEAD' : gitlab
}

function unknownBase(shown: string, isRepository: boolean): SecretsError {
  if (!isRepository) {
    return new SecretsError(
      'git.unknown_base',
      'only git can tell what has changed, and this is no work tree of git',
    )
  }
  return new SecretsError(
    'git.unknown_base',
    `git does not know ${shown}, or nothing that it has in common with HEAD`,
    {
      hints: [
        'name another one: --base main',
        'in CI the whole history is needed: fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab)',
      ],
    },
  )
}
