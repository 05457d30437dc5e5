/** A variable that a text refers to. */
export interface Reference {
  readonly name: string
  /** `-` a fallback, `?` stops the start, `+` a replacement where it is set; empty: the value or nothing. */
  readonly operator: '' | '-' | '?' | '+'
  /** Whether an empty value counts as none (`:-`, `:?`, `:+`). */
  readonly isStrict: boolean
  /** Behind the operator, as it is written. Holds a value. */
  readonly text: string
  /** Whether it had a value that counts. */
  readonly isSet: boolean
}

export interface Interpolated {
  readonly value: string
  /** Those whose value was asked for, in their order; of a fallback only where it is used. */
  readonly references: readonly Reference[]
  /** Whether Compose refuses the text: a `$` that begins nothing, or a brace that does not end. */
  readonly isInvalid: boolean
}

export type Lookup = (name: string) => string | undefined

/** No real text comes near it. */
const deepest = 20

/**
 * A text as Compose makes it before it reads it: `$NAME`, `${NAME}`, `${NAME:-text}`, `-`, `:?`, `?`, `:+`, `+`, nested, and
 * `$$` for a dollar; what is not set is empty. Source: https://docs.docker.com/reference/compose-file/interpolation/ and, for
 * what is invalid, the template package of compose-go v2. `isLoose`: as its reader of env files takes it, for which a
 * single `$` is itself. Pure, linear in the text for each level of nesting.
 */
export function interpolate(text: string, lookup: Lookup, isLoose = false): Interpolated {
  const references: Reference[] = []
  const state = { isInvalid: false }
  const value = expand(text, { lookup, isLoose, references, state }, 0)
  return { value, references, isInvalid: state.isInvalid }
}

interface Work {
  readonly lookup: Lookup
  readonly isLoose: boolean
  readonly references: Reference[]
  readonly state: { isInvalid: boolean }
}

const nameAt = /[A-Za-z_][A-Za-z0-9_]*/y

function expand(text: string, work: Work, depth: number): string {
  if (!text.includes('$')) return text
  if (depth > deepest) {
    work.state.isInvalid = true
    return ''
  }
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    const dollar = text.indexOf('$', at)
    if (dollar === -1) break
    parts.push(text.slice(at, dollar))
    const next = text[dollar + 1]
    if (next === '$') {
      parts.push('$')
      at = dollar + 2
      continue
    }
    const end = next === '{' ? endOfBrace(text, dollar + 2) : undefined
    const name = next === '{' ? '' : nameIn(text, dollar + 1)
    if (next === '{' && end === undefined) {
      // Nothing behind it ends either: each later one would be looked for to the end of the text again.
      work.state.isInvalid = true
      at = dollar
      break
    }
    if (end !== undefined) {
      parts.push(expandBraced(text.slice(dollar + 2, end), work, depth))
      at = end + 1
    } else if (name !== '') {
      parts.push(valueOf({ name, operator: '', isStrict: false, text: '' }, work, depth))
      at = dollar + 1 + name.length
    } else {
      if (!work.isLoose) work.state.isInvalid = true
      parts.push('$')
      at = dollar + 1
    }
  }
  parts.push(text.slice(at))
  return parts.join('')
}

function nameIn(text: string, from: number): string {
  nameAt.lastIndex = from
  return nameAt.exec(text)?.[0] ?? ''
}

/** The brace that ends what began before `from`, nested ones counted. */
function endOfBrace(text: string, from: number): number | undefined {
  let open = 1
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '}') open -= 1
    else if (text[at] === '$' && text[at + 1] === '{') open += 1
    if (open === 0) return at
  }
  return undefined
}

function expandBraced(inner: string, work: Work, depth: number): string {
  const name = nameIn(inner, 0)
  const rest = inner.slice(name.length)
  const [, colon, operator] = /^(:?)([-?+])/.exec(rest) ?? []
  if (name === '' || (rest !== '' && operator === undefined)) {
    work.state.isInvalid = true
    return ''
  }
  const isStrict = colon === ':'
  const text = rest.slice((colon ?? '').length + (operator ?? '').length)
  return valueOf({ name, operator: (operator ?? '') as Reference['operator'], isStrict, text }, work, depth)
}

function valueOf(reference: Omit<Reference, 'isSet'>, work: Work, depth: number): string {
  const { name, operator, isStrict, text } = reference
  const value = work.lookup(name)
  const isSet = value !== undefined && !(isStrict && value === '')
  work.references.push({ ...reference, isSet })
  if (operator === '+') return isSet ? expand(text, work, depth + 1) : ''
  if (isSet) return value
  return operator === '-' ? expand(text, work, depth + 1) : ''
}
