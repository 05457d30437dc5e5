/**
 * What words can say of a variable. `command`: how to make the value, exactly. `random`: that it should be random.
 * `change`: that what stands there must not stay. `fetch`: that it comes from somewhere else. `account`: the same, from an
 * account or dashboard by name. `pair`: a command for a key pair. `digest`: a hash of something is wanted.
 * `optional`, `required`: whether it may stay empty. `classes`: kinds of characters. `length`: a size.
 */
export type HintKind =
  | 'command'
  | 'random'
  | 'change'
  | 'fetch'
  | 'account'
  | 'pair'
  | 'digest'
  | 'optional'
  | 'required'
  | 'classes'
  | 'length'

export interface HintRule {
  readonly id: string
  readonly kind: HintKind
  /** Bounded in every repetition, so that it runs in linear time. */
  readonly pattern: RegExp
  /** The form string that the words ask for. `rest`: what follows on the same line. */
  readonly form?: (match: RegExpExecArray, rest: string) => string | undefined
  readonly examples: {
    /** Texts in which the rule is found, with the form that it gives there. */
    readonly good: readonly (readonly [text: string, form?: string])[]
    readonly bad: readonly string[]
  }
}

export interface Hint {
  readonly rule: string
  readonly kind: HintKind
  readonly form?: string
  /** Offset in the text that was read. */
  readonly at: number
}
