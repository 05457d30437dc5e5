import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import {
  formatPlan,
  parsePlan,
  planLife,
  type PlannedSecret,
  type RotationPlan,
} from '../../core/rotation/plan-file.ts'
import { stateOf, stateWord } from '../../core/rotation/state.ts'
import { factsOf, type Inventory, type SecretFacts } from '../inventory.ts'
import type { LoadedManifest } from '../manifest.ts'
import type { Candidate, RotationEntry } from './report.ts'

const maxBytes = 4_194_304

export function stalePlan(what: string): SecretsError {
  return new SecretsError('rotation.plan_stale', `the plan does not hold any more: ${what}`, {
    hints: ['nothing was changed; make a new one, and review that: secrets rotate … --plan <file>'],
  })
}

/** Writes what was looked at, over a plan that stands there; never a value, nor anything made from one. */
export async function writePlan(
  context: Context,
  path: string,
  { manifest }: Inventory,
  found: readonly { readonly candidate: Candidate; readonly entry: RotationEntry }[],
  grace: number | undefined,
): Promise<void> {
  const made = context.clock.now()
  const secrets = found.map(({ candidate }) => plannedOf(candidate, made))
  const plan: RotationPlan = {
    ...{ made, until: made + planLife, env: context.options.env ?? null, secrets },
    manifest: await digestOf(context, manifest),
    ...(grace === undefined ? {} : { grace }),
  }
  const text = formatPlan(plan, secret => found[secrets.indexOf(secret)]?.entry.plan ?? [])
  const absolute = context.resolve(path)
  const known = await context.files.read(absolute, { maxBytes })
  const options = { mode: known?.mode ?? 0o644, base: known?.version ?? 'absent' } as const
  await context.files.replace(absolute, new TextEncoder().encode(text), options)
}

function plannedOf({ facts, seen = {} }: Candidate, now: number): PlannedSecret {
  const { name, target } = facts
  const { id, environment, provider } = target.config
  return {
    ...{ name, environment, target: id, provider, state: stateWord(stateOf(seen), now) },
    version: seen.current?.version ?? null,
    pending: seen.pending?.version ?? null,
  }
}

/** The plan in that file. Throws where it is none, too old, or of another environment than `--env` says. */
export async function readPlan(context: Context, path: string): Promise<RotationPlan> {
  const content = await context.files.read(context.resolve(path), { maxBytes })
  if (content === undefined) {
    throw new SecretsError('file.missing', 'the plan is not there', {
      hints: ['check the path after --apply; it is read from where the command works'],
    })
  }
  const plan = parsePlan(new TextDecoder().decode(content.bytes), () => {
    return new SecretsError('usage.invalid_argument', 'this is no plan of a rotation', {
      at: { path },
      hints: ['make one: secrets rotate NAME --plan <file>'],
    })
  })
  const { env } = context.options
  if (env !== undefined && env !== plan.env)
    throw stalePlan('it was made for another environment than --env says')
  if (context.clock.now() >= plan.until) throw stalePlan('it is older than a day')
  if (context.clock.now() < plan.made - planLife) throw stalePlan('it was made in the future')
  return plan
}

/** The secrets of a plan, in the targets that it names, where the manifest is the one that it was made with. */
export async function plannedSecrets(
  context: Context,
  inventory: Inventory,
  plan: RotationPlan,
): Promise<readonly SecretFacts[]> {
  if ((await digestOf(context, inventory.manifest)) !== plan.manifest) {
    throw stalePlan('the manifest, or a file that it names, has changed')
  }
  return plan.secrets.map(({ name, environment, target: id }) => {
    const target = inventory.targets.find(
      ({ config }) => config.id === id && config.environment === environment,
    )
    if (target === undefined) throw stalePlan(`the store of "${name}" is not there`)
    return factsOf(inventory, target, name)
  })
}

async function digestOf(context: Context, manifest: LoadedManifest | undefined): Promise<string | null> {
  if (manifest === undefined) return null
  const { gatherTrust } = await import('../trust/subject.ts')
  return (await gatherTrust(context, manifest)).digest
}
