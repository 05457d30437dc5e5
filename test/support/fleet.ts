import type { MemoryState } from './memory-store.ts'

/** What one instance has read: it signs with `current`, and accepts all of it. */
interface Cache {
  readonly readAt: number
  readonly current: string
  readonly next: string | undefined
  readonly old: { readonly value: string; readonly until: number | undefined } | undefined
}

export interface FleetTimes {
  /** No instance works with what it has read longer ago. */
  readonly refresh: number
  /** How long what it signs is valid. */
  readonly life: number
}

/**
 * Instances that sign and verify with a secret which each reads by itself, at any time but never later than `refresh`
 * after the last one. Reading is not one moment: what is staged first, then the rest, with other people's writes in between.
 * `refused` keeps what was signed and is valid, and is not accepted somewhere.
 */
export class Fleet {
  readonly refused: string[] = []
  readonly #times: FleetTimes
  readonly #caches: Cache[]
  /** Of each instance the first half of a reading that has begun. */
  readonly #begun: (Pick<Cache, 'readAt' | 'next'> | undefined)[]
  /** Until when the last token of each key lives. */
  readonly #signed = new Map<string, number>()
  #seed: number

  constructor(size: number, state: MemoryState, now: number, times: FleetTimes, seed: number) {
    this.#times = times
    this.#seed = seed
    this.#caches = Array.from({ length: size }, () => read(state, begin(state, now)))
    this.#begun = this.#caches.map(() => undefined)
  }

  /** Everybody signs; somebody may read a half; then everybody verifies everything that lives. */
  moment(state: MemoryState, now: number): void {
    const index = this.#random() % this.#caches.length
    const started = this.#begun[index]
    this.#begun[index] = started === undefined ? begin(state, now) : undefined
    if (started !== undefined) this.#caches[index] = read(state, started)
    this.#signAndVerify(now)
  }

  /** Time goes by, while nobody writes. */
  pass(state: MemoryState, from: number, to: number): void {
    const { refresh, life } = this.#times
    const step = refresh / 2
    // Later nothing of now is left: every instance has read again, every token is dead.
    const last = Math.min(to, from + 4 * (refresh + life))
    for (let now = from; now < last; now = Math.min(now + step, last)) this.#tick(state, now, step)
    this.#caches.forEach((cache, index) => {
      if (to - cache.readAt > refresh) this.#refresh(state, index, to)
    })
    this.moment(state, to)
  }

  #tick(state: MemoryState, now: number, step: number): void {
    this.#caches.forEach((cache, index) => {
      const begun = this.#begun[index]
      if (now + step - Math.min(cache.readAt, begun?.readAt ?? now) > this.#times.refresh)
        this.#refresh(state, index, now)
    })
    this.moment(state, now)
  }

  #refresh(state: MemoryState, index: number, now: number): void {
    this.#begun[index] = undefined
    this.#caches[index] = read(state, begin(state, now))
  }

  #signAndVerify(now: number): void {
    for (const { current } of this.#caches) this.#signed.set(current, now + this.#times.life)
    for (const [key, end] of this.#signed) {
      if (end <= now) this.#signed.delete(key)
      else if (!this.#caches.every(cache => accepts(cache, key, now))) this.refused.push(key)
    }
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed >>> 8
  }
}

function begin({ pending }: MemoryState, now: number): Pick<Cache, 'readAt' | 'next'> {
  return { readAt: now, next: pending?.value.reveal() }
}

function read({ current, old, record }: MemoryState, begun: Pick<Cache, 'readAt' | 'next'>): Cache {
  const until = record?.version === current.version ? record.deadline : undefined
  return {
    ...begun,
    current: current.value.reveal(),
    old: old === undefined ? undefined : { value: old.value.reveal(), until },
  }
}

function accepts({ current, next, old }: Cache, key: string, now: number): boolean {
  const isOld = old?.value === key && (old.until === undefined || now < old.until)
  return current === key || next === key || isOld
}
