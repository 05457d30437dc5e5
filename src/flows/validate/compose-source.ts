import { basename, dirname, resolve } from 'node:path'
import type { Context } from '../../context.ts'
import { effectiveServices, type ComposeWorld, type EffectiveService } from '../../core/compose/effective.ts'
import { composeValues } from '../../core/compose/env-file.ts'
import type { Lookup } from '../../core/compose/interpolate.ts'
import { invalid, readCompose, type ComposeFile } from '../../core/compose/read.ts'
import type { EnvDocument } from '../../core/env-file/index.ts'
import { decodeText } from '../../core/env-file/decode.ts'
import { chooseEnvironment } from '../../core/environment.ts'
import { SecretsError } from '../../core/errors.ts'
import { buildSchema, type Schema } from '../../core/schema/index.ts'
import {
  isPublicName,
  sourceOfService,
  type Finding,
  type RuleReport,
  type ValueSource,
} from '../../rules/index.ts'
import { label } from '../text-file.ts'
import { judge, reportOf, withCode } from './judge.ts'
import { declaredSchema, readTemplate, type Facts } from './sources.ts'
import type { ValidateReport } from '../validate.ts'

/** Which line gives a variable to a service, and which lines it wins over. No values. */
export interface ServiceReport {
  readonly service: string
  readonly environment: string
  readonly variables: readonly {
    readonly name: string
    readonly from: string
    readonly over: readonly string[]
  }[]
}

/** What the containers of the services of compose files get, judged by the same rules as a file. */
export async function judgeCompose(
  facts: Facts,
  names: readonly string[],
): Promise<{ readonly report: ValidateReport; readonly sources: readonly ValueSource[] }> {
  const { context } = facts
  const world = await readWorld(context, names)
  const services = effectiveServices(world)
  const path = label(context.cwd, context.resolve(names.at(-1) ?? ''))
  const sources: ValueSource[] = []
  for (const service of services) {
    const template = templateFor(facts, service, services)
    const source = await sourceFor(facts, service, { path, ...(template && { template }) })
    // A schema in code is the application's: a database beside it has nothing to do with it.
    sources.push(...(template === undefined ? [source] : await withCode(facts, [source])))
  }
  const found = withoutRepeats(await judge(facts, sources))
  const report = reportOf('compose', sources, found)
  return { sources, report: { ...report, services: sources.map(serviceReport) } }
}

/** Several services read one line: what is wrong with it is said once. */
function withoutRepeats({ findings, allowed }: RuleReport): RuleReport {
  const key = ({ rule, path, line, column, name, message }: Finding): string =>
    [rule, path, line, column, name, message].join('\0')
  const distinct = <F extends Finding>(list: readonly F[]): readonly F[] => [
    ...new Map(list.map(one => [key(one), one])).values(),
  ]
  return { findings: distinct(findings), allowed: distinct(allowed) }
}

function serviceReport({ compose, environment }: ValueSource): ServiceReport {
  const place = ({ path, line }: { path: string; line?: number }): string => `${path}:${String(line ?? 1)}`
  return {
    service: compose?.name ?? '',
    environment,
    variables: (compose?.variables ?? []).map(({ name, at, over }) => ({
      name,
      from: place(at),
      over: over.map(place),
    })),
  }
}

/** The files, what they extend and refer to, and what Compose itself knows. */
async function readWorld(context: Context, names: readonly string[]): Promise<ComposeWorld> {
  const files: ComposeWorld['files'][number][] = []
  for (const name of names) {
    const path = context.resolve(name)
    const file = await readComposeFile(context, path)
    if (file === undefined) {
      throw new SecretsError('file.missing', 'the compose file is not there', {
        at: { path: label(context.cwd, path) },
      })
    }
    files.push({ file, directory: dirname(path) })
  }
  const directory = files[0]?.directory ?? context.cwd
  const extended = await readExtended(context, files)
  const { lookup, hasValues } = await composeEnvironment(context, directory)
  const base = { files, directory, extended, lookup, hasValues, join: resolve }
  const wanted = new Set<string>()
  effectiveServices({ ...base, envFile: path => void wanted.add(path) })
  const documents = new Map<string, EnvDocument>()
  for (const path of wanted) {
    const document = await readTemplate(context, path)
    if (document !== undefined) documents.set(path, document)
  }
  return { ...base, envFile: path => documents.get(path) }
}

