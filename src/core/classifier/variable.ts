import type { AssignmentNode, EnvDocument, EnvNode } from '../env-file/index.ts'
import { findLanguage, findLanguageAmong } from '../template-language.ts'
import { type CommentGroup, type Comments, readComments } from './comments.ts'
import type { DecisionKind, Evidence } from './decision.ts'
import { Family } from './family.ts'
import { findHint, type Hint, type HintKind, readHints } from './hints.ts'
import type { NameFacts } from './name.ts'
import { readValue, type ValueFacts } from './value.ts'

/** From where a hint is taken, nearest first. `named`: a comment elsewhere that names the variable. */
export type Scope = 'value' | 'inline' | 'direct' | 'covering' | 'named' | 'section' | 'header'

export interface FoundHint extends Hint {
  readonly scope: Scope
  readonly evidence: Evidence
}

/** One variable with everything that the rules look at. */
export interface Variable {
  readonly node: AssignmentNode
  readonly name: NameFacts
  readonly text: string
  readonly value: ValueFacts
  readonly family: Family
  /** The nearest hint of one of these kinds in these scopes. */
  hint(scopes: readonly Scope[], ...kinds: readonly HintKind[]): FoundHint | undefined
  /** Comments near the variable, nearest first; what names it elsewhere last. */
  readonly comments: readonly CommentGroup[]
}

/** What a rule says of a variable. */
export interface Outcome {
  readonly decision: DecisionKind
  readonly form?: string
  readonly isUsualForm?: true
  readonly reason: string
  readonly confidence: number
  readonly evidence?: Evidence
}

/** `NAME` in the words of a comment. */
const namePattern = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g

/** The variables of a template: the assignment that counts of each name, in the order of the file. */
export function readVariables(document: EnvDocument): readonly Variable[] {
  const { of, groups } = readComments(document)
  const family = new Family(document)
  const named = findNamed(document, groups)
  const hintsOf = memoize(({ text }: CommentGroup) => readHints(text))
  const languageOf = isInLanguage(document) ? findLanguageAmong : findLanguage
  const nodes = document.assignments.filter(node => document.find(node.name) === node)
  return nodes.flatMap(node => {
    const name = family.names.get(node)
    if (name === undefined) return []
    const text = document.value(node)
    const scopes = scopesOf(of.get(node) ?? {}, named.get(node.name) ?? [])
    const value = readValue(text, languageOf)
    const ofValue = memoize(() => (value.placeholder === undefined ? [] : readHints(speak(text))))
    const valuePlace = { line: node.valueLine, column: node.valueColumn }
    return {
      node,
      name,
      text,
      value,
      family,
      comments: scopes.map(({ group }) => group),
      hint(wanted, ...kinds) {
        const inValue = wanted.includes('value') ? findHint(ofValue(node), ...kinds) : undefined
        if (inValue !== undefined) return { ...inValue, scope: 'value', evidence: valuePlace }
        for (const { scope, group } of scopes) {
          const hint = wanted.includes(scope) ? findHint(hintsOf(group), ...kinds) : undefined
          if (hint !== undefined) return { ...hint, scope, evidence: group.placeOf(hint.at) }
        }
        return undefined
      },
    } satisfies Variable
  })
}

/** Whether any other part of the file is an expression: lines that nobody reads, comments, whole values. */
function isInLanguage(document: EnvDocument): boolean {
  return document.nodes.some(node => {
    switch (node.kind) {
      case 'comment':
      case 'unreadable':
      case 'assignment':
        return findLanguage(node.kind === 'comment' ? node.text : sourceOf(document, node)) !== undefined
      case 'blank':
      case 'commented-assignment':
      case 'directive':
        return false
      default:
        node satisfies never
        return false
    }
  })
}

function sourceOf(document: EnvDocument, node: EnvNode): string {
  return node.kind === 'assignment' ? document.value(node) : document.sourceText(node)
}

interface ScopedGroup {
  readonly scope: Scope
  readonly group: CommentGroup
}

function scopesOf(comments: Comments, named: readonly CommentGroup[]): readonly ScopedGroup[] {
  const { inline, direct, covering, section, header } = comments
  const near: readonly (readonly [Scope, CommentGroup | undefined])[] = [
    ['inline', inline],
    ['direct', direct],
    ['covering', covering],
  ]
  const elsewhere = named.map(group => ['named', group] as const)
  return [...near, ...elsewhere, ['section', section] as const, ['header', header] as const].flatMap(
    ([scope, group]) => (group === undefined ? [] : [{ scope, group }]),
  )
}

/** More comments than this never speak of one name; it bounds the work for hostile files. */
const mostMentions = 8

function findNamed(
  document: EnvDocument,
  groups: readonly CommentGroup[],
): ReadonlyMap<string, readonly CommentGroup[]> {
  const found = new Map<string, CommentGroup[]>()
  for (const group of groups) {
    for (const name of new Set(group.text.match(namePattern))) {
      if (document.find(name) === undefined) continue
      const known = found.get(name) ?? []
      if (known.length < mostMentions) found.set(name, [...known, group])
    }
  }
  return found
}

/** A placeholder as words: `PUT_32_CHARS_HERE`, `TextOf32Chars` → with blanks between words and numbers. */
function speak(text: string): string {
  const words = text
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z])(?=[A-Z\d])/g, '$1 ')
    .replace(/(\d)(?=[A-Z][a-z])/g, '$1 ')
  return `${text}\n${words}`
}

function memoize<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return key => {
    const hit = known.get(key)
    if (hit !== undefined) return hit.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}
