import type { EffectiveService } from '../core/compose/effective.ts'
import { placeOf, type AssignmentNode, type EnvDocument } from '../core/env-file/index.ts'
import type { Place } from '../core/errors.ts'
import { ownerOfCompanion } from '../core/names.ts'
import { findPlaceholder } from '../core/placeholder.ts'
import {
  allowancesOf,
  hasReference,
  isSecretName,
  type Allowance,
  type CodeIssue,
  splitName,
  type Schema,
  type SchemaEntry,
} from '../core/schema/index.ts'
import type { FileFacts } from './files/facts.ts'

/** One value that a rule looks at. Holds values: never print it. */
interface SourceVariable {
  readonly name: string
  /** As `dotenv` reads it, references (`${…}`) not expanded. */
  readonly value: string
  readonly at: Place
  readonly allows: readonly Allowance[]
  /** Whether a later assignment of the same name counts instead of this one. */
  readonly isOverridden: boolean
  /** When the previous value stops being accepted, as the rotation wrote it above the variable. */
  readonly graceUntil?: string
  /** In single quotes, where no reader expands references. */
  readonly isLiteral?: true
  /** How the value is made, as a directive above the variable says. */
  readonly form?: string
}

/** A line that the file's readers do not take for an assignment, or a directive that says nothing. */
interface UnreadLine {
  readonly at: Place
  /** Absent for a line that is neither comment nor assignment. */
  readonly directiveProblem?: string
}

export const secretFileProblems = [
  'missing',
  'unreadable',
  'too-large',
  'empty',
  'writable',
  'readable',
] as const

/** Of the file that holds a value in the place of a variable. */
export interface SecretFileFact {
  readonly name: string
  readonly problem: (typeof secretFileProblems)[number]
}

/** Stands for a value that is there and that nobody has read: like a reference it is set, and nothing else is known of it. */
export const unreadValue = '${}'

/** Values of one environment, with what is declared for them. */
export interface ValueSource {
  /** `compose`: what the container of one service gets. */
  readonly kind: 'file' | 'process' | 'provider' | 'compose'
  readonly path: string
  readonly environment: string
  /** Why that environment: `--env`, `the file's name`, a variable, `default`. */
  readonly environmentSource: string
  /** Names whose value is still the one of the template: nobody has decided on them yet. */
  readonly kept: ReadonlySet<string>
  readonly schema: Schema
  readonly variables: readonly SourceVariable[]
  readonly unread: readonly UnreadLine[]
  /** What the project's schema in code has against the values, and where that schema is. */
  readonly code?: { readonly at: Place; readonly issues: readonly CodeIssue[] }
  /** Of a file that holds secrets or has declared readers. */
  readonly facts?: FileFacts
  readonly compose?: EffectiveService
  /** What is wrong with files that `NAME_FILE` names; `name` is without `_FILE`. */
  readonly secretFiles?: readonly SecretFileFact[]
}

export interface SourceContext {
  readonly environment: string
  readonly environmentSource?: string
  readonly kept?: ReadonlySet<string>
  readonly schema: Schema
}

export function sourceOfDocument(document: EnvDocument, context: SourceContext): ValueSource {
  return {
    kind: 'file',
    path: document.path,
    environmentSource: 'default',
    kept: new Set(),
    ...context,
    variables: document.assignments.map(node => variableOfDocument(document, node)),
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

function variableOfDocument(document: EnvDocument, node: AssignmentNode): SourceVariable {
  const directives = document.directivesFor(node)
  const until = directives.find(({ verb, args }) => verb === 'rotation' && args[0] === node.name)?.keys[
    'until'
  ]
  const [form] = directives.find(({ verb }) => verb === 'generate')?.args ?? []
  return {
    name: node.name,
    value: document.value(node),
    at: placeOf(document.path, node),
    allows: allowancesOf(directives),
    isOverridden: document.find(node.name) !== node,
    ...(node.quote === 'single' ? { isLiteral: true } : {}),
    ...(until === undefined ? {} : { graceUntil: until }),
    ...(form === undefined ? {} : { form }),
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
    kept: new Set(),
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

/**
 * The variables of a family, in the order of the source: names end with its words, or are the whole name where it
 * begins with `=`. The index costs one pass over the source for all rules together.
 */
export function variablesNamed(source: ValueSource, family: readonly string[]): readonly KnownVariable[] {
  const index = indexes.get(source) ?? indexNames(source)
  indexes.set(source, index)
  return [...new Set(family.flatMap(name => index.get(name) ?? []))]
}

const indexes = new WeakMap<ValueSource, ReadonlyMap<string, readonly KnownVariable[]>>()
/** No family has a name of more words. */
const mostWords = 6

function indexNames(source: ValueSource): ReadonlyMap<string, readonly KnownVariable[]> {
  const index = new Map<string, KnownVariable[]>()
  for (const variable of countedVariables(source)) {
    const words = splitName(variable.name)
    const tails = words.slice(-mostWords).map((_, at, last) => last.slice(at).join('_'))
    for (const tail of [`=${words.join('_')}`, ...tails]) {
      const known = index.get(tail)
      if (known === undefined) index.set(tail, [variable])
      else known.push(variable)
    }
  }
  return index
}

/**
 * Whether the variable and the environment itself stand there as the template has them: a template that is made for
 * production in one line and for a developer in the next says nothing of where this file will be used.
 */
export function isUndecided({ kept, environmentSource }: ValueSource, name: string): boolean {
  return kept.has(environmentSource) && kept.has(name)
}

/** Spellings of "nothing" that frameworks take for an unset value. */
export function isUnset(value: string): boolean {
  return /^(?:|null|\(null\)|none|nil|undefined|false|~)$/i.test(value.trim())
}

/** Whether the file holds a value that would have to be rotated if somebody else read it. */
export function holdsSecret(source: ValueSource): boolean {
  return countedVariables(source).some(
    ({ name, value, isSecret }) =>
      isSecret &&
      !source.kept.has(name) &&
      !isUnset(value) &&
      !hasReference(value) &&
      findPlaceholder(value) === undefined,
  )
}
