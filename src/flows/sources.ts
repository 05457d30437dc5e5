import { basename } from 'node:path'
import type { Context, TargetConfig } from '../context.ts'
import { canonicalName, chooseEnvironment, fileOfEnvironment } from '../core/environment.ts'
import { EnvDocument } from '../core/env-file/index.ts'
import { SecretsError } from '../core/errors.ts'
import type { InitRecord } from '../core/init-record.ts'
import { variableIn } from '../core/manifest/manifest.ts'
import type { HeldSecret } from '../core/provider.ts'
import { isHeldForSecret } from '../core/run/secret-variable.ts'
import { readHeld } from './held.ts'
import { loadInitRecord } from './init-record.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { connectTarget, resolveTargets } from './targets.ts'
import { label } from './text-file.ts'

/** What a project says of itself, read once. */
export interface ProjectFacts {
  readonly manifest: LoadedManifest | undefined
  readonly record: InitRecord
}

/** A variable as a source holds it. */
export interface FoundVariable extends HeldSecret {
  readonly isSecret: boolean
}

export interface Source {
  readonly config: TargetConfig
  readonly variables: readonly FoundVariable[]
}

export async function loadProject(context: Context): Promise<ProjectFacts> {
  return { manifest: await loadManifest(context), record: await loadInitRecord(context) }
}

/** Where the values of one environment stand: the manifest's targets, else its file in this directory. */
export async function environmentTargets(
  context: Context,
  { manifest }: ProjectFacts,
  name: string,
): Promise<readonly TargetConfig[]> {
  if (manifest !== undefined && manifest.environments.size > 0)
    return await resolveTargets(inEnvironment(context, name), manifest)
  const environment = canonicalName(name)
  const own = fileOfEnvironment(environment)
  const isThere = (await context.files.read(context.resolve(own))) !== undefined
  if (!isThere && own !== '.env') context.terminal.note(`note: ${own} is not there; .env is read`)
  return [fileTarget(context, isThere ? own : '.env', environment)]
}

/** A `.env` file that was named, whatever the manifest says. Its environment is the one given, else what its name says. */
export function namedFile(
  context: Context,
  { manifest }: ProjectFacts,
  path: string,
  option?: string,
): TargetConfig {
  const declared = [...(manifest?.environments.keys() ?? [])]
  const { name } = chooseEnvironment({
    option,
    declared,
    fileName: basename(path),
    valueOf: () => undefined,
  })
  return fileTarget(context, label(context.cwd, context.resolve(path)), name)
}

function fileTarget(context: Context, path: string, environment: string): TargetConfig {
  const shown = label(context.cwd, context.resolve(path))
  return { id: shown, provider: 'dotenv', environment, settings: { path: shown } }
}

function inEnvironment(context: Context, env: string): Context {
  return { ...context, options: { ...context.options, env } }
}

/** Reads a source and closes it again: nothing of it is kept open while values are used. */
export async function readSource(
  context: Context,
  facts: ProjectFacts,
  config: TargetConfig,
  isWanted: (name: string) => boolean = () => true,
): Promise<Source> {
  const directives = await directivesIn(context, config)
  const provider = await connectTarget(context, facts.manifest, config)
  try {
    const signed = signedNames(facts, config)
    const held = await readHeld(provider, { isWanted, signed }, context.signal)
    const generated = facts.record.get(config.id)
    const variables = held.map(one => {
      const declared = facts.manifest?.variables.get(one.name)
      const isSecret = isHeldForSecret({
        name: one.name,
        value: one.value,
        isGenerated: directives.has(one.name) || generated?.has(one.name) === true,
        isStored: config.provider !== 'dotenv',
        ...(declared === undefined ? {} : { declared: variableIn(declared, config.environment) }),
      })
      return { ...one, isSecret }
    })
    return { config, variables }
  } finally {
    await provider.close()
  }
}

/** What a fleet signs with, as the manifest says. */
function signedNames({ manifest }: ProjectFacts, { environment }: TargetConfig): readonly string[] {
  const declared = [...(manifest?.variables.values() ?? [])]
  return declared
    .filter(one => variableIn(one, environment).rotate?.kind === 'signing')
    .map(({ name }) => name)
}

/** The variables of a file that a directive says how to make. Throws `env_file.missing`: an absent file is no empty one. */
async function directivesIn(
  context: Context,
  { provider, settings }: TargetConfig,
): Promise<ReadonlySet<string>> {
  const path = provider === 'dotenv' ? settings['path'] : undefined
  if (path === undefined) return new Set()
  const content = await context.files.read(context.resolve(path))
  if (content === undefined) {
    throw new SecretsError('env_file.missing', 'the file with the values is not there', {
      at: { path },
      hints: ['make it: secrets init', 'or name another one: --from <file>, --env <name>'],
    })
  }
  const document = EnvDocument.parse(content.bytes, path)
  const isGenerated = document.assignments.filter(node =>
    document.directivesFor(node).some(({ verb }) => verb === 'generate'),
  )
  return new Set(isGenerated.map(({ name }) => name))
}
