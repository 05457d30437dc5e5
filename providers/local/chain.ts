import type { StoreDocument, StoredSecret } from './document.ts'
import { SecretsError } from '../../src/core/errors.ts'

export interface Change {
  readonly secrets: ReadonlyMap<string, StoredSecret>
  /** The caller is promised that an old value is gone: older generations go too. */
  readonly erases: boolean
}

/** Sees the newest state and says what follows, or throws; called again with a newer state after a lost race. */
export type Decide = (secrets: ReadonlyMap<string, StoredSecret>) => Change | 'unchanged'

export const fileMode = 0o600
export const directoryMode = 0o700

const generationsKept = 3
const ancestorsKept = 64
const filePattern = /^(\d{12})\.age$/

export function fileNameOf(generation: number): string {
  return `${String(generation).padStart(12, '0')}.age`
}

/** The numbers among the names, in the order of the names. */
export function generationsIn(names: readonly string[]): readonly number[] {
  return names.flatMap(name => {
    const digits = filePattern.exec(name)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  })
}

export function successorOf(
  base: StoreDocument | undefined,
  change: Change,
  newId: () => string,
): StoreDocument {
  const generation = (base?.generation ?? 0) + 1
  return {
    storeId: base?.storeId ?? newId(),
    id: newId(),
    generation,
    ancestors: base === undefined ? [] : [base.id, ...base.ancestors].slice(0, ancestorsKept),
    erased: change.erases ? generation : (base?.erased ?? 0),
    secrets: change.secrets,
  }
}

/** Files of older generations hold what was erased since, and are no longer needed to go back. */
export function oldestKept(newest: StoreDocument): number {
  return Math.max(newest.generation - generationsKept + 1, newest.erased)
}

export function damagedError(cause: SecretsError, path: string, previous: number | undefined): SecretsError {
  const hint =
    previous === undefined
      ? 'restore the store from a backup; there is no older generation beside it'
      : `the generation before is store/${fileNameOf(previous)}: look into it with age -d, and to go back to it move this file away`
  const hints = cause.hints.length > 0 ? cause.hints : [hint]
  return new SecretsError('store.damaged', cause.message, { hints, at: { path } })
}

export function wrongIdentityError(path: string): SecretsError {
  return new SecretsError('store.wrong_identity', 'the store was written for another identity', {
    hints: [
      'name the identity file of this store in SECRETS_IDENTITY_FILE',
      'if this is the right one, the head of the store file is damaged: restore it from a backup',
    ],
    at: { path },
  })
}

export function tooBusyError(): SecretsError {
  return new SecretsError('provider.conflict', 'others write to the store without pause', {
    hints: ['run again when they have ended'],
  })
}
