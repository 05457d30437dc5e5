import { readFileSync, statSync } from 'node:fs'
import { readIssues, type CodeIssue } from './core/schema/code-issue.ts'
import { judgeDeclared } from './core/schema/declared-env.ts'
import type { DeclaredEnv } from './core/schema/declared.ts'

/**
 * For applications: the process environment, checked against a schema at start. Variables come from the environment, or
 * from the file that `NAME_FILE` names (docker secrets); an empty variable counts as one that is not there.
 */

/** What zod ≥ 3.24, valibot, arktype and others implement: https://standardschema.dev */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown, ...rest: never[]) => unknown
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The declarations of manifest and template: `env.declared.json`, which `secrets schema types` writes. */
export interface Declarations {
  readonly version: number
  readonly variables: Readonly<Record<string, object>>
  readonly environments?: Readonly<Record<string, object>>
}

/** What these declarations make of the environment; `env.d.ts`, which the same command writes, fills it. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- for others to extend
export interface Env {}

/** What the schema makes of the environment. */
export type EnvOf<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']

/** One problem. Nothing in it holds a value. */
export interface EnvIssue {
  /** Absent where the schema looks at several variables together. */
  readonly name?: string
  /** `missing`, `unreadable_file`, or the schema library's own word. */
  readonly code: string
  readonly message: string
}

export interface EnvCheck {
  readonly ok: boolean
  readonly issues: readonly EnvIssue[]
}

/** The environment does not fit; the message is the whole report, one line for each problem. */
export class EnvError extends Error {
  readonly issues: readonly EnvIssue[]

  constructor(issues: readonly EnvIssue[]) {
    const lines = issues.map(({ code, message }) => `  process environment: error: ${message} [${code}]`)
    const count = `${String(issues.length)} ${issues.length === 1 ? 'problem' : 'problems'}`
    super(`the environment does not fit the schema: ${count}\n${lines.join('\n')}`)
    this.name = 'EnvError'
    this.issues = issues
  }
}

/** The variables as the schema makes them. Throws `EnvError` with every problem at once. */
export function loadEnv(declarations: Declarations): Env
export function loadEnv<S extends StandardSchema>(schema: S): EnvOf<S>
export function loadEnv(schema: StandardSchema | Declarations): unknown {
  const { value, issues } = judge(schema)
  if (issues.length === 0) return value
  const error = new EnvError(issues)
  // Where the application asked, not where this file found it.
  Error.captureStackTrace(error, loadEnv)
  throw error
}

/** Whether the environment fits now, without any value: for a health route or a test. */
export function checkEnv(schema: StandardSchema | Declarations): EnvCheck {
  const { issues } = judge(schema)
  return { ok: issues.length === 0, issues }
}

interface Verdict {
  readonly value?: unknown
  readonly issues: readonly EnvIssue[]
}

function judge(schema: StandardSchema | Declarations): Verdict {
  const { values, unreadable } = readEnvironment(process.env)
  if (isDeclared(schema)) {
    // The application's own clock: this is the root of a program, not of the core, which takes time as an argument.
    const { value, issues } = judgeDeclared(schema as DeclaredEnv, name => values[name], Date.now())
    const found = issues.filter(({ name = '' }) => !unreadable.has(name)).map(issueOf)
    return { value, issues: [...filesOf(unreadable), ...found] }
  }
  const result = validate(schema, values)
  if (result === undefined) {
    const message = 'the schema threw an error instead of an answer'
    return { issues: [{ code: 'schema_failed', message }, ...filesOf(unreadable)] }
  }
  const found = readIssues(result.issues, name => values[name] !== undefined).map(issueOf)
  // A schema that refuses with issues that cannot be read has refused all the same.
  const said = result.issues === undefined || found.length > 0 ? found : [refused]
  const issues = [...filesOf(unreadable), ...said.filter(({ name = '' }) => !unreadable.has(name))]
  return 'value' in result ? { value: result.value, issues } : { issues }
}

function issueOf({ name, code, problem }: CodeIssue): EnvIssue {
  return {
    ...(name === undefined ? {} : { name }),
    code,
    message: name === undefined ? `the variables together: ${problem}` : `"${name}" ${problem}`,
  }
}

function isDeclared(schema: StandardSchema | Declarations): schema is Declarations {
  const given: unknown = schema
  return isObject(given) && given['version'] === 1 && isObject(given['variables']) && !('~standard' in given)
}

const refused: EnvIssue = { code: 'invalid', message: 'the variables together: do not fit the schema' }

interface SchemaResult {
  readonly value?: unknown
  readonly issues?: unknown
}

/** `undefined` where the schema threw: its error may quote a value, so it ends here. */
function validate(schema: StandardSchema, values: unknown): SchemaResult | undefined {
  const standard: unknown = (schema as StandardSchema | undefined)?.['~standard']
  if (!isObject(standard) || typeof standard['validate'] !== 'function')
    throw new TypeError(
      'the schema is no Standard Schema: zod 3.24 and later, valibot, arktype and others are',
    )
  let result: unknown
  try {
    result = schema['~standard'].validate(values)
  } catch {
    return undefined
  }
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new TypeError(
      'the schema has asynchronous checks: an application cannot wait for them at its start',
    )
  }
  return isObject(result) ? result : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

interface Environment {
  readonly values: Readonly<Record<string, string | undefined>>
  /** Variables whose file could not be read, filled while the schema asks for them. */
  readonly unreadable: ReadonlySet<string>
}

function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const unreadable = new Set<string>()
  const values = Object.create(null) as Record<string, string | undefined>
  // An empty variable is none: a schema would make the number 0 of it.
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && value !== '') values[name] = value
  for (const [name, path] of Object.entries(values)) {
    const owner = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : ''
    if (owner === '' || path === undefined || values[owner] !== undefined) continue
    let text: string | undefined
    let isRead = false
    // Read only when the schema asks for it: LOG_FILE is no secret's file, and is left alone.
    Object.defineProperty(values, owner, {
      get() {
        if (!isRead) text = readSecretFile(path, () => unreadable.add(owner))
        isRead = true
        return text
      },
    })
  }
  return { values, unreadable }
}

const mostBytes = 1_048_576

/** Without its last line end, which editors and `echo` put there; empty counts as nothing. */
function readSecretFile(path: string, fail: () => void): string | undefined {
  try {
    const facts = statSync(path)
    // A pipe would be waited for.
    if (!facts.isFile() || facts.size > mostBytes) throw new RangeError('no secret')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    const value = text.replace(/\r?\n$/, '')
    return value === '' ? undefined : value
  } catch {
    fail()
    return undefined
  }
}

function filesOf(unreadable: ReadonlySet<string>): readonly EnvIssue[] {
  return Array.from(unreadable, name => ({
    name,
    code: 'unreadable_file',
    message: `"${name}" cannot be read from the file that ${name}_FILE names`,
  }))
}
