import type { Context } from '../../context.ts'
import { type ErrorCode, isSecretsError, type SecretsError } from '../../core/errors.ts'
import type { NotifyEvent, NotifyEventKind } from '../../core/notify/event.ts'
import type { Inventory } from '../inventory.ts'
import type { RotateRequest, RotationEntry, RotationReport } from '../rotation/rotate.ts'
import type { Lookup } from './tell.ts'

/** Tells of what a run did, and gives the report back as it is. */
export async function tellOfReport(
  context: Context,
  inventory: Inventory,
  request: RotateRequest,
  report: RotationReport,
): Promise<RotationReport> {
  if (inventory.manifest?.notify === undefined || report.dryRun) return report
  const environments = [...new Set(inventory.targets.map(({ config }) => config.environment))]
  const [environment] = environments.length === 1 ? environments : []
  const where = environment === undefined ? {} : { environment }
  const events = [
    ...report.rotations.flatMap(entry => eventOf(entry)),
    ...report.failed.flatMap(({ name, code }) =>
      failureEvent(request, code as ErrorCode, { name, ...where }),
    ),
  ]
  const { tell } = await import('./tell.ts')
  await tell(context, inventory.manifest, events, lookupIn(context, inventory))
  return report
}

/** A run that failed before it had a report: tells of it where somebody has to know, and throws it again. */
export async function tellOfFailure(
  context: Context,
  request: RotateRequest,
  thrown: unknown,
): Promise<never> {
  if (!isSecretsError(thrown) || request.isDryRun) throw thrown
  const events = failureEvent(request, thrown.code, {
    ...(request.which !== 'all' && request.which.names.length === 1 ? { name: request.which.names[0] } : {}),
    ...(context.options.env === undefined ? {} : { environment: context.options.env }),
  })
  if (events.length === 0) throw thrown
  await tellWithoutStore(context, events, thrown)
  throw thrown
}

/** The store is what may have failed: only the process's own environment says where to send. */
async function tellWithoutStore(
  context: Context,
  events: readonly NotifyEvent[],
  thrown: SecretsError,
): Promise<void> {
  try {
    const [{ loadManifest }, { tell }] = await Promise.all([import('../manifest.ts'), import('./tell.ts')])
    await tell(context, await loadManifest(context), events, () => Promise.resolve(undefined))
  } catch (error) {
    // The manifest is what is wrong, which the error that is thrown says.
    if (error !== thrown && !isSecretsError(error)) throw error
  }
}

export function lookupIn({ signal }: Context, { targets }: Inventory): Lookup {
  return async name => {
    for (const { provider } of targets) {
      const found = await provider.read(name, 'current', signal)
      if (found !== undefined) return found.value
    }
    return undefined
  }
}

function eventOf({
  action,
  name,
  environment,
  target,
  current,
  deadline,
}: RotationEntry): readonly NotifyEvent[] {
  const kind: NotifyEventKind | undefined =
    action === 'rotate' || action === 'resume' ? 'rotated' : action === 'rollback' ? 'rolled_back' : undefined
  if (kind === undefined) return []
  return [
    {
      ...{ kind, name, environment, target },
      ...(current === null ? {} : { version: current.version }),
      ...(deadline === undefined ? {} : { until: deadline }),
    },
  ]
}

/** What a person typed wrongly is told to that person alone. */
function failureEvent(
  { goal }: RotateRequest,
  code: ErrorCode,
  facts: Partial<Pick<NotifyEvent, 'environment'>> & { readonly name?: string | undefined },
): readonly NotifyEvent[] {
  const { name, ...others } = facts
  const event = { ...others, code, ...(name === undefined ? {} : { name }) }
  switch (code) {
    case 'rotation.foreign':
    case 'rotation.diverged':
    case 'rotation.split':
      return [{ ...event, kind: 'foreign' }]
    case 'rotation.too_early':
    case 'rotation.clock_skew':
      return goal.do === 'retire' || goal.do === 'due' ? [{ ...event, kind: 'retire_blocked' }] : []
    case 'provider.auth':
    case 'provider.denied':
      return [{ ...event, kind: 'denied' }]
    default:
      return isOurs(code) ? [{ ...event, kind: 'failed' }] : []
  }
}

function isOurs(code: ErrorCode): boolean {
  if (code === 'rotation.verify_failed' || code === 'internal.unexpected') return true
  return /^(?:provider|store|audit|env_file|file)\./.test(code) && code !== 'env_file.tracked'
}
