import { suggest } from '../suggest.ts'
import { booleanType } from './types/boolean.ts'
import { emailType } from './types/email.ts'
import { integerType } from './types/integer.ts'
import { jsonType } from './types/json.ts'
import { createListType } from './types/list.ts'
import { numberType } from './types/number.ts'
import { portType } from './types/port.ts'
import { stringType } from './types/string.ts'
import { urlType } from './types/url.ts'
import type { ValueProblem, ValueSpec, ValueType, ValueTypeDefinition } from './value-type.ts'

/** The registry of value types: one file and one line each. */
export const valueTypeDefinitions: Readonly<Record<ValueType, ValueTypeDefinition>> = {
  string: stringType,
  integer: integerType,
  number: numberType,
  boolean: booleanType,
  port: portType,
  url: urlType,
  email: emailType,
  json: jsonType,
  list: createListType((value, spec) => checkValue(spec, value)),
}

/**
 * What is wrong with a value, or `undefined`. An empty value has no type, and one with a reference that is not
 * expanded yet (`${NAME}`, `$NAME`) cannot be judged: both pass. Pure; the answer never quotes the value.
 */
export function checkValue(spec: ValueSpec, value: string): ValueProblem | undefined {
  if (value === '' || hasReference(value)) return undefined
  const definition = valueTypeDefinitions[spec.type ?? 'string']
  return definition.check(value, spec) ?? checkSize(definition, spec, value) ?? checkAllowed(spec, value)
}

export function hasReference(value: string): boolean {
  return /\$(?:\{|[A-Z_][A-Z0-9_]*)/.test(value)
}

function checkSize(
  definition: ValueTypeDefinition,
  spec: ValueSpec,
  value: string,
): ValueProblem | undefined {
  const { min, max, length } = spec
  const measured = definition.measure?.(value, spec)
  if (measured === undefined) return undefined
  const { amount, unit } = measured
  const sized = (limit: number): string => `${String(limit)}${unit === '' ? '' : ` ${unit}`}`
  if (length !== undefined && unit !== '' && amount !== length) {
    return { problem: `must have exactly ${sized(length)}`, fix: `give it exactly ${sized(length)}` }
  }
  const verb = unit === '' ? 'be' : 'have'
  if (min !== undefined && amount < min) return bound(`must ${verb} at least ${sized(min)}`)
  if (max !== undefined && amount > max) return bound(`must ${verb} at most ${sized(max)}`)
  return undefined
}

function bound(problem: string): ValueProblem {
  return { problem, fix: 'choose a value within these bounds' }
}

function checkAllowed({ values }: ValueSpec, value: string): ValueProblem | undefined {
  if (values === undefined || values.includes(value)) return undefined
  const meant = suggest(value, values)
  const shown = values.length <= 12 && values.every(allowed => /^[\w.:/-]{1,32}$/.test(allowed))
  return {
    problem: 'must be one of the allowed values',
    fix:
      meant !== undefined
        ? `did you mean ${meant}?`
        : shown
          ? `choose ${values.join(', ')}`
          : 'choose one of them',
  }
}
