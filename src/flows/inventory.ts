import { join } from 'node:path'
import type { Context, TargetConfig } from '../context.ts'
import { EnvDocument } from '../core/env-file/index.ts'
import type { InitRecord } from '../core/init-record.ts'
import type { Instant } from '../core/instant.ts'
import {
  type EnvironmentConfig,
  type VariableConfig,
  variableIn,
  type VariableFacts,
} from '../core/manifest/manifest.ts'
import { ownerOfCompanion } from '../core/names.ts'
import type { Provider, SecretName } from '../core/provider.ts'
import { loadInitRecord } from './init-record.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { readProject } from './project.ts'
import { connectTarget, resolveTargets } from './targets.ts'

/** A target with its open connection and what is declared about its variables. */
export interface OpenTarget {
  readonly config: TargetConfig
  readonly provider: Provider
  readonly environment?: EnvironmentConfig
  /** What `init` generated there. */
  readonly generated: InitRecord extends ReadonlyMap<string, infer Facts> ? Facts : never
  /** Forms that `# secrets: generate …` names, in the file itself or in its template. */
  readonly directives: ReadonlyMap<SecretName, string>
}

/** One secret in one target, with what makes it ours and how it would be made. */
export interface SecretFacts {
  readonly name: SecretName
  readonly target: OpenTarget
  readonly declared?: VariableConfig
  /** The same for the target's environment, overrides applied. */
  readonly variable?: VariableFacts
  /** How we would make a new value; absent where nobody said that we may. */
  readonly form?: string
  /** When `init` made the value, where it did. */
  readonly since?: Instant
  /** The target whose value this one repeats: it is changed together with that one. */
  readonly copyOf?: OpenTarget
}

export interface Inventory {
  readonly manifest?: LoadedManifest
  readonly targets: readonly OpenTarget[]
  close(): Promise<void>
}

/** Runs `work` on the open targets of the command's environments, and closes them whatever happens. */
export async function withInventory<T>(
  context: Context,
  work: (inventory: Inventory) => Promise<T>,
): Promise<T> {
  const inventory = await openInventory(context)
  try {
    return await work(inventory)
  } finally {
    await inventory.close()
  }
}

/** Opens every target of the command's environments and gathers what is declared about them. */
async function openInventory(context: Context): Promise<Inventory> {
  const manifest = await loadManifest(context)
  const configs = await resolveTargets(context, manifest)
  const record = await loadInitRecord(context)
  const targets: OpenTarget[] = []
  const close = async (): Promise<void> => {
    for (const { provider } of targets) await provider.close()
  }
  try {
    for (const config of configs) {
      const environment = manifest?.environments.get(config.environment)
      targets.push({
        config,
        provider: await connectTarget(context, manifest, config),
        generated: record.get(config.id) ?? new Map(),
        directives: await readDirectives(context, config),
        ...(environment === undefined ? {} : { environment }),
      })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { targets, close, ...(manifest === undefined ? {} : { manifest }) }
}

/** Forms named by directives: the file's own win over those of the template that fills it. */
async function readDirectives(
  context: Context,
  { provider, settings }: TargetConfig,
): Promise<ReadonlyMap<SecretName, string>> {
  const forms = new Map<SecretName, string>()
  const path = provider === 'dotenv' ? settings['path'] : undefined
  if (path === undefined) return forms
  const target = join(context.cwd, path)
  const templates = (await readProject(context)).templates.filter(pair => pair.target === target)
  for (const file of [...templates.map(({ template }) => template), target]) {
    const content = await context.files.read(file)
    if (content === undefined) continue
    const document = EnvDocument.parse(content.bytes, file)
    for (const node of document.assignments) {
      const directive = document.directivesFor(node).find(({ verb }) => verb === 'generate')
      if (directive !== undefined) forms.set(node.name, directive.args[0] ?? 'hex:32')
    }
  }
  return forms
}

/** What is known of `name` in a target, without asking the store. */
export function factsOf(inventory: Inventory, target: OpenTarget, name: SecretName): SecretFacts {
  const declared = inventory.manifest?.variables.get(name)
  const variable = declared === undefined ? undefined : variableIn(declared, target.config.environment)
  const generated = target.generated.get(name)
  const form = variable?.generate ?? target.directives.get(name) ?? generated?.form
  return {
    name,
    target,
    ...(declared === undefined ? {} : { declared }),
    ...(variable === undefined ? {} : { variable }),
    ...(form === undefined ? {} : { form }),
    ...(generated === undefined ? {} : { since: generated.at }),
  }
}

/** The names that a target holds, companions (`X_OLD` beside `X`) left out. */
export async function namesIn(target: OpenTarget, signal: AbortSignal): Promise<readonly SecretName[]> {
  const names: SecretName[] = []
  for await (const { name } of target.provider.list('', signal)) names.push(name)
  const all = new Set(names)
  return names.filter(name => !all.has(ownerOfCompanion(name) ?? ''))
}

/** The targets that hold the name now. */
export async function holdersOf(
  inventory: Inventory,
  name: SecretName,
  signal: AbortSignal,
): Promise<readonly OpenTarget[]> {
  const holders: OpenTarget[] = []
  for (const target of inventory.targets) {
    if ((await target.provider.read(name, 'current', signal)) !== undefined) holders.push(target)
  }
  return holders
}
