import { SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import type { VersionId } from '../../core/provider.ts'
import type { Action } from '../../core/rotation/plan.ts'
import type { PendingFacts } from '../../core/rotation/port.ts'
import type { Subject } from './engine.ts'
import { type HookOccasion, type HookValues, isHookFailure } from './hooks.ts'
import { bothValues, given, valueOf } from './subject-values.ts'

// The ways back, asked for by a person or because a new value did not prove itself. What is not reached is done again by
// the next run.

/** The other system first: a value that is still staged can be applied, or taken back, again. */
export async function giveUp(subject: Subject, pending: PendingFacts, why?: SecretsError): Promise<void> {
  const { hooks, store, name, signal } = subject
  const isKnownOutside = hooks.has('apply') || hooks.has('revoke')
  const newer = isKnownOutside ? (await store.pending(name, signal))?.value : undefined
  const values = async (): Promise<HookValues> => ({
    ...given('new', await valueOf(subject, 'current')),
    ...given('old', newer),
  })
  const occasion = { version: pending.version, phase: 'undo', values } as const
  try {
    await hooks.run('apply', occasion)
    await store.abort(name, pending, signal)
  } catch (error) {
    // Nothing is half-way where only the store has it: its own error says what to do.
    if (!isKnownOutside && why === undefined) throw error
    throw failedWay(
      subject,
      error,
      why,
      `"${name}" keeps its current value, and the new one is still staged`,
      '--abort',
    )
  }
  await runBehind(
    subject,
    'revoke',
    occasion,
    `"${name}" keeps its current value, and the new one was given up here`,
  )
}

export async function goBackBy(
  subject: Subject,
  way: { readonly from: VersionId; readonly to: VersionId; readonly keepNewUntil?: Instant },
  why: SecretsError,
): Promise<void> {
  try {
    await goBack(subject, { do: 'revert', ...way })
  } catch (error) {
    const name = subject.name
    throw failedWay(
      subject,
      error,
      why,
      `the new value of "${name}" is not proved, and going back did not end`,
    )
  }
}

/** The other system, then the pointer, then its readers: killed in between, the next run does all of it again. */
export async function goBack(subject: Subject, action: Extract<Action, { do: 'revert' }>): Promise<void> {
  const { hooks, store, name, signal } = subject
  const { from, to, keepNewUntil } = action
  const isNeeded =
    subject.hasFollowers || (['apply', 'afterCommit', 'revoke'] as const).some(hook => hooks.has(hook))
  // Read before the pointer moves: the dropped value is in no store afterwards.
  const read = isNeeded ? await bothValues(subject, to, from) : {}
  const occasion = { version: from, phase: 'undo', values: () => Promise.resolve(read) } as const
  await hooks.run('apply', occasion)
  await subject.followers.back(read.old, keepNewUntil !== undefined)
  const options = { at: subject.now(), ...(keepNewUntil === undefined ? {} : { keepNewUntil }) }
  await store.revert(name, from, to, options, signal)
  // It was current before, and works: a later run must not ask for its proof, and go forward again where that fails.
  if (keepNewUntil !== undefined && owesProof(subject))
    await store.record(name, to, { verifiedAt: subject.now() }, signal)
  const where = `"${name}" is back at its old value`
  await runBehind(subject, 'afterCommit', occasion, where)
  if (keepNewUntil === undefined) await runBehind(subject, 'revoke', occasion, where)
}

/** Whether somebody asks for it: a store is not written to for a fact that nobody reads. */
function owesProof({ hooks, hasFollowers }: Subject): boolean {
  return hasFollowers || hooks.has('afterCommit') || hooks.has('verify')
}

/** What is left to do when the store has gone back already: a failure there changes nothing of what is live. */
async function runBehind(
  subject: Subject,
  hook: 'afterCommit' | 'revoke',
  occasion: HookOccasion,
  where: string,
): Promise<void> {
  try {
    await subject.hooks.run(hook, occasion)
  } catch (error) {
    if (!isHookFailure(error)) throw error
    const repair =
      hook === 'revoke'
        ? 'the new value may still be accepted elsewhere: revoke it there by hand'
        : 'its readers may still have the new value: restart or reload them by hand'
    throw new SecretsError('rotation.rollback_failed', `${where}, but ${error.message}`, {
      hints: [repair, `where it stands: secrets status ${subject.name} --env ${subject.environment}`],
      cause: error,
    })
  }
}

/** Half-way between two values: what stands where, and the one command that repairs it. */
function failedWay(
  subject: Subject,
  error: unknown,
  why: SecretsError | undefined,
  where: string,
  option?: '--abort',
): unknown {
  if (!(error instanceof SecretsError) || subject.signal.aborted) return error
  if (error.code === 'rotation.rollback_failed') return error
  // Asked for by a person, and somebody else was faster: the engine looks again.
  if (error.code === 'provider.conflict' && why === undefined) return error
  const reason = why === undefined ? '' : ` (it had to go because of this: ${why.message})`
  const at = `--env ${subject.environment}`
  const repair =
    option === undefined
      ? `secrets rollback ${subject.name} ${at}`
      : `secrets rotate ${subject.name} --abort ${at}`
  return new SecretsError('rotation.rollback_failed', `${where}: ${error.message}${reason}`, {
    hints: [
      `both values are kept; when the cause is repaired: ${repair}`,
      `where it stands: secrets status ${subject.name} ${at}`,
    ],
    cause: error,
  })
}
