import { placeOf, type EnvDocument } from '../core/env-file/index.ts'
import type { Place } from '../core/errors.ts'
import { ownerOfCompanion } from '../core/names.ts'
import {
  allowancesOf,
  isSecretName,
  type Allowance,
  type Schema,
  type SchemaEntry,
} from '../core/schema/index.ts'

/** One value that a rule looks at. Holds values: never print it. */
interface SourceVariable {
  readonly name: string
  /** As `dotenv` reads it, references (`${…}`) not expanded. */
  readonly value: string
  readonly at: Place
  readonly allows: readonly Allowance[]
  /** Whether a later assignment of the same name counts instead of this one. */
  readonly isOverridden: boolean
}

/** A line that the file's readers do not take for an assignment, or a directive that says nothing. */
interface UnreadLine {
  readonly at: Place
  /** Absent for a line that is neither comment nor assignment. */
  readonly directiveProblem?: string
}

/** Values of one environment, with what is declared for them. */
export interface ValueSource {
  readonly kind: 'file' | 'process'
  readonly path: string
  readonly environment: string
  /** Why that environment: `--env`, `the file's name`, a variable, `default`. */
  readonly environmentSource: string
  readonly schema: Schema
  readonly variables: readonly SourceVariable[]
  readonly unread: readonly UnreadLine[]
}

export interface SourceContext {
  readonly environment: string
  readonly environmentSource?: string
  readonly schema: Schema
}

export function sourceOfDocument(document: EnvDocument, context: SourceContext): ValueSource {
  return {
    kind: 'file',
    path: document.path,
    environmentSource: 'default',
    ...context,
    variables: document.assignments.map(node => ({
      name: node.name,
      value: document.value(node),
      at: placeOf(document.path, node),
      allows: allowancesOf(document.directivesFor(node)),
      isOverridden: document.find(node.name) !== node,
    })),
    unread: [
      ...document.nodes
        .filter(node => node.kind === 'unreadable')
        .map(node => ({ at: placeOf(document.path, node) })),
      ...document
        .directiveProblems()
        .map(({ node, problem }) => ({ at: placeOf(document.path, node), directiveProblem: problem })),
    ],
  }
}

/**
 * The process environment: only what the schema names, because everything else there belongs to other programs.
 * `NAME_FILE` counts as the variable being there; what the file holds is the caller's to read.
 */
export function sourceOfProcess(
  values: Readonly<Record<string, string | undefined>>,
  context: SourceContext,
): ValueSource {
  const path = 'process environment'
  const variables = [...context.schema.keys()].flatMap(name => {
    const value = values[name]
    return value === undefined ? [] : [variableOfProcess(name, value, path)]
  })
  const files = [...context.schema.keys()].flatMap(name => {
    const value = values[`${name}_FILE`]
    return value === undefined ? [] : [variableOfProcess(`${name}_FILE`, value, path)]
  })
  return {
    kind: 'process',
    path,
    environmentSource: 'default',
    ...context,
    variables: [...variables, ...files],
    unread: [],
  }
}

function variableOfProcess(name: string, value: string, path: string): SourceVariable {
  return { name, value, at: { path }, allows: [], isOverridden: false }
}

/** A variable that counts, with what is known of it. */
export interface KnownVariable extends SourceVariable {
  readonly entry: SchemaEntry | undefined
  readonly isSecret: boolean
}

/**
 * The variables that count, each once. The companions of a rotation (`X_OLD`, `X_NEXT`, `X_OLD_UNTIL`) are left out
 * where `X` is there or declared: the tool writes them, and they are judged as `X`.
 */
export function countedVariables(source: ValueSource): readonly KnownVariable[] {
  const known = counted.get(source) ?? countVariables(source)
  counted.set(source, known)
  return known
}

/** Nearly every rule asks. */
const counted = new WeakMap<ValueSource, readonly KnownVariable[]>()

function countVariables(source: ValueSource): readonly KnownVariable[] {
  const names = new Set(source.variables.map(({ name }) => name))
  return source.variables
    .filter(({ name, isOverridden }) => !isOverridden && !isCompanion(name, source, names))
    .map(variable => {
      const entry = source.schema.get(variable.name)
      return { ...variable, entry, isSecret: entry?.secret ?? isSecretName(variable.name) }
    })
}

function isCompanion(name: string, { schema }: ValueSource, names: ReadonlySet<string>): boolean {
  const owner = ownerOfCompanion(name)
  return owner !== undefined && !schema.has(name) && (schema.has(owner) || names.has(owner))
}

/** Spellings of "nothing" that frameworks take for an unset value. */
export function isUnset(value: string): boolean {
  return /^(?:|null|\(null\)|none|nil|undefined|false|~)$/i.test(value.trim())
}
