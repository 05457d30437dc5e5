import { basename, dirname, join } from 'node:path'
import type { Context, DirectoryEntry } from '../context.ts'
import { isOwnDirectory, workspaceFiles } from '../core/directories.ts'
import { SecretsError } from '../core/errors.ts'
import { canonicalName, environmentOfFileName, fileOfEnvironment } from '../core/environment.ts'
import { targetOfTemplate } from '../core/template-name.ts'
import { label } from './text-file.ts'

/** A template and the file that it fills; absolute paths with the names shown to people. */
export interface TemplatePair {
  readonly template: string
  readonly templateLabel: string
  readonly target: string
  readonly targetLabel: string
  /** What stands for the template where the file itself is none, with the lines of that file, by variable. */
  readonly text?: string
  readonly lines?: ReadonlyMap<string, number>
}

/** Directories that hold packages and are none themselves: what is in them counts like a direct sub-package. */
const containers: ReadonlySet<string> = new Set([
  ...['apps', 'packages', 'services', 'libs', 'modules', 'projects', 'crates'],
])

/** What a look at the project found. */
export interface Project {
  /** Where the command works first, then its packages, sorted. */
  readonly directories: readonly string[]
  /** Every template by its name, in the order of the directories and names. */
  readonly templates: readonly TemplatePair[]
}

/**
 * Directories of the project: where the command works, its direct sub-packages, those in the usual containers, and the packages
 * of a workspace. Elsewhere a template belongs to an example or a test. Each directory is read once.
 */
export async function readProject(context: Context): Promise<Project> {
  const root = (await context.files.list(context.cwd)) ?? []
  const packages = new Set(subdirectories(context.cwd, root))
  const read = new Map([[context.cwd, root]])
  for (const directory of [...packages]) {
    const entries = (await context.files.list(directory)) ?? []
    read.set(directory, entries)
    if (!containers.has(basename(directory))) continue
    for (const contained of subdirectories(directory, entries)) packages.add(contained)
  }
  if (root.some(({ name, kind }) => kind === 'file' && workspaceFiles.has(name))) {
    const { workspaceDirectories } = await import('./workspaces.ts')
    for (const directory of await workspaceDirectories(context, root)) packages.add(directory)
  }
  const directories = [context.cwd, ...[...packages].sort()]
  const templates: TemplatePair[] = []
  for (const directory of directories) {
    for (const { name, kind } of read.get(directory) ?? (await context.files.list(directory)) ?? []) {
      if (kind !== 'directory') templates.push(...pairOf(context, join(directory, name)))
    }
  }
  return { directories, templates }
}

function subdirectories(directory: string, entries: readonly DirectoryEntry[]): readonly string[] {
  return entries
    .filter(({ kind, name }) => kind === 'directory' && isOwnDirectory(name))
    .map(({ name }) => join(directory, name))
}

/**
 * The pairs that a command works on. Without `--env` every template with its own target; with it, for each directory
 * the environment's own template, else the general one, both filling that environment's file.
 */
export function choosePairs(
  context: Context,
  pairs: readonly TemplatePair[],
  declared: readonly string[] = [],
): readonly TemplatePair[] {
  const wanted = context.options.env
  const chosen =
    wanted === undefined
      ? pairs
      : pairsOfEnvironment(context, pairs, canonicalName(wanted, declared), declared)
  for (const one of chosen) {
    const other = chosen.find(candidate => candidate.target === one.target && candidate !== one)
    if (other === undefined) continue
    throw new SecretsError('usage.ambiguous', `two templates fill "${one.targetLabel}"`, {
      hints: [
        `choose one: secrets init --from ${one.templateLabel}`,
        `or the other: secrets init --from ${other.templateLabel}`,
      ],
    })
  }
  return chosen
}

function pairsOfEnvironment(
  context: Context,
  pairs: readonly TemplatePair[],
  environment: string,
  declared: readonly string[],
): readonly TemplatePair[] {
  const directories = new Set(pairs.map(({ template }) => dirname(template)))
  return [...directories].flatMap(directory => {
    const found = pairs.filter(({ template }) => dirname(template) === directory)
    const own = found.filter(one => environmentOfFileName(basename(one.target), declared) === environment)
    if (own.length > 0)
      return own.map(one => pair(context, one.template, join(directory, fileOfEnvironment(environment))))
    return found
      .filter(({ target }) => basename(target) === '.env')
      .map(one => pair(context, one.template, join(directory, fileOfEnvironment(environment))))
  })
}

/** The pair of a template by its name; none for a file that is no template. */
export function pairOf(context: Context, template: string): readonly TemplatePair[] {
  const target = targetOfTemplate(basename(template))
  return target === undefined ? [] : [pair(context, template, join(dirname(template), target))]
}

export function pair(context: Context, template: string, target: string): TemplatePair {
  return {
    template,
    target,
    templateLabel: label(context.cwd, template),
    targetLabel: label(context.cwd, target),
  }
}
