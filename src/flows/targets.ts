import { basename, dirname, join } from 'node:path'
import type { Context, TargetConfig } from '../context.ts'
import { canonicalName, chooseEnvironment, fileOfEnvironment } from '../core/environment.ts'
import { EnvDocument } from '../core/env-file/index.ts'
import { SecretsError } from '../core/errors.ts'
import { type EnvironmentConfig, type Manifest, variableIn } from '../core/manifest/manifest.ts'
import type { Provider, SecretName } from '../core/provider.ts'
import type { StoreName } from '../core/store-names.ts'
import type { LoadedManifest } from './manifest.ts'
import { type Project, readProject } from './project.ts'
import { label } from './text-file.ts'

/**
 * Where secrets live: one target per file or store. With a manifest that declares environments, those of `--env` (or
 * all of them); without one, every file that `init` would write and every `.env` that is there, on `dotenv`.
 */
export async function resolveTargets(
  context: Context,
  manifest: Manifest | undefined,
): Promise<readonly TargetConfig[]> {
  if (manifest !== undefined && manifest.environments.size > 0)
    return await declaredTargets(context, manifest)
  return await discoveredTargets(context)
}

/** Whether the provider's state is in a file of this machine. What the registry does not know counts as remote. */
export function isEmbedded({ providers }: Context, provider: string): boolean {
  return Object.hasOwn(providers, provider) && providers[provider]?.kind === 'embedded'
}

/**
 * The one way to a store. A remote one is contacted only after this user has trusted the manifest that names it
 * (`trust.required`); an embedded one is a file of the project and needs no trust. Nothing of trust is loaded for it.
 */
export async function connectTarget(
  context: Context,
  manifest: LoadedManifest | undefined,
  target: TargetConfig,
): Promise<Provider> {
  if (manifest?.audit === undefined) return await openTarget(context, manifest, target)
  const { connectAudited } = await import('./audit/connect.ts')
  return await connectAudited(context, manifest, target, () => openTarget(context, manifest, target))
}

/** For what is about the key of this user and about no project. */
export async function connectUsualStore(context: Context): Promise<Provider> {
  const target = { id: 'local', provider: 'local', environment: 'development', settings: {} }
  return await context.connect(target, context.cwd)
}

async function openTarget(
  context: Context,
  manifest: LoadedManifest | undefined,
  target: TargetConfig,
): Promise<Provider> {
  // Without a manifest every target is a file that was found.
  if (manifest !== undefined && !isEmbedded(context, target.provider)) {
    const { requireTrust } = await import('./trust/require.ts')
    await requireTrust(context, manifest)
    if (!followsPlaces(context, target.provider)) refusePlaces(manifest, target)
    if (!Object.hasOwn(context.providers, target.provider)) {
      const adapterBase = dirname(manifest.source.path)
      return await context.connect({ ...target, adapterBase }, context.cwd)
    }
  }
  return await context.connect(target, context.cwd)
}

function followsPlaces({ providers }: Context, provider: string): boolean {
  return Object.hasOwn(providers, provider) && providers[provider]?.places === true
}

/** To look for a secret at its usual place while the manifest says another would read, or make, the wrong one. */
function refusePlaces(manifest: Manifest, { environment, provider }: TargetConfig): void {
  for (const variable of manifest.variables.values()) {
    const { ref, field, at } = variableIn(variable, environment)
    if (ref === undefined && field === undefined) continue
    throw new SecretsError(
      'manifest.invalid',
      `"ref" and "field" of ${variable.name} cannot be followed yet`,
      {
        at,
        hints: [`in ${provider} this version finds a variable by its own name only`],
      },
    )
  }
}

/** For commands that change something: a remote store needs `--env` once the manifest declares several environments. */
export function requireChosen(
  context: Context,
  manifest: Manifest | undefined,
  targets: readonly TargetConfig[],
): void {
  const environments = new Set(targets.map(target => target.environment))
  const isRemote = targets.some(target => !isEmbedded(context, target.provider))
  if (!isRemote || environments.size < 2 || context.options.env !== undefined) return
  throw new SecretsError(
    'usage.ambiguous',
    'the manifest declares several environments: say which one to change',
    {
      hints: [
        `--env <name> with one of: ${[...(manifest?.environments.keys() ?? [])].join(', ')}`,
        'or --env all',
      ],
    },
  )
}

