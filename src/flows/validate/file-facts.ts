import { dirname, join, relative, sep } from 'node:path'
import type { Context } from '../../context.ts'
import { placeOf, readersDisagree, type EnvDocument, type ReaderId } from '../../core/env-file/index.ts'
import { isCopied, isDockerfile, isLeftOut } from '../../core/image-context.ts'
import type { FileFacts, ReaderConflict } from '../../rules/index.ts'
import { askGit } from '../git-standing.ts'
import { label } from '../text-file.ts'

/** A file with values, as it was read. */
export interface LoadedFile {
  readonly path: string
  readonly mode: number
  readonly document: EnvDocument
  /** Those that the manifest declares for this file. */
  readonly readers?: readonly ReaderId[]
  /** Whether somebody else must not read it. */
  readonly isSecret: boolean
}

/** What the file system, git and the builds of images say of these files; by path. Nothing is changed or contacted. */
export async function gatherFacts(
  context: Context,
  files: readonly LoadedFile[],
): Promise<ReadonlyMap<string, FileFacts>> {
  const secret = files.filter(({ isSecret }) => isSecret)
  const standings = await askGit(
    context,
    secret.map(({ path }) => path),
  )
  const facts = new Map<string, FileFacts>()
  for (const file of files) {
    const conflicts = conflictsOf(file)
    const ofSecret = file.isSecret
      ? { ...modeOf(context, file), ...standings.get(file.path), ...(await imageOf(context, file.path)) }
      : {}
    facts.set(file.path, { ...ofSecret, ...(conflicts.length > 0 && { conflicts }) })
  }
  return facts
}

/** Windows shows modes that say nothing of who may read a file. */
function modeOf({ env }: Context, { mode }: LoadedFile): FileFacts {
  return env['OS'] === 'Windows_NT' ? {} : { mode }
}

function conflictsOf({ document, readers = [] }: LoadedFile): readonly ReaderConflict[] {
  const [first] = readers
  if (first === undefined) return []
  return document.assignments.flatMap(node => {
    const others = readersDisagree(document, node, readers)
    return others.length === 0 ? [] : [{ name: node.name, at: placeOf(document.path, node), first, others }]
  })
}

/** The first Dockerfile, from the file's directory up to the project's, whose build copies the file. */
async function imageOf(context: Context, path: string): Promise<FileFacts> {
  for (let at = dirname(path); isWithin(context.cwd, at); at = dirname(at)) {
    for (const { name, kind } of (await context.files.list(at)) ?? []) {
      if (kind !== 'file' || !isDockerfile(name)) continue
      const inContext = relative(at, path).split(sep).join('/')
      if (await isBuiltIn(context, join(at, name), inContext))
        return { image: label(context.cwd, join(at, name)) }
    }
    if (dirname(at) === at) break
  }
  return {}
}

function isWithin(root: string, directory: string): boolean {
  return directory === root || directory.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)
}

/** As Docker looks: the build's own ignore file counts instead of the general one. */
async function isBuiltIn(context: Context, dockerfile: string, name: string): Promise<boolean> {
  const text = (await readLoosely(context, dockerfile)) ?? ''
  if (!isCopied(text, name)) return false
  const own = await readLoosely(context, `${dockerfile}.dockerignore`)
  const patterns = own ?? (await readLoosely(context, join(dirname(dockerfile), '.dockerignore')))
  return patterns === undefined || !(await isLeftOut(patterns, name))
}

/** A file of somebody else's format: what is no text, too large or no file says nothing. */
async function readLoosely(context: Context, path: string): Promise<string | undefined> {
  const content = await context.files.read(path, { maxBytes: 1024 * 1024 }).catch(() => undefined)
  return content === undefined ? undefined : new TextDecoder().decode(content.bytes)
}
