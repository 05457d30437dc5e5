import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { chooseEnvironment, type EnvironmentChoice } from '../core/environment.ts'
import { EnvDocument } from '../core/env-file/index.ts'
import { SecretsError } from '../core/errors.ts'
import type { InitRecord } from '../core/init-record.ts'
import type { Manifest } from '../core/manifest/manifest.ts'
import { buildSchema, type Schema } from '../core/schema/index.ts'
import { targetOfTemplate } from '../core/template-name.ts'
import {
  type AllowedFinding,
  checkRules,
  type Finding,
  type RuleReport,
  sourceOfDocument,
  sourceOfProcess,
  type ValueSource,
} from '../rules/index.ts'
import { loadInitRecord } from './init-record.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { chooseRules } from './rule-choice.ts'
import { type Project, readProject, type TemplatePair } from './project.ts'
import { discoverFiles, resolveTargets } from './targets.ts'
import { label } from './text-file.ts'

export interface ValidateReport {
  /** Of the first file (or the process); every file has its own in `files`. */
  readonly environment: EnvironmentChoice
  /** Where the values came from; `static`: there are none here, only declarations were checked. */
  readonly source: 'files' | 'process' | 'static'
  readonly files: readonly { readonly path: string; readonly environment: string; readonly source: string }[]
  readonly findings: readonly Finding[]
  readonly allowed: readonly AllowedFinding[]
  readonly counts: { readonly error: number; readonly warning: number; readonly info: number }
}

/** Rules that say something about a template alone, where there are no values to look at. */
const staticRules = new Set(['syntax', 'duplicate'])

interface Facts {
  readonly context: Context
  readonly manifest: LoadedManifest | undefined
  readonly templates: readonly TemplatePair[]
  readonly record: InitRecord
  /** Words of `--rule`: `id=level`. */
  readonly ruleOptions: readonly string[]
}

/** Every problem at once. Sources: the files named or found; else the process environment; else the declarations. */
export async function runValidate(
  context: Context,
  names: readonly string[],
  ruleOptions: readonly string[] = [],
): Promise<ValidateReport> {
  const manifest = await loadManifest(context)
  const project = await readProject(context)
  const { templates } = project
  const facts = { context, manifest, templates, record: await loadInitRecord(context), ruleOptions }
  const named = names.map(name => context.resolve(name))
  const paths = named.length > 0 ? named : await candidateFiles(context, manifest, project)
  const isTemplate = (path: string): boolean => targetOfTemplate(basename(path)) !== undefined
  const sources: ValueSource[] = []
  for (const path of new Set(paths.filter(one => !isTemplate(one)))) {
    const source = await fileSource(facts, path)
    if (source !== undefined) sources.push(source)
    else if (named.length > 0) throw missingFile(context, path)
  }
  if (sources.length > 0) return report('files', sources, await judgeValues(facts, sources))
  const ofProcess = names.length > 0 ? undefined : await processSource(facts)
  if (ofProcess !== undefined) return report('process', [ofProcess], await judgeValues(facts, [ofProcess]))
  return await checkDeclarations(facts, paths.filter(isTemplate))
}

/** By the project's schema in code too, where the manifest names one. */
async function judgeValues(facts: Facts, sources: readonly ValueSource[]): Promise<RuleReport> {
  const { context, manifest, ruleOptions } = facts
  if (manifest?.schema === undefined) return await judge(facts, sources)
  const { hasCodeSchema, judgeByCode } = await import('./code-schema.ts')
  const isJudged = hasCodeSchema(manifest, ruleOptions)
  return await judge(facts, isJudged ? await judgeByCode(context, manifest, sources) : sources)
}

async function judge(
  { context, manifest, ruleOptions }: Facts,
  sources: readonly ValueSource[],
  isChosen?: (id: string) => boolean,
): Promise<RuleReport> {
  const { known, levels, names } = await chooseRules(sources, manifest, ruleOptions)
  const input = { sources, names, now: context.clock.now() }
  return checkRules(input, known, { levels, ...(isChosen && { isChosen }) })
}

