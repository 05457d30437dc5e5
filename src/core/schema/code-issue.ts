import { namePattern } from '../names.ts'

/** What a schema in code has against one variable, in words of ours: the schema's own messages may quote the value. */
export interface CodeIssue {
  /** Absent where the schema looks at several variables together. */
  readonly name?: string
  /** `missing`, or the schema library's own word: `too_small`, `invalid_format`, `min_length`. */
  readonly code: string
  /** Second half of a sentence that begins with the name. */
  readonly problem: string
}

type Facts = Readonly<Record<string, unknown>>

/** More than anybody reads. */
const mostIssues = 1000

/**
 * Reads the issues of a Standard Schema (zod, valibot, arktype …), whatever they are. Taken over are the path's first
 * name, words and numbers that come from the schema; never a message. Pure, and throws for nothing that it is given.
 */
export function readIssues(issues: unknown, isThere: (name: string) => boolean): readonly CodeIssue[] {
  const list: readonly unknown[] = Array.isArray(issues) ? issues.slice(0, mostIssues) : []
  const read = list.flatMap(issue => readIssue(isFacts(issue) ? issue : {}, isThere))
  const distinct = new Map(read.map(one => [`${one.name ?? ''} ${one.code} ${one.problem}`, one]))
  return [...distinct.values()]
}

function readIssue(issue: Facts, isThere: (name: string) => boolean): readonly CodeIssue[] {
  const [first, second] = pathOf(issue)
  const code = wordOf(issue['code']) ?? wordOf(issue['type']) ?? 'invalid'
  const name = typeof first === 'string' && namePattern.test(first) ? first : undefined
  if (name === undefined && code === 'unrecognized_keys') {
    const keys: readonly unknown[] = Array.isArray(issue['keys']) ? issue['keys'] : []
    return keys
      .filter((key): key is string => typeof key === 'string' && isThere(key))
      .map(key => ({ name: key, code, problem: 'is not known to the schema' }))
  }
  if (name !== undefined && second === undefined && !isThere(name))
    return [{ name, code: 'missing', problem: 'is missing' }]
  const item = typeof second === 'number' ? ` (item ${String(second + 1)})` : ''
  return [{ ...(name === undefined ? {} : { name }), code, problem: `${problemOf(code, issue)}${item}` }]
}

/** Keys stand in a path as they are, or each in an object of its own. */
function pathOf({ path }: Facts): readonly unknown[] {
  const segments: readonly unknown[] = Array.isArray(path) ? path : []
  return segments.slice(0, 2).map(segment => (isFacts(segment) ? segment['key'] : segment))
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  date: 'a date',
  array: 'a list',
  object: 'an object',
}

/** What zod calls its issues; of other libraries the word itself is shown. */
function problemOf(code: string, issue: Facts): string {
  const of = (key: string): string => wordOf(issue[key]) ?? ''
  switch (code) {
    case 'invalid_type':
      return Object.hasOwn(kinds, of('expected')) ? `must be ${kinds[of('expected')] ?? ''}` : fallback(code)
    case 'too_small':
    case 'too_big':
      return sizeProblem(code === 'too_small', issue)
    case 'invalid_format':
      return of('format') === '' ? fallback(code) : `must be of the format ${of('format')}`
    case 'invalid_value':
      return 'must be one of the allowed values'
    case 'custom':
    case 'check':
      return 'does not pass a check of the schema'
    default:
      return fallback(code)
  }
}

function fallback(code: string): string {
  return code === 'invalid' ? 'does not fit the schema' : `does not fit the schema (${code})`
}

function sizeProblem(isTooSmall: boolean, issue: Facts): string {
  const limit = issue[isTooSmall ? 'minimum' : 'maximum']
  if (typeof limit !== 'number' && typeof limit !== 'bigint')
    return isTooSmall ? 'is too small' : 'is too large'
  // zod 3 calls it type.
  const origin = wordOf(issue['origin']) ?? wordOf(issue['type'])
  const unit = origin === 'string' ? ' characters' : origin === 'array' || origin === 'set' ? ' items' : ''
  const bound =
    issue['inclusive'] === false
      ? isTooSmall
        ? 'more than'
        : 'less than'
      : isTooSmall
        ? 'at least'
        : 'at most'
  return `must ${unit === '' ? 'be' : 'have'} ${bound} ${String(limit)}${unit}`
}

/** A word of a library's own vocabulary; what is longer or looks different may be anything. */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z]{2,16}(?:_[a-z]{1,16}){0,3}$/.test(value) ? value : undefined
}

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null
}
