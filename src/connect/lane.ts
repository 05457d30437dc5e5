import type { RequestLimits, Timers } from '../context.ts'
import { takeTurn } from '../core/pace.ts'
import { onAbort } from './on-abort.ts'
import { pause, reasonOf } from './deadline.ts'

/** The way to one store, shared by all its connections: so many at once, so many in a second, first come first served. */
export class Lane {
  readonly #limits: RequestLimits
  readonly #timers: Timers
  readonly #waiting: (() => void)[] = []
  #free: number
  #earliest = Number.NEGATIVE_INFINITY

  constructor(limits: RequestLimits, timers: Timers) {
    this.#limits = limits
    this.#timers = timers
    this.#free = limits.concurrent
  }

  /** `isPaced`: whether the work begins a request; a further step of one that goes on only needs its place. */
  async run<T>(signal: AbortSignal, isPaced: boolean, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal)
    try {
      if (isPaced) await this.#waitForTurn(signal)
      return await work()
    } finally {
      this.#leave()
    }
  }

  #enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const take = (): void => {
        forget()
        resolve()
      }
      const forget = onAbort(signal, () => {
        forget()
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(reasonOf(signal))
      })
      this.#waiting.push(take)
    })
  }

  /** The place goes to the next in line, else it is free. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }

  async #waitForTurn(signal: AbortSignal): Promise<void> {
    const { wait, next } = takeTurn(this.#earliest, this.#timers.now(), this.#limits.perSecond)
    this.#earliest = next
    if (wait > 0) await pause(this.#timers, wait, signal)
  }
}
