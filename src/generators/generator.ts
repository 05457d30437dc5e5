import type { KeyPairs, Random } from '../context.ts'
import type { Form, KeyEncoding } from '../core/form.ts'

export interface GenerateOptions {
  /** For passwords: exactly these characters, each counted once. */
  readonly alphabet?: string
}

/** Where what nobody can foresee comes from. */
export interface Sources {
  readonly random: Random
  readonly keyPairs: KeyPairs
}

/** One of several values that belong together. */
export interface Part {
  /** The usual name of its variable. */
  readonly name: string
  readonly value: string
  readonly form: Form
}

/** Several values of which each is useless without the others. */
export interface ValueSet {
  readonly names: readonly string[]
  /** In the order of `names`. */
  generate(form: Form, sources: Sources, options: GenerateOptions): Promise<readonly Part[]>
}

/** What is known of every kind of value. */
export interface GeneratorFacts {
  /** For `generate --list`. */
  readonly summary: string
  /** Where the form comes from: a specification, or the consumer's own code or documentation. */
  readonly source: string
  /** The characters of a value, as the inside of a bracket expression: `0-9a-f`. */
  readonly alphabet: string
  /**
   * Bits below which a value of this kind is refused. 128 for kinds of free length; a kind whose size its consumer fixed
   * has its own.
   */
  readonly floorBits: number
  /** Entropy of one value in bits, exact; of keys their strength. */
  entropyBits(form: Form, options: GenerateOptions): number
  /** Whether `value` has this form: what is generated always has. */
  matches(value: string, form: Form): boolean
}

/** One kind of value. Pure but for the randomness that it is given. */
export interface Generator extends GeneratorFacts {
  generate(form: Form, random: Random, options: GenerateOptions): string | Promise<string>
}

/** A kind of which one value says nothing alone: a pair of keys, a password with its hash. */
export interface SetGenerator extends GeneratorFacts {
  readonly set: ValueSet
  /**
   * Of a pair of keys: the public half of a private value, in the encoding asked for, else in its own; `undefined` for a
   * text that is no such key.
   */
  publicHalf?(privateValue: string, encoding?: KeyEncoding): string | undefined
}

/** The floor of every kind whose length is ours to choose. */
export const commonFloor = 128

/** Read unchanged by every known reader of `.env` files, by shells, and inside URLs. */
export const safeAlphabet = 'A-Za-z0-9_-'