async function readComposeFile(context: Context, path: string): Promise<ComposeFile | undefined> {
  const content = await context.files.read(path)
  const shown = label(context.cwd, path)
  return content === undefined ? undefined : readCompose(decodeText(content.bytes, shown), shown)
}

const mostExtended = 50

async function readExtended(
  context: Context,
  files: ComposeWorld['files'],
): Promise<ComposeWorld['extended']> {
  const extended = new Map<string, ComposeWorld['files'][number]>()
  const waiting = [...files]
  for (const { file, directory } of waiting) {
    for (const { extends: extending } of file.services.values()) {
      const named = extending?.file?.text
      if (extending === undefined || named === undefined) continue
      const path = resolve(directory, named)
      if (extended.has(path)) continue
      const other = await readComposeFile(context, path)
      if (other === undefined) throw invalid(extending.at, 'extends a file that is not there')
      if (extended.size >= mostExtended) throw invalid(extending.at, 'extends too many files')
      extended.set(path, { file: other, directory: dirname(path) })
      waiting.push({ file: other, directory: dirname(path) })
    }
  }
  return extended
}

/** The shell, then `.env` where Compose is started, then that of the project directory. */
async function composeEnvironment(
  context: Context,
  directory: string,
): Promise<{ readonly lookup: Lookup; readonly hasValues: boolean }> {
  const shell: Lookup = name => context.env[name]
  const found: ReadonlyMap<string, string>[] = []
  for (const place of new Set([context.cwd, directory])) {
    const document = await readTemplate(context, resolve(place, '.env'))
    if (document !== undefined) found.push(composeValues(document, shell))
  }
  return {
    hasValues: found.length > 0,
    lookup: name => shell(name) ?? found.find(values => values.has(name))?.get(name),
  }
}

/** The template whose file the service reads, else the one in the directory that it is built from. */
function templateFor(
  { templates }: Facts,
  { envFiles, build }: EffectiveService,
  services: readonly EffectiveService[],
): string | undefined {
  const byFile = templates.find(({ target }) => envFiles.includes(target))
  const beside = templates.find(({ template }) => build !== undefined && dirname(template) === build)
  const built = services.filter(one => one.build !== undefined)
  const only = built.length === 1 && templates.length === 1 && build !== undefined ? templates[0] : undefined
  return (byFile ?? beside ?? only)?.template
}

async function sourceFor(
  facts: Facts,
  service: EffectiveService,
  { path, template: place }: { readonly path: string; readonly template?: string },
): Promise<ValueSource> {
  const { context, manifest } = facts
  const values = new Map(service.variables.map(({ name, value }) => [name, value]))
  const option = context.options.env === 'all' ? undefined : context.options.env
  const environment = chooseEnvironment({
    option,
    // `compose.prod.yaml` names one as `.env.prod` does.
    fileName: `env.${basename(path)}`,
    valueOf: name => values.get(name),
    declared: [...(manifest?.environments.keys() ?? [])],
  })
  const template = place === undefined ? undefined : await readTemplate(context, place)
  const schema =
    template === undefined
      ? foreign(await declaredSchema(facts, environment.name))
      : buildSchema({ environment: environment.name, template, ...(manifest && { manifest }) })
  const examples = template?.values()
  return sourceOfService(service, {
    path,
    environment: environment.name,
    environmentSource: environment.source,
    schema: needed(schema, service),
    kept: new Set([...values].flatMap(([name, value]) => (examples?.get(name) === value ? [name] : []))),
  })
}

/** Another service than the one that the template is of: the types hold, what is required and related does not. */
function foreign(schema: Schema): Schema {
  return new Map(
    [...schema].map(([name, entry]) => {
      const { relations: _relations, ...others } = entry
      return [name, { ...others, required: false }]
    }),
  )
}

/** What a build puts into the page is no variable of the container; and what a file sets that is not here, nobody knows. */
function needed(schema: Schema, { problems }: EffectiveService): Schema {
  const isOpen = problems.some(({ kind }) => kind === 'env-file')
  return new Map(
    [...schema].map(([name, entry]) => [
      name,
      isOpen || isPublicName(name) ? { ...entry, required: false } : entry,
    ]),
  )
}
