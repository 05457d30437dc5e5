export type DecisionKind = 'generate' | 'derive' | 'ask' | 'ask-optional' | 'keep'

/** What to do with one variable of a template, and why. The reason quotes no value. */
export interface Decision {
  readonly file: string
  readonly name: string
  readonly line: number
  readonly decision: DecisionKind
  readonly form?: string
  /** `same-as:NAME` or `contains:NAME`. */
  readonly from?: string
  readonly reason: string
  readonly evidence?: { readonly line: number; readonly column: number }
  /** From 0 to 1. */
  readonly confidence: number
}

export type Verdict = Omit<Decision, 'file' | 'name' | 'line'>
