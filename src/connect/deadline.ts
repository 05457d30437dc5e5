import type { Timers } from '../context.ts'
import { isSecretsError, SecretsError } from '../core/errors.ts'
import { onAbort } from './on-abort.ts'

interface Deadline {
  /** Milliseconds. */
  readonly limit: number
  /** What is thrown when they are over. */
  readonly error: () => SecretsError
}

/**
 * Gives `work` a signal that is aborted when the caller's is, and when the time is over. Rejects at that instant,
 * whether or not `work` heeds its signal: a backend that never answers must not hold the command.
 */
export function withDeadline<T>(
  timers: Timers,
  { limit, error }: Deadline,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    const stop = (reason: SecretsError): void => {
      finish()
      reject(reason)
      controller.abort(reason)
    }
    if (signal.aborted) {
      reject(reasonOf(signal))
      return
    }
    const cancel = timers.after(limit, () => {
      stop(error())
    })
    const forget = onAbort(signal, () => {
      stop(reasonOf(signal))
    })
    const finish = (): void => {
      cancel()
      forget()
    }
    // Promise.resolve().then: a backend that throws instead of rejecting is answered alike.
    Promise.resolve()
      .then(() => work(controller.signal))
      .finally(finish)
      .then(resolve, reject)
  })
}

/** A pause that ends early, with the signal's reason, when the command is stopped. */
export function pause(timers: Timers, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal))
      return
    }
    const cancel = timers.after(milliseconds, () => {
      forget()
      resolve()
    })
    const forget = onAbort(signal, () => {
      cancel()
      forget()
      reject(reasonOf(signal))
    })
  })
}

/** Why a signal was aborted: a deadline of ours, else the user. */
export function reasonOf(signal: AbortSignal): SecretsError {
  if (isSecretsError(signal.reason)) return signal.reason
  return new SecretsError('usage.interrupted', 'interrupted while a store was being asked', {
    hints: ['what it had done by then is there: secrets status', 'the same command goes on from there'],
  })
}
