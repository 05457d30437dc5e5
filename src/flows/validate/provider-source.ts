import type { Context, TargetConfig } from '../../context.ts'
import { fileOfEnvironment } from '../../core/environment.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { mapParallel } from '../../core/parallel.ts'
import type { Provider, SecretName } from '../../core/provider.ts'
import { buildSchema, type Schema } from '../../core/schema/index.ts'
import { unreadValue, type ValueSource } from '../../rules/index.ts'
import { connectTarget, isEmbedded, resolveTargets } from '../targets.ts'
import { declaredSchema, type Facts, readTemplate, templateOf } from './sources.ts'

/** A store that gave no answer: what it holds is not known, and nothing is said of it. */
export interface Unanswered {
  readonly path: string
  readonly environment: string
  readonly code: string
}

export interface ProviderSources {
  readonly sources: readonly ValueSource[]
  readonly unanswered: readonly Unanswered[]
  /** Of the first store without an answer. */
  readonly error?: SecretsError
}

/** Of names alone nothing more can be said: which are there, which are not, and what they ask of each other. */
export const nameRules: ReadonlySet<string> = new Set([
  'missing',
  'unknown',
  'requirement',
  'deprecated',
  'schema',
])

/**
 * What the stores of the command's environments hold: by listing only, or with every current value (each read stands
 * in the audit log where one is kept). A store that cannot be asked does not keep the others from it; it is never
 * taken for an empty one.
 */
export async function providerSources(facts: Facts, withValues: boolean): Promise<ProviderSources> {
  const { context, manifest } = facts
  const targets = await resolveTargets(context, manifest)
  if (targets.length === 0) {
    throw new SecretsError('env_file.missing', 'there is no store to look into', {
      hints: ['declare an environment with its provider in secrets.yaml', 'or make a file: secrets init'],
    })
  }
  const sources: ValueSource[] = []
  const unanswered: Unanswered[] = []
  let error: SecretsError | undefined
  for (const target of targets) {
    const path = pathOf(context, target)
    try {
      sources.push(await sourceOfTarget(facts, target, path, withValues))
    } catch (thrown) {
      if (!isSecretsError(thrown) || context.signal.aborted) throw thrown
      error ??= thrown
      unanswered.push({ path, environment: target.environment, code: thrown.code })
    }
  }
  return { sources, unanswered, ...(error && { error }) }
}

/** How the report names a store: files by their path, others so that nobody takes them for one. */
function pathOf(context: Context, { id, provider, environment }: TargetConfig): string {
  return provider === 'dotenv' && isEmbedded(context, provider) ? id : `${id} (${environment})`
}

async function sourceOfTarget(
  facts: Facts,
  target: TargetConfig,
  path: string,
  withValues: boolean,
): Promise<ValueSource> {
  const { context, manifest } = facts
  const { environment } = target
  const provider = await connectTarget(context, manifest, target)
  try {
    const values = await valuesIn(context, target, provider, withValues)
    const { schema, template } = await schemaOf(facts, target)
    return {
      kind: target.provider === 'dotenv' ? 'file' : 'provider',
      path,
      environment,
      environmentSource: sourceOfEnvironment(facts),
      schema: target.provider === 'dotenv' ? schema : withoutExamples(schema),
      kept: new Set([...values].flatMap(([name, value]) => (template.get(name) === value ? [name] : []))),
      variables: [...values].map(([name, value]) => ({
        ...{ name, value, at: { path } },
        allows: [],
        isOverridden: false,
      })),
      unread: [],
    }
  } finally {
    await provider.close()
  }
}

function sourceOfEnvironment({ context, manifest }: Facts): string {
  const { env } = context.options
  if (env !== undefined && env !== 'all') return '--env'
  return manifest === undefined || manifest.environments.size === 0 ? 'default' : 'the manifest'
}

/** Name → value, or what stands for one that nobody has read. */
async function valuesIn(
  context: Context,
  target: TargetConfig,
  provider: Provider,
  withValues: boolean,
): Promise<ReadonlyMap<SecretName, string>> {
  const names: SecretName[] = []
  for await (const { name } of provider.list('', context.signal)) names.push(name)
  if (!withValues) return new Map(names.map(name => [name, unreadValue]))
  if (provider.readAll !== undefined) {
    const held = await provider.readAll(context.signal)
    return new Map(held.map(({ name, value }) => [name, value.reveal()]))
  }
  const atOnce = isEmbedded(context, target.provider) ? 1 : 8
  const read = await mapParallel(names, atOnce, async name => {
    const found = await provider.read(name, 'current', context.signal)
    return found === undefined ? [] : [[name, found.value.reveal()] as const]
  })
  return new Map(read.flat())
}

/** By the template of the environment's own file, else the general one, else all there are. */
async function schemaOf(
  facts: Facts,
  { environment, provider, settings }: TargetConfig,
): Promise<{ readonly schema: Schema; readonly template: ReadonlyMap<string, string> }> {
  const { context, manifest, templates } = facts
  const file = provider === 'dotenv' ? settings['path'] : undefined
  const path = context.resolve(file ?? fileOfEnvironment(environment))
  const own = await templateOf(facts, path)
  if (own !== undefined)
    return {
      template: own.values(),
      schema: buildSchema({ environment, template: own, ...(manifest && { manifest }) }),
    }
  const values = new Map<string, string>()
  for (const { template } of templates)
    for (const [name, value] of (await readTemplate(context, template))?.values() ?? [])
      values.set(name, value)
  return { template: values, schema: await declaredSchema(facts, environment) }
}

/** A plain setting that only the template's example asks for need not stand in a store of secrets. */
function withoutExamples(schema: Schema): Schema {
  return new Map(
    [...schema].map(([name, entry]) => {
      const isSetting = entry.requiredBy === 'template' && !entry.secret
      return [name, isSetting ? { ...entry, required: false } : entry]
    }),
  )
}
