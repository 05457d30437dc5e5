import { commandHints } from './command-hints.ts'
import { frameworkHints } from './framework-hints.ts'
import type { Hint, HintKind, HintRule } from './hint.ts'
import { lengthHints } from './length-hints.ts'
import { wordHints } from './word-hints.ts'

export type { Hint, HintKind, HintRule } from './hint.ts'

/** Every rule that reads words. Of the lengths only the first that matches counts; a command says more than any. */
export const hintRules: readonly HintRule[] = [
  ...commandHints,
  ...frameworkHints,
  ...wordHints,
  ...lengthHints,
]

/** What a comment (or a value that speaks) says. Of each rule the first place; in the order of the rules. */
export function readHints(text: string): readonly Hint[] {
  const hints: Hint[] = []
  let hasLength = false
  for (const rule of hintRules) {
    if (rule.kind === 'length' && hasLength) continue
    const hint = readHint(rule, text)
    if (hint === undefined) continue
    hints.push(hint)
    hasLength ||= rule.kind === 'length' && hint.form !== undefined
  }
  return hints
}

export function readHint(rule: HintRule, text: string): Hint | undefined {
  const match = rule.pattern.exec(text)
  if (match === null) return undefined
  const end = match.index + match[0].length
  const lineEnd = text.indexOf('\n', end)
  const form = rule.form?.(match, text.slice(end, lineEnd === -1 ? undefined : lineEnd))
  return { rule: rule.id, kind: rule.kind, at: match.index, ...(form === undefined ? {} : { form }) }
}

export function findHint(hints: readonly Hint[], ...kinds: readonly HintKind[]): Hint | undefined {
  return hints.find(({ kind }) => kinds.includes(kind))
}
