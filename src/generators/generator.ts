import type { Random } from '../context.ts'
import type { Form } from '../core/form.ts'

export interface GenerateOptions {
  /** For passwords: exactly these characters, each counted once. */
  readonly alphabet?: string
}

/** One kind of value. Pure but for the randomness that it is given. */
export interface Generator {
  /** For `generate --list`. */
  readonly summary: string
  /**
   * Bits below which a value of this kind is refused. 128 for kinds of free length; a kind whose size its consumer fixed
   * has its own.
   */
  readonly floorBits: number
  /** Entropy of one value in bits, exact. */
  entropyBits(form: Form, options: GenerateOptions): number
  generate(form: Form, random: Random, options: GenerateOptions): string | Promise<string>
  /** Whether `value` has this form: what `generate` gives always has. */
  matches(value: string, form: Form): boolean
}

/** The floor of every kind whose length is ours to choose. */
export const commonFloor = 128
