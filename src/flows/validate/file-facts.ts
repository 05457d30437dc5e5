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
  const builds = new Builds(context)
  const facts = new Map<string, FileFacts>()
  for (const file of files) {
    const conflicts = conflictsOf(file)
    const ofSecret = file.isSecret
      ? { ...modeOf(context, file), ...standings.get(file.path), ...(await builds.imageOf(file.path)) }
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

/** A build: its directory, what it copies, and what it leaves out. */
interface Build {
  readonly path: string
  readonly dockerfile: string
  readonly ignoreFile: string | undefined
}

/** The builds of each directory, read once however many files stand below it. */
class Builds {
  readonly #context: Context
  readonly #found = new Map<string, Promise<readonly Build[]>>()

  constructor(context: Context) {
    this.#context = context
  }

  /** The first one, from the file's directory up to the project's, that copies the file. */
  async imageOf(path: string): Promise<FileFacts> {
    const { cwd } = this.#context
    for (let at = dirname(path); isWithin(cwd, at); at = dirname(at)) {
      const name = relative(at, path).split(sep).join('/')
      for (const build of await this.#in(at))
        if (await isBuiltIn(build, name)) return { image: label(cwd, build.path) }
      if (dirname(at) === at) break
    }
    return {}
  }

  #in(directory: string): Promise<readonly Build[]> {
    const known = this.#found.get(directory) ?? readBuilds(this.#context, directory)
    this.#found.set(directory, known)
    return known
  }
}

/** As Docker looks: the build's own ignore file counts instead of the general one. */
async function readBuilds(context: Context, directory: string): Promise<readonly Build[]> {
  const builds: Build[] = []
  for (const { name, kind } of (await context.files.list(directory)) ?? []) {
    if (kind !== 'file' || !isDockerfile(name)) continue
    const path = join(directory, name)
    const own = await readLoosely(context, `${path}.dockerignore`)
    builds.push({
      path,
      dockerfile: (await readLoosely(context, path)) ?? '',
      ignoreFile: own ?? (await readLoosely(context, join(directory, '.dockerignore'))),
    })
  }
  return builds
}

async function isBuiltIn({ dockerfile, ignoreFile }: Build, name: string): Promise<boolean> {
  if (!isCopied(dockerfile, name)) return false
  return ignoreFile === undefined || !(await isLeftOut(ignoreFile, name))
}

function isWithin(root: string, directory: string): boolean {
  return directory === root || directory.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)
}

/** A file of somebody else's format: what is no text, too large or no file says nothing. */
async function readLoosely(context: Context, path: string): Promise<string | undefined> {
  const content = await context.files.read(path, { maxBytes: 1024 * 1024 }).catch(() => undefined)
  return content === undefined ? undefined : new TextDecoder().decode(content.bytes)
}
