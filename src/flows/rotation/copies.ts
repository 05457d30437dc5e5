import type { Secret } from '../../core/secret.ts'
import { areEqualSecrets } from '../../core/secret-equality.ts'
import type { Inventory, OpenTarget, SecretFacts } from '../inventory.ts'

// One value in several stores: the targets that the manifest lists for one environment. The first target that holds it
// leads; the others hold copies, which follow it. Nothing says so but the values themselves, so a run that dies half-way
// leaves nothing to clean up: what still holds the leader's old value is a copy that has not followed yet.

/** The other targets of the same environment, where the manifest lists several. */
export function siblingsOf({ targets, manifest }: Inventory, target: OpenTarget): readonly OpenTarget[] {
  const { environment } = target.config
  if ((manifest?.environments.get(environment)?.targets.length ?? 1) < 2) return []
  return targets.filter(one => one !== target && one.config.environment === environment)
}

/** The same secrets, each copy marked as one of its leader: `copyOf`. Asks the stores only where a name is in several targets of an environment. */
export async function markCopies(
  inventory: Inventory,
  secrets: readonly SecretFacts[],
  signal: AbortSignal,
): Promise<readonly SecretFacts[]> {
  const leaders = new Map<string, SecretFacts>()
  const marked: SecretFacts[] = []
  for (const facts of inOrder(inventory, secrets)) {
    const key = `${facts.target.config.environment}\0${facts.name}`
    const leader = leaders.get(key)
    const isListed = siblingsOf(inventory, facts.target).length > 0
    if (leader === undefined || !isListed) {
      leaders.set(key, facts)
      marked.push(facts)
    } else {
      const isCopy = await follows(facts, leader, signal)
      marked.push(isCopy ? { ...facts, copyOf: leader.target } : facts)
    }
  }
  return marked
}

/** In the order of the manifest's targets, whatever order the names were found in. */
function inOrder({ targets }: Inventory, secrets: readonly SecretFacts[]): readonly SecretFacts[] {
  return [...secrets].sort((one, other) => targets.indexOf(one.target) - targets.indexOf(other.target))
}

/** Whether it holds what the leader holds, or held before and still accepts. */
async function follows(facts: SecretFacts, leader: SecretFacts, signal: AbortSignal): Promise<boolean> {
  const own = await currentOf(facts, signal)
  if (own === undefined) return false
  for (const selector of ['current', 'previous'] as const) {
    const theirs = await leader.target.provider.read(leader.name, selector, signal)
    if (theirs !== undefined && areEqualSecrets(theirs.value, own)) return true
  }
  return false
}

async function currentOf({ name, target }: SecretFacts, signal: AbortSignal): Promise<Secret | undefined> {
  return (await target.provider.read(name, 'current', signal))?.value
}
