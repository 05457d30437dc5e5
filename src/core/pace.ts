/** When the next call may begin, and the earliest time for the one after it. */
export interface Turn {
  /** Milliseconds from now. */
  readonly wait: number
  readonly next: number
}

/**
 * Calls begin at least 1/`perSecond` apart, so that no second sees more than a store allows, whatever the number of
 * callers. `earliest` is what the turn before gave as `next`; times in milliseconds on one clock.
 */
export function takeTurn(earliest: number, now: number, perSecond: number): Turn {
  const start = Math.max(earliest, now)
  return { wait: start - now, next: start + 1000 / perSecond }
}
