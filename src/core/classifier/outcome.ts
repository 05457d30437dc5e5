import { chooseForm } from './form-choice.ts'
import type { Outcome, Scope, Variable } from './variable.ts'

/** Comments that speak of this variable and no other. */
export const attached: readonly Scope[] = ['inline', 'direct']

/** Whether something random could stand there: no path, address, switch, structure or key file does now. */
export function isReplaceable({ value, name }: Variable): boolean {
  switch (value.kind) {
    case 'empty':
    case 'unset':
    case 'text':
      return !value.isProse || value.placeholder !== undefined || name.head !== undefined
    case 'setting':
    case 'reference':
    case 'path':
    case 'url':
    case 'structure':
    case 'key-material':
      return false
    default:
      value.kind satisfies never
      return false
  }
}

export function generate(variable: Variable, reason: string, confidence: number): Outcome {
  const { form, hint, isUsual } = chooseForm(variable)
  return {
    decision: 'generate',
    form,
    ...(isUsual && { isUsualForm: isUsual }),
    reason: hint === undefined ? reason : `${reason}; its form is in the ${wordOf(hint.scope)}`,
    confidence,
    ...(hint === undefined ? {} : { evidence: hint.evidence }),
  }
}

function wordOf(scope: Scope): string {
  return scope === 'value' ? 'value' : 'comment'
}

/** `ask` where something stands that must be replaced, or the comment says so; else it works without. */
export function ask(variable: Variable, reason: string, confidence: number): Outcome {
  const { value, family, name } = variable
  const isEmpty = value.kind === 'empty' || value.kind === 'unset'
  const isRequired = variable.hint(attached, 'required') !== undefined
  const isOptional = variable.hint(attached, 'optional') !== undefined || family.isSwitchedOff(name)
  const decision = isRequired || (!isEmpty && !isOptional) ? 'ask' : 'ask-optional'
  return { decision, reason, confidence }
}

export function keep(reason: string, confidence: number): Outcome {
  return { decision: 'keep', reason, confidence }
}

export function isEmpty({ value }: Variable): boolean {
  return value.kind === 'empty' || value.kind === 'unset'
}
