/**
 * What `init` does with one variable of a template. `generate`: a fresh value is made. `derive`: it repeats or embeds the
 * value of another variable. `ask`: only a person or an outside service can supply it, and the template needs it.
 * `ask-optional`: the same, but the template works without. `keep`: usable as it stands.
 */
export type DecisionKind = 'generate' | 'derive' | 'ask' | 'ask-optional' | 'keep'

/** Where in the template the reason stands; both from 1, the column in UTF-16 units. */
export interface Evidence {
  readonly line: number
  readonly column: number
}

/** A part of the template's value (offsets in UTF-16 units) whose place the value of `from` takes. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly from: string
  /** The part stands in a URL, where a value must be percent-encoded. */
  readonly isEncoded: boolean
}

export interface Decision {
  readonly file: string
  readonly name: string
  /** Line of the assignment that counts, from 1. */
  readonly line: number
  readonly decision: DecisionKind
  /** With `generate`: a form string that `parseForm` reads, unless a person wrote it. */
  readonly form?: string
  /** With `generate`: neither the template nor a framework asks for that form. */
  readonly isUsualForm?: true
  /** With `keep`: what is written in place of the template's value, no secret. */
  readonly value?: string
  /** With `derive`: `same-as:NAME` or `contains:NAME`. */
  readonly from?: string
  /** With `from`: the template that the other variable stands in, where it is another one. */
  readonly fromFile?: string
  /** With `contains`: what `deriveValue` replaces. */
  readonly replace?: readonly Replacement[]
  /** The template's text must not stand in the target, which has nothing there while no other value is known. */
  readonly isWithheld?: true
  /** For people; quotes names and words of comments, never a value. */
  readonly reason: string
  readonly evidence?: Evidence
  /** From 0 to 1: how sure the rule is. 1 is a person's word. */
  readonly confidence: number
  /** The rule that decided; docs/classifier.md lists them. */
  readonly rule: string
}

/** What a person said elsewhere (the manifest); it wins over the template. */
export interface Override {
  readonly decision: DecisionKind
  readonly form?: string
  readonly reason?: string
}

export interface ClassifyOptions {
  /** The name of the template in the decisions; by default the path of the document. */
  readonly file?: string
  readonly overrides?: ReadonlyMap<string, Override>
}
