import type { Context, TargetConfig } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { checkName } from '../../core/names.ts'
import { choose, type Choice, isPortable, portableBytes, type Skipped } from '../../core/push/plan.ts'
import { suggest } from '../../core/suggest.ts'
import {
  environmentTargets,
  loadProject,
  namedFile,
  type ProjectFacts,
  readSource,
  type Source,
} from '../sources.ts'
import { connectTarget } from '../targets.ts'
import { refuseTracked } from '../values.ts'
import { applyTo, type Destination, planFor, type PushEntry } from './destination.ts'

export interface PushRequest {
  readonly from: { readonly file: string } | { readonly environment: string }
  readonly which: { readonly names: readonly string[] } | 'secrets' | 'all'
  readonly isDryRun: boolean
  readonly isConfirmed: boolean
}

interface Where {
  readonly target: string
  readonly environment: string
  readonly provider: string
}

export interface PushReport {
  readonly from: Where
  readonly to: readonly Where[]
  readonly secrets: readonly PushEntry[]
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly { readonly name: string; readonly reason: string }[]
  readonly dryRun: boolean
}

export interface PushOutcome {
  readonly report: PushReport
  /** Beside the report: what was not agreed to, or the first failure. */
  readonly error?: SecretsError
}

/**
 * Creates in the stores of an environment what a file or another environment holds and they do not. What is there is
 * compared and never changed, also when it comes between plan and write. Run again, it goes on where it ended.
 */
export async function runPush(
  context: Context,
  request: PushRequest,
  ask: (report: PushReport) => Promise<boolean>,
): Promise<PushOutcome> {
  const facts = await loadProject(context)
  const targets = await destinationTargets(context, facts)
  const source = await openSource(context, facts, request)
  refuseSamePlace(source.config, targets)
  const { chosen, skipped } = choose(source.variables, choiceOf(source, request))
  const destinations: Destination[] = []
  try {
    for (const config of targets) {
      await refuseTracked(context, config)
      destinations.push({ config, provider: await connectTarget(context, facts.manifest, config) })
    }
    const plans = []
    for (const destination of destinations)
      plans.push({ destination, plan: await planFor(context, destination, chosen) })
    const report: PushReport = {
      from: whereOf(source.config),
      to: targets.map(whereOf),
      secrets: plans.flatMap(({ plan }) => plan.map(({ entry }) => entry)),
      skipped,
      warnings: chosen
        .filter(({ value }) => !isPortable(value))
        .map(({ name }) => ({ name, reason: tooLarge })),
      dryRun: request.isDryRun,
    }
    refuseNamed(report, request)
    const error = await agree(context, request, report, ask)
    if (error !== undefined) return { report, error }
    if (request.isDryRun) return { report }
    const applied = []
    for (const { destination, plan } of plans) applied.push(await applyTo(context, destination, plan))
    const errors = applied.flatMap(one => one.errors)
    const worst = errors.find(({ exitCode }) => exitCode === 2) ?? errors[0]
    const done = { ...report, secrets: applied.flatMap(one => one.entries) }
    return worst === undefined ? { report: done } : { report: done, error: worst }
  } finally {
    for (const { provider } of destinations) await provider.close()
  }
}

const tooLarge = `it has more than ${String(portableBytes)} bytes: not every store could hold it`

/** The stores of `--env`, which has to be said once there are several environments to choose from. */
async function destinationTargets(context: Context, facts: ProjectFacts): Promise<readonly TargetConfig[]> {
  const declared = [...(facts.manifest?.environments.keys() ?? [])]
  const wanted = context.options.env ?? (declared.length === 1 ? declared[0] : undefined)
  const hint = declared.length === 0 ? [] : [`--env <name> with one of: ${declared.join(', ')}`]
  if (declared.length === 0) {
    throw new SecretsError('manifest.missing', 'no manifest declares an environment to push to', {
      at: { path: 'secrets.yaml' },
      hints: [
        'declare one with its provider in secrets.yaml',
        'the stores that there are: secrets provider list',
      ],
    })
  }
  if (wanted === undefined || wanted === 'all') {
    throw new SecretsError('usage.ambiguous', 'say which environment to push to', { hints: hint })
  }
  return await environmentTargets(context, facts, wanted)
}

/** Several targets of an environment hold the same: the first one speaks for all. */
async function openSource(context: Context, facts: ProjectFacts, { from }: PushRequest): Promise<Source> {
  const targets =
    'file' in from
      ? [namedFile(context, facts, from.file)]
      : await environmentTargets(context, facts, from.environment)
  const [config] = targets
  if (config === undefined)
    throw new SecretsError('usage.unknown_environment', 'that environment has no store')
  return await readSource(context, facts, config)
}

function refuseSamePlace(from: TargetConfig, to: readonly TargetConfig[]): void {
  const placeOf = ({ provider, settings }: TargetConfig): string =>
    JSON.stringify([provider, Object.entries(settings).sort()])
  if (
    !to.some(
      config =>
        placeOf(config) === placeOf(from) &&
        (config.provider === 'dotenv' || config.environment === from.environment),
    )
  )
    return
  throw new SecretsError('env_file.same_path', 'source and destination are the same place', {
    hints: [`both are ${from.id}`, 'name another source: --from <file> or --from-env <name>'],
  })
}

/** With names, every one of them has to be there. */
function choiceOf({ config, variables }: Source, { which }: PushRequest): Choice {
  if (typeof which === 'string') return which
  const names = new Set(which.names.map(checkName))
  const known = variables.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const near = suggest(name, known)
    throw new SecretsError('secret.absent', 'a secret that was named is not there', {
      hints: [...(near === undefined ? [] : [`did you mean: ${near}`]), `looked in: ${config.id}`],
    })
  }
  return { names }
}

/** Of secrets that were named none is passed over: where one cannot be written, nothing is. */
function refuseNamed({ secrets }: PushReport, { which }: PushRequest): void {
  const refused = typeof which === 'string' ? undefined : secrets.find(({ action }) => action === 'refused')
  if (refused === undefined) return
  throw new SecretsError(
    'usage.invalid_argument',
    `"${refused.name}" is not pushed: ${refused.reason ?? ''}`,
    {
      hints: ['give it a value first, or leave it out'],
    },
  )
}

async function agree(
  context: Context,
  { isDryRun, isConfirmed }: PushRequest,
  report: PushReport,
  ask: (report: PushReport) => Promise<boolean>,
): Promise<SecretsError | undefined> {
  const isNothing = report.secrets.every(({ action }) => action !== 'create')
  if (isDryRun || isConfirmed || isNothing) return undefined
  if (!context.terminal.isInteractive) {
    return new SecretsError('usage.needs_confirmation', 'nobody has agreed to what would be created', {
      hints: ['read the plan, then: --yes', 'to see it only: --dry-run'],
    })
  }
  if (await ask(report)) return undefined
  throw new SecretsError('usage.interrupted', 'not confirmed; nothing was changed')
}

function whereOf({ id, environment, provider }: TargetConfig): Where {
  return { target: id, environment, provider }
}
