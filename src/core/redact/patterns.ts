import type { Secret } from '../secret.ts'
import { shortest, spellingsOf } from './spellings.ts'

/** Bytes that are looked for, and quick answers to what may begin at a place. */
export class Patterns {
  readonly #byStart = new Map<number, Uint8Array[]>()
  /** Which hashes of four bytes begin a pattern: the one look that every byte of the output costs. */
  readonly #filter = new Uint8Array(1 << filterBits)
  /** The beginnings of one, two and three bytes, as numbers, each marked by its length. */
  readonly #short = new Set<number>()

  constructor(secrets: readonly Secret[]) {
    const texts = new Set(secrets.flatMap(spellingsOf))
    const patterns = [...texts].map(text => Buffer.from(text, 'utf8'))
    // The longest first, so that a value inside another leaves no rest.
    for (const pattern of patterns.sort((a, b) => b.length - a.length)) this.#add(pattern)
  }

  #add(pattern: Uint8Array): void {
    const start = wordAt(pattern, 0)
    this.#filter[hashOf(start)] = 1
    const others = this.#byStart.get(start)
    if (others === undefined) this.#byStart.set(start, [pattern])
    else others.push(pattern)
    for (let length = 1; length < shortest; length += 1) this.#short.add(shortStart(pattern, 0, length))
  }

  /** The first place at or behind `from` at which a pattern may begin; the end of `data` where there is none. */
  next(data: Uint8Array, from: number): number {
    const last = data.length - shortest
    const filter = this.#filter
    if (from <= last) {
      let word = wordAt(data, from)
      for (let at = from; ; at += 1) {
        if (filter[hashOf(word)] === 1) return at
        if (at === last) break
        word = (word << 8) | (data[at + shortest] ?? 0)
      }
    }
    for (let at = Math.max(from, last + 1); at < data.length; at += 1) {
      if (this.#short.has(shortStart(data, at, data.length - at))) return at
    }
    return data.length
  }

  /** The longest pattern that stands whole at `at`: its length, else 0. */
  matchAt(data: Uint8Array, at: number): number {
    for (const pattern of this.#candidates(data, at)) {
      if (pattern.length <= data.length - at && standsAt(data, at, pattern, pattern.length))
        return pattern.length
    }
    return 0
  }

  /** The shortest pattern of which all that is left of `data` is the beginning: its length, else 0. */
  beginningAt(data: Uint8Array, at: number): number {
    const rest = data.length - at
    if (rest < shortest) return this.#short.has(shortStart(data, at, rest)) ? shortest : 0
    let found = 0
    for (const pattern of this.#candidates(data, at)) {
      if (pattern.length > rest && standsAt(data, at, pattern, rest)) found = pattern.length
    }
    return found
  }

  #candidates(data: Uint8Array, at: number): readonly Uint8Array[] {
    return at + shortest > data.length ? [] : (this.#byStart.get(wordAt(data, at)) ?? [])
  }
}

const filterBits = 18

/** Fibonacci hashing: the upper bits of a product with the golden ratio. */
function hashOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - filterBits)
}

/** Four bytes as a signed number. */
function wordAt(data: Uint8Array, at: number): number {
  return (
    ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)
  )
}

function shortStart(data: Uint8Array, at: number, length: number): number {
  let start = length
  for (let offset = 0; offset < length; offset += 1) start = (start << 8) | (data[at + offset] ?? 0)
  return start
}

function standsAt(data: Uint8Array, at: number, pattern: Uint8Array, length: number): boolean {
  for (let offset = shortest; offset < length; offset += 1) {
    if (data[at + offset] !== pattern[offset]) return false
  }
  return true
}
