import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { canonicalName, environmentOfFileName, fileOfEnvironment } from '../core/environment.ts'
import { targetOfTemplate } from '../core/template-name.ts'
import { label } from './text-file.ts'
import { isOwnDirectory, workspaceDirectories } from './workspaces.ts'

/** A template and the file that it fills; absolute paths with the names shown to people. */
export interface TemplatePair {
  readonly template: string
  readonly templateLabel: string
  readonly target: string
  readonly targetLabel: string
}

/** Directories that hold packages and are none themselves: what is in them counts like a direct sub-package. */
const containers: ReadonlySet<string> = new Set([
  ...['apps', 'packages', 'services', 'libs', 'modules', 'projects', 'crates'],
])

/**
 * Directories of the project: where the command works, its direct sub-packages, those in the usual containers, and the packages
 * of a workspace. Elsewhere a template belongs to an example or a test.
 */
export async function projectDirectories(context: Context): Promise<readonly string[]> {
  const direct = await subdirectories(context, context.cwd)
  const contained: string[] = []
  for (const directory of direct) {
    if (containers.has(basename(directory))) contained.push(...(await subdirectories(context, directory)))
  }
  const packages = new Set([...direct, ...contained, ...(await workspaceDirectories(context))])
  return [context.cwd, ...[...packages].sort()]
}

async function subdirectories(context: Context, directory: string): Promise<readonly string[]> {
  const entries = (await context.files.list(directory)) ?? []
  return entries
    .filter(({ kind, name }) => kind === 'directory' && isOwnDirectory(name))
    .map(({ name }) => join(directory, name))
}

/** Every template of the project by its name, in the order of the directories and names. */
export async function findTemplates(context: Context): Promise<readonly TemplatePair[]> {
  const pairs: TemplatePair[] = []
  for (const directory of await projectDirectories(context)) {
    for (const { name, kind } of (await context.files.list(directory)) ?? []) {
      if (kind !== 'directory') pairs.push(...pairOf(context, join(directory, name)))
    }
  }
  return pairs
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
