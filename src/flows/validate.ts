import { basename } from 'node:path'
import type { Context } from '../context.ts'
import type { EnvironmentChoice } from '../core/environment.ts'
import { SecretsError } from '../core/errors.ts'
import type { LayeringId } from '../core/layering.ts'
import { targetOfTemplate } from '../core/template-name.ts'
import { type AllowedFinding, type Finding, sourceOfDocument, type ValueSource } from '../rules/index.ts'
import { loadInitRecord } from './init-record.ts'
import { loadManifest, pathBesideManifest } from './manifest.ts'
import { readProject } from './project.ts'
import type { BaselineRequest, BaselineUse } from './validate/baseline.ts'
import type { ServiceReport } from './validate/compose-source.ts'
import { judge, judgeValues, reportOf } from './validate/judge.ts'
import type { LayeringReport } from './validate/layered-source.ts'
import type { Unanswered } from './validate/provider-source.ts'
import type { Repair } from './validate/repair.ts'
import {
  candidateFiles,
  environmentOf,
  type Facts,
  fileSource,
  type LoadedSource,
  missingFile,
  processSource,
  readTemplate,
  withFacts,
} from './validate/sources.ts'

export interface ValidateReport {
  /** Of the first file (or the process); every file has its own in `files`. */
  readonly environment: EnvironmentChoice
  /** Where the values came from; `static`: there are none here, only declarations were checked. */
  readonly source: 'files' | 'process' | 'provider' | 'compose' | 'static'
  /** What was looked at, `source`: why that environment. */
  readonly files: readonly {
    readonly kind: ValueSource['kind']
    readonly path: string
    readonly environment: string
    readonly source: string
  }[]
  /** No values were found here, because the manifest keeps those of this environment in a store. */
  readonly isElsewhere?: boolean
  /** Of stores: whether their values were read, or only their names listed. */
  readonly values?: boolean
  /** Of compose files: where each variable of each service comes from. */
  readonly services?: readonly ServiceReport[]
  /** Of files that a framework reads together: which of them counts. */
  readonly layering?: LayeringReport
  /** Stores that gave no answer; the rest was checked. */
  readonly unanswered?: readonly Unanswered[]
  readonly findings: readonly Finding[]
  readonly allowed: readonly AllowedFinding[]
  readonly counts: { readonly error: number; readonly warning: number; readonly info: number }
  /** What `--baseline` took out. */
  readonly baseline?: BaselineUse
  /** What `--fix` repaired, or would; the findings are those of afterwards. */
  readonly repairs?: { readonly isDryRun: boolean; readonly list: readonly Repair[] }
}

/** Rules that say something about a template alone, where there are no values to look at. */
const staticRules = new Set(['syntax', 'duplicate'])

/** What `validate` is asked for. */
export interface ValidateRequest {
  /** The files; found where none is named. */
  readonly names: readonly string[]
  /** Words of `--rule`. */
  readonly ruleOptions: readonly string[]
  readonly baseline?: BaselineRequest
  /** Only what differs from a base. */
  readonly changed?: { readonly base?: string }
  readonly fix?: { readonly isDryRun: boolean }
  /** Nothing else is looked at; `values` of stores: not only their names. */
  readonly from?:
    | { readonly kind: 'process' }
    | { readonly kind: 'provider'; readonly values: boolean }
    | { readonly kind: 'compose'; readonly files: readonly string[] }
    | { readonly kind: 'layering'; readonly id: LayeringId }
}

export interface ValidateOutcome {
  readonly report: ValidateReport
  /** What kept us from an answer to a part of it. */
  readonly error?: SecretsError
}

interface Judged extends ValidateOutcome {
  readonly sources: readonly ValueSource[]
}

/** Every problem at once. Sources: the files named or found; else the process environment; else the declarations. */
export async function runValidate(context: Context, request: ValidateRequest): Promise<ValidateOutcome> {
  const { report, error } = await repaired(context, request)
  if (request.baseline === undefined) return { report, ...(error && { error }) }
  // What could not be asked would count as gone.
  if (error !== undefined) throw error
  const { applyBaseline } = await import('./validate/baseline.ts')
  return { report: await applyBaseline(context, report, request.baseline) }
}

