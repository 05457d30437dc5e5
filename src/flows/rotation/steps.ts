import { SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import type { VersionId } from '../../core/provider.ts'
import type { Action } from '../../core/rotation/plan.ts'
import type { Observation, PendingFacts } from '../../core/rotation/port.ts'
import type { Subject } from './engine.ts'
import { type HookValues, isHookFailure } from './hooks.ts'
import { bothValues, given, valueOf } from './subject-values.ts'
import { giveUp, goBackBy } from './way-back.ts'

// The steps of a rotation that hooks take part in. The order within each is what makes it safe to be killed anywhere:
// what is not reached is done again by the next run, with the same idempotency key.

/** `onEmergency`: doors are shut before the new value is there. Where it fails the value is replaced all the same. */
export async function lockDown(subject: Subject, base: VersionId): Promise<void> {
  await tryAll(subject, async () => {
    const values = async (): Promise<HookValues> => given('old', await valueOf(subject, 'current'))
    await subject.hooks.run('onEmergency', { version: `after:${base}`, phase: 'rotate', values })
  })
}

/** In an emergency a hook that fails stops nothing; what it says is told in the end. */
async function tryAll(subject: Subject, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isHookFailure(error)) throw error
    subject.troubles.push(error)
  }
}

/** `apply` and `verifyStaged`: before the new value is current. Where one fails, the value is given up. */
export async function proveStaged(
  subject: Subject,
  step: 'apply' | 'verify-staged',
  pending: PendingFacts,
): Promise<void> {
  const values = async (): Promise<HookValues> => ({
    ...given('new', (await subject.store.pending(subject.name, subject.signal))?.value),
    ...given('old', await valueOf(subject, pending.base)),
  })
  const hook = step === 'apply' ? 'apply' : 'verifyStaged'
  try {
    await subject.hooks.run(hook, { version: pending.version, phase: 'rotate', values })
  } catch (error) {
    if (!isHookFailure(error)) throw error
    await giveUp(subject, pending, error)
    throw new SecretsError(
      'rotation.verify_failed',
      `the new value of "${subject.name}" did not pass and never became current: ${error.message}`,
      {
        hints: ['the current value stays; repair what the hook complains of, then rotate again'],
        cause: error,
      },
    )
  }
  subject.markDone(pending.version, step)
}

/** `afterCommit`, then `verify`: the new value is current. Where one fails, the proved value is put back at once. */
export async function prove(subject: Subject, version: VersionId, observed: Observation): Promise<void> {
  const { hooks, store, name, signal } = subject
  const previous = observed.rotation?.previous?.version
  const occasion = { version, phase: 'rotate', values: () => bothValues(subject, version, previous) } as const
  let deadline: Instant | undefined
  try {
    deadline = await follow(subject, version, previous)
    await hooks.run('afterCommit', occasion)
    await hooks.run('verify', occasion)
  } catch (error) {
    if (!isHookFailure(error) || previous === undefined) throw error
    if (isEmergency(subject, observed)) {
      stayUnproved(subject, version, error)
      return
    }
    await goBackBy(subject, { from: version, to: previous, ...keptBy(subject, observed) }, error)
    throw new SecretsError(
      'rotation.verify_failed',
      `the new value of "${name}" did not prove itself, and the old one is current again: ${error.message}`,
      { hints: ['repair what the hook complains of, then rotate again'], cause: error },
    )
  }
  // The grace begins with the last of them: whoever reads that one may still present the old value.
  const facts = deadline === undefined ? {} : { deadline }
  await store.record(name, version, { ...facts, verifiedAt: subject.now() }, signal)
  subject.markDone(version, 'verify')
}

function isEmergency({ mark }: Subject, { rotation }: Observation): boolean {
  return mark.mode === 'emergency' || rotation?.mode === 'emergency'
}

/** Going back would be to the value that leaked: the new one stays, whatever its readers say. */
function stayUnproved(subject: Subject, version: VersionId, why: SecretsError): void {
  const { name } = subject
  subject.troubles.push(
    new SecretsError(
      'rotation.verify_failed',
      `the new value of "${name}" did not prove itself: ${why.message}`,
      {
        hints: ['it stays, because the old one may be known to others: repair what uses it'],
        cause: why,
      },
    ),
  )
  subject.markDone(version, 'verify')
}

/** Whatever still contains the old value is changed before anybody is restarted. */
async function follow(
  subject: Subject,
  newer: VersionId,
  old: VersionId | undefined,
): Promise<Instant | undefined> {
  if (!subject.hasFollowers) return undefined
  const values = await bothValues(subject, newer, old)
  return await subject.followers.forward(values.old, values.new)
}

/** Of a value that others have signed with: what it has signed lives on. */
function keptBy(subject: Subject, observed: Observation): { readonly keepNewUntil?: Instant } {
  const { steps, grace } = subject.policyFor(observed)
  return steps.includes('announce') ? { keepNewUntil: subject.now() + grace } : {}
}

/** `reencrypt`, `revoke`, then the store: an old value that is still needed, or still alive elsewhere, is never dropped. */
export async function retire(
  subject: Subject,
  action: Extract<Action, { do: 'retire' }>,
  observed: Observation,
): Promise<void> {
  const { hooks, store, name, signal } = subject
  const { previous, current } = action
  const isHalfDone = observed.rotation?.previous?.status !== 'accepted'
  const before = {
    version: current,
    phase: 'retire',
    values: () => bothValues(subject, current, previous),
  } as const
  if (!isHalfDone) {
    await awaitFollowers(subject, action, isEmergency(subject, observed))
    await hooks.run('reencrypt', before)
    await hooks.run('revoke', before)
  }
  await store.retire(name, previous, current, signal)
  if (isEmergency(subject, observed) && subject.hasFollowers)
    await subject.followers.drop(await valueOf(subject, current))
  const values = async (): Promise<HookValues> => given('new', await valueOf(subject, current))
  await hooks.run('afterRetire', { ...before, values })
  if (isEmergency(subject, observed))
    await tryAll(subject, () => hooks.run('invalidate', { ...before, values }))
}

/** What followed only now has a grace that has only begun: the old value stays, and the next look finds the later deadline. */
async function awaitFollowers(
  subject: Subject,
  { current, previous }: Extract<Action, { do: 'retire' }>,
  isUrgent: boolean,
): Promise<void> {
  const deadline = await follow(subject, current, previous)
  if (isUrgent || deadline === undefined || deadline <= subject.now()) return
  await subject.store.record(subject.name, current, { deadline }, subject.signal)
  throw new SecretsError('provider.conflict', `the grace of "${subject.name}" has got longer`)
}