async function declaredTargets(context: Context, manifest: Manifest): Promise<readonly TargetConfig[]> {
  const found: TargetConfig[] = []
  for (const environment of chosenEnvironments(context, manifest)) {
    for (const { id, provider, settings } of environment.targets) {
      const isFile = provider === 'dotenv'
      const path = isFile ? await fileOfTarget(context, environment.name, settings['path']) : settings['path']
      found.push({
        id: isFile && path !== undefined ? path : id,
        provider,
        environment: environment.name,
        settings: path === undefined ? settings : { ...settings, path },
        ...(isEmbedded(context, provider) ? {} : namesIn(manifest, environment.name)),
      })
    }
  }
  return found
}

/** The `ref` and `field` of every variable that has one; files know variables by their own names only. */
function namesIn(manifest: Manifest, environment: string): Pick<TargetConfig, 'names'> {
  const names: Record<SecretName, StoreName> = {}
  for (const variable of manifest.variables.values()) {
    const { ref, field } = variableIn(variable, environment)
    if (ref === undefined && field === undefined) continue
    names[variable.name] = {
      ...(ref === undefined ? {} : { ref }),
      ...(field === undefined ? {} : { field }),
    }
  }
  return Object.keys(names).length === 0 ? {} : { names }
}

function chosenEnvironments(context: Context, manifest: Manifest): readonly EnvironmentConfig[] {
  const wanted = context.options.env
  const all = [...manifest.environments.values()]
  if (wanted === undefined || wanted === 'all') return all
  const environment = manifest.environments.get(canonicalName(wanted, [...manifest.environments.keys()]))
  if (environment !== undefined) return [environment]
  throw new SecretsError('usage.unknown_environment', 'the manifest does not declare that environment', {
    at: { path: manifest.path },
    hints: [`declared: ${[...manifest.environments.keys()].join(', ')}`],
  })
}

/** The manifest's path, else `.env.<environment>` where it is there, else `.env`. */
async function fileOfTarget(
  context: Context,
  environment: string,
  path: string | undefined,
): Promise<string> {
  if (path !== undefined) return path
  const own = fileOfEnvironment(environment)
  return (await context.files.read(join(context.cwd, own))) === undefined ? '.env' : own
}

async function discoveredTargets(context: Context): Promise<readonly TargetConfig[]> {
  const targets: TargetConfig[] = []
  for (const path of await discoverFiles(context, await readProject(context))) {
    const target = await targetOfFile(context, path)
    if (target !== undefined) targets.push(target)
  }
  return targets
}

/** Without a manifest: every file that `init` would write and every `.env`, or those of `--env`; they may be missing. */
export async function discoverFiles(
  context: Context,
  { directories, templates }: Project,
): Promise<readonly string[]> {
  const wanted = context.options.env
  const environment = wanted === undefined || wanted === 'all' ? undefined : canonicalName(wanted)
  const files = new Set(templates.map(({ target }) => target))
  for (const directory of directories) files.add(join(directory, '.env'))
  if (environment === undefined) return [...files]
  const own = await existing(context, files, fileOfEnvironment(environment))
  return own.length > 0 ? own : await existing(context, files, '.env')
}

async function existing(context: Context, files: ReadonlySet<string>, name: string): Promise<string[]> {
  const found: string[] = []
  for (const directory of new Set([...files].map(file => dirname(file)))) {
    const path = join(directory, name)
    if ((await context.files.read(path)) !== undefined) found.push(path)
  }
  return found
}

async function targetOfFile(context: Context, path: string): Promise<TargetConfig | undefined> {
  const content = await context.files.read(path)
  if (content === undefined) return undefined
  const shown = label(context.cwd, path)
  const values = EnvDocument.parse(content.bytes, shown).values()
  const { name } = chooseEnvironment({
    option: context.options.env === 'all' ? undefined : context.options.env,
    fileName: basename(path),
    valueOf: variable => values.get(variable),
  })
  return { id: shown, provider: 'dotenv', environment: name, settings: { path: shown } }
}
