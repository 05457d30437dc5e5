import { dirname, join, relative, sep } from 'node:path'
import type { Context, GitStandings } from '../context.ts'
import type { FileFacts } from '../rules/index.ts'

/** What git knows of a file. */
type GitFacts = Pick<FileFacts, 'git' | 'commit'>

/** One question for all files of a work tree. Outside one git is not even started. */
export async function askGit(
  context: Context,
  paths: readonly string[],
): Promise<ReadonlyMap<string, GitFacts>> {
  const facts = new Map<string, GitFacts>()
  const tops = new Map<string, string[]>()
  for (const path of paths) {
    const top = await workTreeOf(context, dirname(path))
    if (top !== undefined) tops.set(top, [...(tops.get(top) ?? []), path])
  }
  for (const [top, own] of tops) {
    const names = new Map(own.map(path => [relative(top, path).split(sep).join('/'), path]))
    const standings = await context.git.standing(top, [...names.keys()])
    if (standings.isHistoryCut)
      context.terminal.note('note: the history of git is too long to look through for these files')
    for (const [name, path] of names) facts.set(path, factsOf(standings, name))
  }
  return facts
}

function factsOf({ index, commits }: GitStandings, name: string): GitFacts {
  const commit = commits.get(name)
  const git = index?.tracked.has(name) ? 'tracked' : index?.open.has(name) ? 'open' : 'ignored'
  return { ...(index !== undefined && { git }), ...(commit !== undefined && { commit }) }
}

async function workTreeOf(context: Context, directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    if ((await context.files.access(join(at, '.git'))) !== undefined) return at
    if (dirname(at) === at) return undefined
  }
}
