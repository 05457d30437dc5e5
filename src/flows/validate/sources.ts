import { basename, dirname, join } from 'node:path'
import type { Context } from '../../context.ts'
import { chooseEnvironment, type EnvironmentChoice } from '../../core/environment.ts'
import { EnvDocument } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import type { InitRecord } from '../../core/init-record.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import { buildSchema, type Schema } from '../../core/schema/index.ts'
import { holdsSecret, sourceOfDocument, sourceOfProcess, type ValueSource } from '../../rules/index.ts'
import type { LoadedManifest } from '../manifest.ts'
import { discoverFiles, resolveTargets } from '../targets.ts'
import type { Project, TemplatePair } from '../project.ts'
import { label } from '../text-file.ts'
import type { LoadedFile } from './file-facts.ts'

/** What is known of the project before any value is looked at. */
export interface Facts {
  readonly context: Context
  readonly manifest: LoadedManifest | undefined
  readonly templates: readonly TemplatePair[]
  readonly record: InitRecord
  /** Words of `--rule`: `id=level`. */
  readonly ruleOptions: readonly string[]
}

/** Where files with values of the chosen environments may be. */
export async function candidateFiles(
  context: Context,
  manifest: Manifest | undefined,
  project: Project,
): Promise<readonly string[]> {
  if (manifest === undefined || manifest.environments.size === 0) return await discoverFiles(context, project)
  const targets = await resolveTargets(context, manifest)
  return targets.flatMap(({ provider, settings }) =>
    provider === 'dotenv' && settings['path'] !== undefined ? [context.resolve(settings['path'])] : [],
  )
}

/** The values of a file; `undefined` where it is not there. `chosen`: not asked of the file itself. */
export async function fileSource(
  facts: Facts,
  path: string,
  chosen?: EnvironmentChoice,
): Promise<LoadedSource | undefined> {
  const { context, manifest, record } = facts
  const shown = label(context.cwd, path)
  const content = await context.files.read(path)
  if (content === undefined) return undefined
  const document = EnvDocument.parse(content.bytes, shown)
  const values = document.values()
  const environment = chosen ?? environmentOf(facts, path, name => values.get(name))
  const template = await templateOf(facts, path)
  const schema = buildSchema({
    environment: environment.name,
    ...(template === undefined ? {} : { template }),
    ...(manifest === undefined ? {} : { manifest }),
    generated: record.get(shown) ?? new Map(),
  })
  const source = sourceOfDocument(document, {
    schema,
    environment: environment.name,
    environmentSource: environment.source,
    kept: keptFrom(values, template?.values()),
  })
  const readers = manifest?.environments.get(environment.name)?.readers ?? manifest?.readers
  const isSecret = holdsSecret(source)
  return { source, file: { path, mode: content.mode, document, isSecret, ...(readers && { readers }) } }
}

export interface LoadedSource {
  readonly source: ValueSource
  readonly file: LoadedFile
}

/** Who may read a file is of interest where it holds a secret, and how it is read where somebody says who does. */
export async function withFacts(
  context: Context,
  loaded: readonly LoadedSource[],
): Promise<readonly ValueSource[]> {
  const files = loaded
    .map(({ file }) => file)
    .filter(({ isSecret, readers }) => isSecret || readers !== undefined)
  if (files.length === 0) return loaded.map(({ source }) => source)
  const { gatherFacts } = await import('./file-facts.ts')
  const facts = await gatherFacts(context, files)
  return loaded.map(({ source, file }) => {
    const known = facts.get(file.path)
    return known === undefined ? source : { ...source, facts: known }
  })
}

function keptFrom(
  values: ReadonlyMap<string, string>,
  template: ReadonlyMap<string, string> = new Map(),
): ReadonlySet<string> {
  return new Set([...values].flatMap(([name, value]) => (template.get(name) === value ? [name] : [])))
}

