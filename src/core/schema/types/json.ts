import type { ValueProblem, ValueTypeDefinition } from '../value-type.ts'

export const jsonType: ValueTypeDefinition = {
  id: 'json',
  check: (value, { schema }) => {
    const parsed = parse(value)
    if (parsed === undefined) {
      return {
        problem: 'must be JSON',
        fix: 'put the value in single quotes, its keys and texts in double quotes',
      }
    }
    if (schema === undefined) return undefined
    // A value that nobody has looked at must not pass for a good one.
    if (schema.check === undefined) throw new Error('a schema is used before it is compiled')
    const problem = schema.check(parsed.value)
    return problem === undefined ? undefined : schemaProblem(problem)
  },
}

function schemaProblem(problem: string): ValueProblem {
  return { problem: `does not fit its JSON Schema: ${problem}`, fix: 'see the schema in the manifest' }
}

/** The parser's own message quotes the text, so it ends here. */
function parse(value: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(value) as unknown }
  } catch {
    return undefined
  }
}
