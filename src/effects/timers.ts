import type { Timers } from '../context.ts'

/** The machine's timers. Waits of more than 24 days would fire at once: callers cap theirs far below. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds)
    return () => {
      clearTimeout(timer)
    }
  },
}
