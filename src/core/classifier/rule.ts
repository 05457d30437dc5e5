import type { DecisionKind } from './decision.ts'
import type { Outcome, Variable } from './variable.ts'

/** A small template in which the rule decides about `name`. */
export interface RuleExample {
  readonly template: string
  readonly name: string
  readonly decision: DecisionKind
  readonly form?: string
}

/** One reason to decide. Rules are asked in order; the first that has an answer decides. */
export interface DecisionRule {
  readonly id: string
  /** For docs and `--explain`. */
  readonly summary: string
  decide(variable: Variable): Outcome | undefined
  readonly examples: {
    readonly good: readonly RuleExample[]
    /** Templates in which another rule decides about `name`. */
    readonly bad: readonly Pick<RuleExample, 'template' | 'name'>[]
  }
}
