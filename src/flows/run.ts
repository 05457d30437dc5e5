import type { Context, TargetConfig } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { checkName } from '../core/names.ts'
import { resolveRotationPolicy } from '../core/policy.ts'
import { refuseLoaderVariables, refuseUnfit } from '../core/run/checks.ts'
import { childVariables, type SourceVariable } from '../core/run/variables.ts'
import { suggest } from '../core/suggest.ts'
import {
  environmentTargets,
  type FoundVariable,
  loadProject,
  namedFile,
  type ProjectFacts,
  readSource,
  type Source,
} from './sources.ts'

export interface RunRequest {
  /** The program and its arguments. */
  readonly words: readonly string[]
  /** `.env` files, laid over the environments in this order. */
  readonly files: readonly string[]
  /** Environments beneath the one of `--env`. */
  readonly environments: readonly string[]
  readonly only?: readonly string[]
  readonly allowed: readonly string[]
  /** The sources win over the environment that the program would have anyway. */
  readonly isOverride: boolean
  readonly isRedacted: boolean
}

export interface RunReport {
  /** In the order in which they were laid over one another. */
  readonly sources: readonly {
    readonly target: string
    readonly environment: string
    readonly provider: string
  }[]
  /** What was set, companions included. */
  readonly names: readonly string[]
  /** What the program has from its own environment, with another value than the sources have. */
  readonly shadowed: readonly string[]
  readonly exitCode: number
  readonly signal: string | null
}

/**
 * Runs a program with the variables of its sources. They are read once, before it starts, and kept nowhere: what the
 * program gets is the state of the stores at that moment.
 */
export async function runProgram(context: Context, request: RunRequest): Promise<RunReport> {
  const facts = await loadProject(context)
  const only = request.only === undefined ? undefined : new Set(request.only.map(checkName))
  const sources: Source[] = []
  for (const config of await chooseTargets(context, facts, request)) {
    sources.push(await readSource(context, facts, config))
  }
  const isPassed = (name: string): boolean => only?.has(name) !== false
  const offered = sources.map(({ config, variables }) => ({
    where: config.id,
    names: variables.map(({ name }) => name).filter(isPassed),
  }))
  refuseLoaderVariables(offered, new Set(request.allowed.map(checkName)), context.env['OS'] === 'Windows_NT')
  const { known, set, unset, shadowed, secrets } = childVariables(
    sources.map(source => layerOf(context, facts, source)),
    {
      own: context.env,
      isOverride: request.isOverride,
      now: context.clock.now(),
      ...(only === undefined ? {} : { only }),
    },
  )
  refuseAbsent(sources, known, only)
  refuseUnfit(set)
  noteShadowed(context, shadowed)
  context.signal.throwIfAborted()
  const end = await context.runner.run({
    ...{ words: request.words, cwd: context.cwd, set, unset },
    redact: request.isRedacted ? secrets : [],
    isStdoutTaken: context.options.json,
  })
  if (end.lost !== undefined && end.exitCode === 0) throw end.lost
  if (end.lost !== undefined) context.terminal.note(`note: ${end.lost.message}`)
  return {
    sources: sources.map(({ config: { id, environment, provider } }) => ({
      target: id,
      environment,
      provider,
    })),
    ...{ names: [...set.keys()], shadowed },
    ...{ exitCode: end.exitCode, signal: end.signal ?? null },
  }
}

/** Environments beneath, then the one of `--env` (the usual one where nothing else is named), then files on top. */
async function chooseTargets(
  context: Context,
  facts: ProjectFacts,
  { environments, files }: RunRequest,
): Promise<readonly TargetConfig[]> {
  const wanted = context.options.env
  if (wanted === 'all' || environments.includes('all')) {
    throw new SecretsError(
      'usage.invalid_argument',
      'a program runs in one environment, not in all of them',
      {
        hints: ['name it: --env <name>', 'to lay several over one another: --from-env <name>'],
      },
    )
  }
  const isDefault = wanted === undefined && environments.length === 0 && files.length === 0
  const own = isDefault ? [usualEnvironment(facts)] : wanted === undefined ? [] : [wanted]
  const found: TargetConfig[] = []
  for (const name of [...environments, ...own])
    found.push(...(await environmentTargets(context, facts, name)))
  return [...found, ...files.map(path => namedFile(context, facts, path, wanted))]
}

function usualEnvironment({ manifest }: ProjectFacts): string {
  const [first, ...others] = manifest?.environments.keys() ?? []
  if (first === undefined || [first, ...others].includes('development')) return 'development'
  if (others.length === 0) return first
  throw new SecretsError(
    'usage.ambiguous',
    'the manifest declares several environments: say which one to run in',
    {
      hints: [`--env <name> with one of: ${[first, ...others].join(', ')}`],
    },
  )
}

/** With `--only` nothing is left out in silence. */
function refuseAbsent(
  sources: readonly Source[],
  known: readonly string[],
  only: ReadonlySet<string> | undefined,
): void {
  for (const name of only ?? []) {
    if (known.includes(name)) continue
    const near = suggest(name, known)
    throw new SecretsError('secret.absent', 'a name of --only is not there', {
      hints: [
        ...(near === undefined ? [] : [`did you mean: ${near}`]),
        `looked in: ${sources.map(({ config }) => config.id).join(', ')}`,
      ],
    })
  }
}

function layerOf(
  context: Context,
  facts: ProjectFacts,
  { config, variables }: Source,
): readonly SourceVariable[] {
  return variables.map(variable => {
    const { name, value, isSecret, previous, next } = variable
    const known = { name, value, isSecret, ...(next === undefined ? {} : { next }) }
    if (previous === undefined) return known
    const until = previous.deadline ?? context.clock.now() + graceOf(facts, config, variable)
    return { ...known, previous: { value: previous.value, until } }
  })
}

/** A deadline that is not written yet reads as now and the whole grace, never less. */
function graceOf({ manifest }: ProjectFacts, { environment }: TargetConfig, { name }: FoundVariable): number {
  const [declared, own] = [manifest?.variables.get(name), manifest?.environments.get(environment)]
  return resolveRotationPolicy({
    name,
    environment,
    ...(declared === undefined ? {} : { manifestVariable: declared }),
    ...(own === undefined ? {} : { manifestEnvironment: own }),
  }).grace
}

function noteShadowed(context: Context, names: readonly string[]): void {
  if (names.length === 0) return
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
  context.terminal.note(
    `note: your environment wins with other values of ${shown}; --override turns that round`,
  )
}
