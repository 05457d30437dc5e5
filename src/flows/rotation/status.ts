import type { Context } from '../../context.ts'
import { mapParallel } from '../../core/parallel.ts'
import { stateOf } from '../../core/rotation/state.ts'
import { withInventory, type SecretFacts } from '../inventory.ts'
import { tellOfStatus } from '../notify/status.ts'
import { refuseKind } from './admission.ts'
import { rotationOf } from './engine.ts'
import { possibleFollowers } from './followers.ts'
import { looksAtOnce } from './look-ahead.ts'
import { allSecrets, secretsNamed } from './select.ts'
import { needsAttention, type SecretStatus, statusData } from './status-data.ts'
import { policyOf, scheduleOf, withFollowers } from './subject.ts'

export interface StatusReport {
  readonly secrets: readonly SecretStatus[]
  /** How many of all secrets looked at need a rotation, a retire or a person. */
  readonly attention: number
  readonly looked: number
}

/** Where every secret stands, from the stores' own facts. With `onlyDue`, those that need something; with `isTold`, whom the manifest names is told. */
export async function gatherStatus(
  context: Context,
  names: readonly string[],
  onlyDue: boolean,
  isTold = false,
): Promise<StatusReport> {
  return await withInventory(context, async inventory => {
    const facts =
      names.length === 0
        ? await allSecrets(context, inventory)
        : await secretsNamed(context, inventory, names)
    const looked = await mapParallel(facts, looksAtOnce, one =>
      statusOf(context, one, possibleFollowers(inventory, one).length > 0),
    )
    const due = looked.filter(({ isDue }) => isDue)
    if (isTold)
      await tellOfStatus(
        context,
        inventory,
        looked.map(({ status }) => status),
      )
    const secrets = (onlyDue ? due : looked).map(({ status }) => status)
    return { secrets, attention: due.length, looked: facts.length }
  })
}

async function statusOf(
  context: Context,
  facts: SecretFacts,
  hasFollowers: boolean,
): Promise<{ readonly status: SecretStatus; readonly isDue: boolean }> {
  const { name, target } = facts
  const now = context.clock.now()
  const observed = await rotationOf(target.provider, target.config.id).observe(name, context.signal)
  const state = stateOf(observed)
  const policy = withFollowers(policyOf(facts, observed), hasFollowers)
  const refusal = facts.copyOf === undefined ? refuseKind(facts, []) : undefined
  const standing = {
    ...{ name, target, observed, state, policy, schedule: scheduleOf(facts).sources.every },
    ...(refusal === undefined ? {} : { reason: refusal.code }),
  }
  return { status: statusData(standing, now), isDue: needsAttention({ state, policy }, now) }
}
