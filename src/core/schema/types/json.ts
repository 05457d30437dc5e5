import type { ValueTypeDefinition } from '../value-type.ts'

export const jsonType: ValueTypeDefinition = {
  id: 'json',
  check: value =>
    isJson(value)
      ? undefined
      : {
          problem: 'must be JSON',
          fix: 'put the value in single quotes, its keys and texts in double quotes',
        },
}

/** The parser's own message quotes the text, so it ends here. */
function isJson(value: string): boolean {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}
