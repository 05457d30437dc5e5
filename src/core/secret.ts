const inspectSymbol = Symbol.for('nodejs.util.inspect.custom')
const redacted = '[redacted]'

/**
 * A value that must not be printed. `reveal()` is the only way out.
 *
 * Printing it (`inspect`, JSON) yields `[redacted]`; using it as text throws, because a wrapper that turned
 * silently into the text "[redacted]" would one day be stored as if it were the secret.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it only where the value leaves the process on purpose. */
  reveal(): string {
    return this.#value
  }

  get isEmpty(): boolean {
    return this.#value === ''
  }

  toJSON(): string {
    return redacted
  }

  [inspectSymbol](): string {
    return redacted
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError('a Secret was used as text; call reveal() on purpose')
  }

  toString(): never {
    return this[Symbol.toPrimitive]()
  }
}
