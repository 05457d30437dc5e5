import type { Timers } from '../../src/context.ts'

interface Alarm {
  readonly at: number
  readonly work: () => void
}

/** Time that passes only when nothing else can happen, and then as far as the next alarm: nothing is slept. */
export class FakeTimers implements Timers {
  time = 0
  #alarms: Alarm[] = []

  now(): number {
    return this.time
  }

  after(milliseconds: number, work: () => void): () => void {
    const alarm = { at: this.time + milliseconds, work }
    this.#alarms.push(alarm)
    return () => {
      this.#alarms = this.#alarms.filter(other => other !== alarm)
    }
  }

  /** Alarms that nobody took back. */
  get pending(): number {
    return this.#alarms.length
  }

  /** Lets time pass until the work has settled; fails when it waits for what never comes. */
  async finish<T>(work: Promise<T>): Promise<T> {
    const state = { isSettled: false }
    const settle = (): void => {
      state.isSettled = true
    }
    work.then(settle, settle)
    for (;;) {
      await rest()
      if (state.isSettled) return await work
      const next = this.#alarms.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) throw new Error('the work waits, and no alarm is set')
      this.#alarms = this.#alarms.filter(alarm => alarm !== next)
      this.time = next.at
      next.work()
    }
  }
}

/** Everything that can run without time passing has run. */
function rest(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
