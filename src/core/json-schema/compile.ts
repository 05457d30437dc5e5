import { RE2JS } from 're2js'
import { keywordOf } from './keywords.ts'
import { Check, type Compiled, type JsonSchema } from './check.ts'

export interface SchemaProblem {
  /** Where in the schema: `/properties/port/minimum`. */
  readonly pointer: string
  /** Second half of a sentence about that place. */
  readonly problem: string
}

/** Far above any real schema. */
const mostNodes = 20_000
const deepest = 64

/**
 * Makes a JSON Schema (2020-12, without what looks elsewhere) ready. Every keyword is either obeyed or refused: one that is
 * passed over would let a wrong value through. Our own, because the libraries compile schemas into code or give `pattern` to
 * JavaScript's RegExp, which a value of somebody else's choosing can keep busy for hours: here it is RE2, in linear time.
 * `$ref` stays within the document. Pure.
 */
export function compileJsonSchema(
  root: unknown,
):
  | { readonly check: (value: unknown) => string | undefined }
  | { readonly problems: readonly SchemaProblem[] } {
  const problems: SchemaProblem[] = []
  const compiled: Compiled = { root: root as JsonSchema, patterns: new Map(), targets: new Map() }
  new Reader(root, compiled, problems).read(root, '', 0)
  if (problems.length > 0) return { problems }
  return { check: value => new Check(compiled).problemOf(value) }
}

class Reader {
  readonly #root: unknown
  readonly #compiled: Compiled
  readonly #problems: SchemaProblem[]
  #nodes = 0

  constructor(root: unknown, compiled: Compiled, problems: SchemaProblem[]) {
    this.#root = root
    this.#compiled = compiled
    this.#problems = problems
  }

  read(schema: unknown, pointer: string, depth: number): void {
    this.#nodes += 1
    if (typeof schema === 'boolean') return
    if (!isObject(schema)) {
      this.#wrong(pointer, 'must be a schema: a mapping, true or false')
      return
    }
    if (depth > deepest || this.#nodes > mostNodes) {
      this.#wrong(pointer, 'is too large for a schema')
      return
    }
    for (const [key, value] of Object.entries(schema))
      this.#readKeyword(key, value, `${pointer}/${key}`, depth)
  }

  #readKeyword(key: string, value: unknown, at: string, depth: number): void {
    const kind = keywordOf(key)
    if (kind === undefined) {
      this.#wrong(at, 'is no keyword that is checked here: a value would pass unchecked')
      return
    }
    switch (kind) {
      case 'note':
        return
      case 'schema': {
        this.read(value, at, depth + 1)
        return
      }
      case 'schemas':
        if (!Array.isArray(value) || value.length === 0) {
          this.#wrong(at, 'must be a list of schemas')
          return
        }
        for (const [index, one] of value.entries()) this.read(one, `${at}/${String(index)}`, depth + 1)
        return
      case 'named':
        if (!isObject(value)) {
          this.#wrong(at, 'must be a mapping of schemas')
          return
        }
        for (const [name, one] of Object.entries(value)) {
          if (key === 'patternProperties') this.#readPattern(name, at)
          this.read(one, `${at}/${name}`, depth + 1)
        }
        return
      case 'pattern': {
        this.#readPattern(value, at)
        return
      }
      case 'ref': {
        this.#readRef(value, at)
        return
      }
      default:
        if (!kind.is(value)) this.#wrong(at, kind.must)
    }
  }

  #readPattern(source: unknown, at: string): void {
    if (typeof source !== 'string' || source.length > 1000) {
      this.#wrong(at, 'must be a regular expression')
      return
    }
    try {
      const pattern = RE2JS.compile(source)
      this.#compiled.patterns.set(source, text => pattern.matcher(text).find())
    } catch {
      this.#wrong(at, 'is no regular expression of RE2 (no look-around, no back-references)')
    }
  }

  #readRef(value: unknown, at: string): void {
    if (typeof value !== 'string' || !/^#(?:$|\/)/.test(value)) {
      this.#wrong(at, 'must stay in this schema: #/$defs/name; nothing is loaded from elsewhere')
      return
    }
    let target: unknown = this.#root
    for (const part of value.split('/').slice(1)) {
      const name = decodePart(part)
      target = isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined
    }
    if (typeof target !== 'boolean' && !isObject(target)) {
      this.#wrong(at, 'refers to what is not there')
      return
    }
    this.#compiled.targets.set(value, target)
  }

  #wrong(pointer: string, problem: string): void {
    this.#problems.push({ pointer, problem })
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
