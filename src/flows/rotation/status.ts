import type { Context } from '../../context.ts'
import { stateOf } from '../../core/rotation/state.ts'
import { withInventory, type SecretFacts } from '../inventory.ts'
import { tellOfStatus } from '../notify/status.ts'
import { refuseKind } from './admission.ts'
import { rotationOf } from './engine.ts'
import { possibleFollowers } from './followers.ts'
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
    const secrets: SecretStatus[] = []
    const all: SecretStatus[] = []
    let attention = 0
    for (const one of facts) {
      const { status, isDue } = await statusOf(context, one, possibleFollowers(inventory, one).length > 0)
      all.push(status)
      if (isDue) attention += 1
      if (isDue || !onlyDue) secrets.push(status)
    }
    if (isTold) await tellOfStatus(context, inventory, all)
    return { secrets, attention, looked: facts.length }
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