/** The report of how it is after the repairs. */
async function repaired(context: Context, request: ValidateRequest): Promise<ValidateOutcome> {
  const judged = await judgeProject(context, request)
  if (request.fix === undefined) return judged
  const { repair } = await import('./validate/repair.ts')
  const { isDryRun } = request.fix
  const work = { findings: judged.report.findings, sources: judged.sources }
  const list = await repair(context, work, isDryRun)
  const isSame = isDryRun || list.length === 0
  const after = isSame ? judged : await judgeProject(context, request)
  return { report: { ...after.report, repairs: { isDryRun, list } } }
}

async function judgeProject(
  context: Context,
  { names, ruleOptions, changed, from }: ValidateRequest,
): Promise<Judged> {
  const manifest = await loadManifest(context)
  const project = await readProject(context)
  const { templates } = project
  const facts = { context, manifest, templates, record: await loadInitRecord(context), ruleOptions }
  if (from?.kind === 'provider') return await judgeStores(facts, from.values)
  if (from?.kind === 'compose') {
    const { judgeCompose } = await import('./validate/compose-source.ts')
    return await judgeCompose(facts, from.files)
  }
  if (from?.kind === 'layering') {
    const { judgeLayers } = await import('./validate/layered-source.ts')
    return await judgeLayers(facts, from.id)
  }
  if (from?.kind === 'process') return await judgeProcess(facts, await processSource(facts, true))
  const named = names.map(name => context.resolve(name))
  const found = named.length > 0 ? named : await candidateFiles(context, manifest, project)
  const paths = changed === undefined ? found : await changedOnes(facts, found, changed.base)
  const isTemplate = (path: string): boolean => targetOfTemplate(basename(path)) !== undefined
  const loaded: LoadedSource[] = []
  for (const path of new Set(paths.filter(one => !isTemplate(one)))) {
    const one = await fileSource(facts, path)
    if (one !== undefined) loaded.push(one)
    else if (named.length > 0) throw missingFile(context, path)
  }
  if (loaded.length > 0) {
    const sources = await withFacts(context, loaded)
    return { sources, report: reportOf('files', sources, await judgeValues(facts, sources)) }
  }
  const ofProcess = names.length > 0 || changed !== undefined ? undefined : await processSource(facts)
  if (ofProcess !== undefined) return await judgeProcess(facts, ofProcess)
  if (changed !== undefined && paths.length === 0) return { sources: [], report: nothingChanged(facts) }
  return { sources: [], report: await checkDeclarations(facts, paths.filter(isTemplate)) }
}

async function judgeProcess(facts: Facts, source: ValueSource): Promise<Judged> {
  const sources = [source]
  return { sources, report: reportOf('process', sources, await judgeValues(facts, sources)) }
}

/** What the stores hold. Where none answered there is nothing to report but that. */
async function judgeStores(facts: Facts, values: boolean): Promise<Judged> {
  const { nameRules, providerSources } = await import('./validate/provider-source.ts')
  const { sources, unanswered, error } = await providerSources(facts, values)
  if (error !== undefined && sources.length === 0) throw error
  const isChosen = values ? undefined : (id: string): boolean => nameRules.has(id)
  const judged = reportOf('provider', sources, await judgeValues(facts, sources, isChosen))
  return {
    sources,
    report: { ...judged, values, ...(unanswered.length > 0 && { unanswered }) },
    ...(error && { error }),
  }
}

/** Files and templates that changed themselves, or whose template or manifest did: the same values may be wrong now. */
async function changedOnes(
  { context, manifest, templates }: Facts,
  paths: readonly string[],
  base: string | undefined,
): Promise<readonly string[]> {
  const { readChanges } = await import('./validate/changed.ts')
  const isChanged = await readChanges(context, base)
  const declaring =
    manifest === undefined
      ? []
      : [
          manifest.source.path,
          ...(manifest.schema === undefined ? [] : [pathBesideManifest(manifest, manifest.schema)]),
        ]
  const isAll = declaring.some(isChanged)
  const own = templates.filter(({ template }) => isChanged(template))
  const isTouched = (path: string): boolean =>
    isAll || isChanged(path) || own.some(({ target }) => target === path)
  return [...paths, ...templates.map(({ template }) => template)].filter(isTouched)
}

function nothingChanged(facts: Facts): ValidateReport {
  const environment = environmentOf(facts, '', () => undefined)
  return { ...reportOf('files', [], { findings: [], allowed: [] }), environment }
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
  const targets = manifest?.environments.get(environment.name)?.targets ?? []
  const isElsewhere = targets.length > 0 && targets.every(({ provider }) => provider !== 'dotenv')
  return { ...reportOf('static', sources, found), environment, ...(isElsewhere && { isElsewhere }) }
}
