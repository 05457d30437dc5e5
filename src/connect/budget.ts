/**
 * The time that a command may spend on remote stores, retries and pauses included. It runs only while at least one
 * call is open: a person at a prompt, or a hook, takes nothing of it. Each answer adds to it, so that a store which
 * answers has time for any number of secrets at its documented rate, and one that hangs does not.
 */
export class Budget {
  readonly #now: () => number
  #limit: number
  #spent = 0
  #open = 0
  #since = 0

  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  /** Milliseconds, never below zero. */
  get remaining(): number {
    const running = this.#open > 0 ? this.#now() - this.#since : 0
    return Math.max(0, this.#limit - this.#spent - running)
  }

  /** Milliseconds more. */
  grant(time: number): void {
    this.#limit += time
  }

  /** A call begins; the returned function, to be called once, says that it is over. */
  enter(): () => void {
    if (this.#open === 0) this.#since = this.#now()
    this.#open += 1
    return () => {
      this.#open -= 1
      if (this.#open === 0) this.#spent += this.#now() - this.#since
    }
  }
}