/** The manifest's environment of that file, else by `--env`, the name and what stands inside. */
export function environmentOf(
  { context, manifest }: Facts,
  path: string,
  valueOf: (name: string) => string | undefined,
): EnvironmentChoice {
  const declared = [...(manifest?.environments.values() ?? [])]
  const owner = declared.find(({ targets }) =>
    targets.some(
      ({ settings }) => settings['path'] !== undefined && context.resolve(settings['path']) === path,
    ),
  )
  const option = context.options.env === 'all' ? undefined : context.options.env
  if (option === undefined && owner !== undefined) return { name: owner.name, source: 'the manifest' }
  return chooseEnvironment({
    option,
    valueOf,
    fileName: basename(path),
    declared: declared.map(({ name }) => name),
  })
}

/** The template that fills this very file, else the general one of its directory. */
export async function templateOf(
  { context, templates }: Facts,
  path: string,
): Promise<EnvDocument | undefined> {
  const general = join(dirname(path), '.env')
  const pair =
    templates.find(({ target }) => target === path) ?? templates.find(({ target }) => target === general)
  return pair === undefined ? undefined : await readTemplate(context, pair.template)
}

export async function readTemplate(context: Context, path: string): Promise<EnvDocument | undefined> {
  const content = await context.files.read(path)
  return content === undefined ? undefined : EnvDocument.parse(content.bytes, label(context.cwd, path))
}

export async function processSource(facts: Facts, isAsked: true): Promise<ValueSource>
export async function processSource(facts: Facts): Promise<ValueSource | undefined>
/** The process environment counts where it is asked for, or holds at least one name that is declared as required. */
export async function processSource(facts: Facts, isAsked = false): Promise<ValueSource | undefined> {
  const { context } = facts
  const environment = environmentOf(facts, '', name => context.env[name])
  const { schema, isRequired } = await declaredNames(facts, environment.name)
  const isThere = (name: string): boolean =>
    context.env[name] !== undefined || context.env[`${name}_FILE`] !== undefined
  const isUsed = [...schema.values()].some(({ name }) => isRequired(name) && isThere(name))
  if (!isUsed && !isAsked) return undefined
  const source = sourceOfProcess(context.env, {
    schema,
    environment: environment.name,
    environmentSource: environment.source,
  })
  if (!source.variables.some(({ name }) => name.endsWith('_FILE'))) return source
  const { withSecretFiles } = await import('./secret-files.ts')
  return await withSecretFiles(context, source)
}

interface DeclaredNames {
  readonly schema: Schema
  isRequired(name: string): boolean
}

async function declaredNames(facts: Facts, environment: string): Promise<DeclaredNames> {
  const { context, manifest, ruleOptions } = facts
  const schema = await declaredSchema(facts, environment)
  const isRequired = (name: string): boolean => schema.get(name)?.required === true
  if (manifest?.schema === undefined) return { schema, isRequired }
  const { declaredByCode, hasCodeSchema } = await import('../code-schema.ts')
  if (!hasCodeSchema(manifest, ruleOptions)) return { schema, isRequired }
  const byCode = await declaredByCode(context, manifest, schema)
  return { schema: byCode.schema, isRequired: name => isRequired(name) || byCode.required.has(name) }
}

/** What all templates and the manifest declare together. */
export async function declaredSchema(
  { context, manifest, templates }: Facts,
  environment: string,
): Promise<Schema> {
  const merged = new Map<string, Schema extends ReadonlyMap<string, infer Entry> ? Entry : never>()
  for (const { template: path } of templates) {
    const template = await readTemplate(context, path)
    if (template === undefined) continue
    for (const [name, entry] of buildSchema({ template, environment })) merged.set(name, entry)
  }
  const declared = manifest === undefined ? new Map() : buildSchema({ manifest, environment })
  return new Map([...merged, ...declared])
}

export function missingFile({ cwd }: Context, path: string): SecretsError {
  return new SecretsError('env_file.missing', 'the file is not there', {
    at: { path: label(cwd, path) },
    hints: ['make it: secrets init'],
  })
}
