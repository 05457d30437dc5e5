import type { Patterns } from './patterns.ts'
import { shortest } from './spellings.ts'

/** What stands in place of a value. */
const mark = '[redacted]'
const markBytes = new Uint8Array(Buffer.from(mark, 'utf8'))
const nothing = new Uint8Array()

/**
 * Takes values out of a stream of bytes, whatever the pieces in which it comes, and changes no other byte. Only bytes
 * that may be the beginning of a value are kept back, until what follows tells; `lull` bounds how long.
 *
 * Best effort by its nature: a program can print a value in a spelling that nobody thought of (see `spellingsOf`).
 */
export class StreamRedactor {
  readonly #patterns: Patterns
  /** Begins with what may be the beginning of a value; empty where nothing is kept back. */
  #held: Uint8Array = nothing
  /** How many bytes of it are dealt with already: shown, or behind a mark. */
  #settled = 0
  #isMarked = false

  constructor(patterns: Patterns) {
    this.#patterns = patterns
  }

  /** Whether something is kept back that `lull` would show. */
  get isHolding(): boolean {
    return this.#settled < this.#held.length
  }

  /** What can be shown now. */
  push(chunk: Uint8Array): Uint8Array {
    return this.#process(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]), false)
  }

  /**
   * Nothing has come for a while. `brief`: shows what is too little of a value to matter, such as the end of a prompt
   * that happens to look like a beginning. `long`: nothing is kept back any longer; what may be a good part of a value
   * is shown as a mark, and where its rest comes later, that belongs to the mark.
   */
  lull(length: 'brief' | 'long'): Uint8Array {
    const held = this.#held
    if (!this.isHolding) return nothing
    if (this.#isHarmless(held, 0)) return this.#settle(held.length, held.subarray(this.#settled))
    const shown = this.#isMarked ? nothing : markBytes
    if (length === 'long') return this.#settle(held.length, shown)
    // One value is there for certain; more may follow and make it a longer one.
    const match = this.#patterns.matchAt(held, 0)
    return match <= this.#settled ? nothing : this.#settle(match, shown)
  }

  /** The rest, when the stream has ended. */
  end(): Uint8Array {
    return this.#process(this.#held, true)
  }

  #settle(count: number, shown: Uint8Array): Uint8Array {
    this.#settled = count
    this.#isMarked ||= shown === markBytes
    return shown
  }

  /** Under a quarter of the shortest value that it could be, and at most seven bytes. */
  #isHarmless(data: Uint8Array, at: number): boolean {
    if ((this.#isMarked && at === 0) || this.#patterns.matchAt(data, at) > 0) return false
    const whole = this.#patterns.beginningAt(data, at)
    return data.length - at < Math.max(shortest, Math.min(8, whole / 4))
  }

  #process(data: Uint8Array, isEnd: boolean): Uint8Array {
    const shown: Uint8Array[] = []
    let copied = this.#settled
    let at = 0
    for (;;) {
      at = this.#patterns.next(data, at)
      if (at >= data.length) break
      const isOpen = this.#patterns.beginningAt(data, at) > 0
      if (isOpen && !isEnd) break
      const match = this.#patterns.matchAt(data, at)
      // At the end, a good part of a value is hidden like a whole one.
      const length = match > 0 || !isOpen || this.#isHarmless(data, at) ? match : data.length - at
      if (length === 0) {
        at += 1
        continue
      }
      if (at > copied) shown.push(data.subarray(copied, at))
      // A mark that was given for this very beginning stands for the whole.
      if (!(this.#isMarked && at === 0)) shown.push(markBytes)
      at += length
      copied = Math.max(copied, at)
    }
    at = Math.min(at, data.length)
    if (at > copied) shown.push(data.subarray(copied, at))
    this.#keep(data.subarray(at), Math.max(0, copied - at), at)
    return concatenate(shown)
  }

  #keep(rest: Uint8Array, settled: number, moved: number): void {
    this.#isMarked = this.#isMarked && settled > 0 && moved === 0
    this.#settled = settled
    // A copy, so that the few bytes do not keep the whole chunk alive.
    this.#held = rest.slice()
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  if (first === undefined) return nothing
  return parts.length === 1 ? first : Buffer.concat(parts)
}
