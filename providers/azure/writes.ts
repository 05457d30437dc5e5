import type { Timers } from '../../src/context.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Pending } from '../../src/core/rotation/port.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { SetOptions, Stored, VaultClient } from './client.ts'
import { conflict, failureOf, occupied, Refusal } from './failures.ts'
import type { Proposal } from './look.ts'
import type { AzureStore } from './store.ts'
import { announcedTags } from './tags.ts'

export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>

const waitStep = 500
/** Tries while the vault is busy with the name; with the pauses between them less than the deadline of one call. */
const tries = 20

/** Whoever else writes or has deleted in the meantime makes it `provider.conflict`. */
export async function putOnce(
  client: VaultClient,
  name: SecretName,
  object: string,
  value: Secret,
  options: SetOptions,
  signal: AbortSignal,
): Promise<Stored> {
  try {
    return await client.set(object, value, options, signal)
  } catch (error) {
    if (error instanceof Refusal && error.statusCode === 409) throw conflict(name)
    throw error instanceof Refusal ? failureOf(error, object) : error
  }
}

/** A deleted secret of that name is brought back first; other writers are waited for. */
export async function putPatiently(
  client: VaultClient,
  pause: Pause,
  object: string,
  value: Secret,
  options: SetOptions,
  signal: AbortSignal,
): Promise<Stored> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      return await client.set(object, value, options, signal)
    } catch (error) {
      if (!(error instanceof Refusal) || error.statusCode !== 409)
        throw error instanceof Refusal ? failureOf(error, object) : error
      if (error.saysDeleted) await recover(client, pause, object, signal)
      await pause(error.saysParallel ? waitStep / 5 : waitStep, signal)
    }
  }
  throw occupied(object)
}

/**
 * One attempt, of a value that was decided on what is there: parallel work, or a deleted secret that is brought back
 * first, leaves it unwritten and quiet, so that the caller looks again.
 */
export async function putOrRecover(
  client: VaultClient,
  pause: Pause,
  object: string,
  value: Secret,
  options: SetOptions,
  signal: AbortSignal,
): Promise<'written' | 'unwritten'> {
  try {
    await client.set(object, value, options, signal)
    return 'written'
  } catch (error) {
    if (!(error instanceof Refusal) || error.statusCode !== 409)
      throw error instanceof Refusal ? failureOf(error, object) : error
    if (error.saysDeleted) await recover(client, pause, object, signal)
    else await pause(waitStep, signal)
    return 'unwritten'
  }
}

/** Brings the secret back and waits until it can be read: what is written before that may be lost. */
async function recover(
  client: VaultClient,
  pause: Pause,
  object: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.recover(object, signal)
  } catch (error) {
    // Somebody else did it, or its deletion has not ended.
    const isOver =
      error instanceof Refusal &&
      (error.statusCode === 409 ||
        error.statusCode === 404 ||
        error.inner === 'RequestNotAllowedOnNonDeletedObject')
    if (!isOver) throw error instanceof Refusal ? failureOf(error, object) : error
    return
  }
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const found = await client.get(object, undefined, signal).catch((error: unknown) => {
      if (error instanceof Refusal && error.inner === 'SecretDisabled') return 'disabled'
      throw error instanceof Refusal ? failureOf(error, object) : error
    })
    if (found !== undefined) return
    await pause(waitStep, signal)
  }
}

/** The proposal with what it proposes. */
export async function valueOfProposal(
  client: VaultClient,
  name: SecretName,
  object: string,
  { version, base, mark }: Omit<Pending, 'value'>,
  signal: AbortSignal,
): Promise<Pending> {
  const stored = await interpreted(object, client.get(object, version, signal))
  if (stored === undefined) throw conflict(name)
  return { version, base, mark, value: stored.value }
}

/** On the proposal itself, which is not listed for another base: what is given up or served takes the tag with it. */
export async function announceProposal(
  store: Pick<AzureStore, 'update'>,
  { name, pending }: { readonly name: SecretName; readonly pending: string },
  proposal: Proposal | undefined,
  { version, at }: { readonly version: VersionId; readonly at: Instant },
  signal: AbortSignal,
): Promise<void> {
  if (proposal?.version !== version) throw conflict(name)
  if (proposal.announced !== undefined) return
  await store.update(name, pending, version, { tags: announcedTags(proposal.tags, at) }, signal)
}

export async function interpreted<T>(shown: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof Refusal ? failureOf(error, shown) : error
  }
}

export function pauseWith(timers: Timers, milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    const cancel = timers.after(milliseconds, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}