/** Where files with values of the chosen environments may be. */
async function candidateFiles(
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

/** The values of a file; `undefined` where it is not there. */
async function fileSource(facts: Facts, path: string): Promise<ValueSource | undefined> {
  const { context, manifest, record } = facts
  const shown = label(context.cwd, path)
  const content = await context.files.read(path)
  if (content === undefined) return undefined
  const document = EnvDocument.parse(content.bytes, shown)
  const values = document.values()
  const environment = environmentOf(facts, path, name => values.get(name))
  const template = await templateOf(facts, path)
  const schema = buildSchema({
    environment: environment.name,
    ...(template === undefined ? {} : { template }),
    ...(manifest === undefined ? {} : { manifest }),
    generated: record.get(shown) ?? new Map(),
  })
  return sourceOfDocument(document, {
    schema,
    environment: environment.name,
    environmentSource: environment.source,
    kept: keptFrom(values, template?.values()),
  })
}

function keptFrom(
  values: ReadonlyMap<string, string>,
  template: ReadonlyMap<string, string> = new Map(),
): ReadonlySet<string> {
  return new Set([...values].flatMap(([name, value]) => (template.get(name) === value ? [name] : [])))
}

/** The manifest's environment of that file, else by `--env`, the name and what stands inside. */
function environmentOf(
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
async function templateOf({ context, templates }: Facts, path: string): Promise<EnvDocument | undefined> {
  const general = join(dirname(path), '.env')
  const pair =
    templates.find(({ target }) => target === path) ?? templates.find(({ target }) => target === general)
  return pair === undefined ? undefined : await readTemplate(context, pair.template)
}

async function readTemplate(context: Context, path: string): Promise<EnvDocument | undefined> {
  const content = await context.files.read(path)
  return content === undefined ? undefined : EnvDocument.parse(content.bytes, label(context.cwd, path))
}

/** The process environment counts where it holds at least one name that is declared as required. */
async function processSource(facts: Facts): Promise<ValueSource | undefined> {
  const { context } = facts
  const environment = environmentOf(facts, '', name => context.env[name])
  const { schema, isRequired } = await declaredNames(facts, environment.name)
  const isThere = (name: string): boolean =>
    context.env[name] !== undefined || context.env[`${name}_FILE`] !== undefined
  const isUsed = [...schema.values()].some(({ name }) => isRequired(name) && isThere(name))
  if (!isUsed) return undefined
  return sourceOfProcess(context.env, {
    schema,
    environment: environment.name,
    environmentSource: environment.source,
  })
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
  const { declaredByCode, hasCodeSchema } = await import('./code-schema.ts')
  if (!hasCodeSchema(manifest, ruleOptions)) return { schema, isRequired }
  const byCode = await declaredByCode(context, manifest, schema)
  return { schema: byCode.schema, isRequired: name => isRequired(name) || byCode.required.has(name) }
}

/** What all templates and the manifest declare together. */
async function declaredSchema({ context, manifest, templates }: Facts, environment: string): Promise<Schema> {
  const merged = new Map<string, Schema extends ReadonlyMap<string, infer Entry> ? Entry : never>()
  for (const { template: path } of templates) {
    const template = await readTemplate(context, path)
    if (template === undefined) continue
    for (const [name, entry] of buildSchema({ template, environment })) merged.set(name, entry)
  }
  const declared = manifest === undefined ? new Map() : buildSchema({ manifest, environment })
  return new Map([...merged, ...declared])
}

function missingFile({ cwd }: Context, path: string): SecretsError {
  return new SecretsError('env_file.missing', 'the file is not there', {
    at: { path: label(cwd, path) },
    hints: ['make it: secrets init'],
  })
}

async function checkDeclarations(facts: Facts, named: readonly string[]): Promise<ValidateReport> {
  const { context, manifest, templates } = facts
  const paths = named.length > 0 ? named : templates.map(({ template }) => template)
  if (paths.length === 0 && manifest === undefined) {
    throw new SecretsError(
      'template.missing',
      'there is nothing to validate: no file with values, no template, no manifest',
      {
        hints: ['begin with: secrets init', 'or name a file: secrets validate FILE'],
      },
    )
  }
  const environment = environmentOf(facts, '', () => undefined)
  const sources: ValueSource[] = []
  for (const path of paths) {
    const document = await readTemplate(context, path)
    if (document === undefined) throw missingFile(context, path)
    sources.push(sourceOfDocument(document, { schema: new Map(), environment: environment.name }))
  }
  const found = await judge(facts, sources, id => staticRules.has(id))
  return { ...report('static', sources, found), environment }
}

function report(
  source: ValidateReport['source'],
  sources: readonly ValueSource[],
  { findings, allowed }: RuleReport,
): ValidateReport {
  const [first] = sources
  const count = (severity: Finding['severity']): number =>
    findings.filter(finding => finding.severity === severity).length
  return {
    source,
    findings,
    allowed,
    environment: { name: first?.environment ?? 'development', source: first?.environmentSource ?? 'default' },
    files: sources.map(({ path, environment, environmentSource }) => ({
      path,
      environment,
      source: environmentSource,
    })),
    counts: { error: count('error'), warning: count('warning'), info: count('info') },
  }
}
