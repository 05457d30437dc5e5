import type { AssignmentNode, Directive, EnvDocument } from '../env-file/index.ts'
import { isPasswordName } from '../schema/secret-names.ts'
import type { Decision, Verdict } from './decision.ts'
import { commentsOf } from './hints.ts'
import { passwordInUrl, sameText, valuesOf } from './relations.ts'
import { judge } from './verdict.ts'

export type { Decision } from './decision.ts'
export { deriveValue } from './relations.ts'

export interface ClassifyOptions {
  /** Shown in the decisions; the document's path where absent. */
  readonly file?: string
  /** What somebody said of a variable: wins over everything in the template. */
  readonly overrides?: ReadonlyMap<
    string,
    { readonly decision: Decision['decision']; readonly form?: string; readonly reason: string }
  >
}

/**
 * What to do with each variable of a template, in its order, the last assignment of a name. Pure. Directives decide
 * first, then the words of name, value and comment, then relations between variables.
 */
export function classify(document: EnvDocument, options: ClassifyOptions = {}): Decision[] {
  const file = options.file ?? document.path
  const nodes = document.assignments.filter(node => document.find(node.name) === node)
  const verdicts = new Map(nodes.map(node => [node.name, verdictOf(document, node, options)]))
  const isGenerated = (name: string): boolean => verdicts.get(name)?.decision === 'generate'
  const generated = valuesOf(document, new Set(nodes.map(({ name }) => name).filter(isGenerated)))
  const passwords = new Map<string, string>()
  return nodes.map(node => {
    const own = verdicts.get(node.name) ?? {
      decision: 'keep',
      reason: 'nothing is known of it',
      confidence: 0,
    }
    const verdict =
      own.confidence === 1 ? own : (relate(document.value(node), node, own, generated, passwords) ?? own)
    const value = generated.get(node.name)
    const isPassword = verdict.decision === 'generate' && isPasswordName(node.name)
    if (isPassword && value !== undefined) passwords.set(node.name, value)
    return { file, name: node.name, line: node.line, ...verdict }
  })
}

function verdictOf(document: EnvDocument, node: AssignmentNode, options: ClassifyOptions): Verdict {
  const override = options.overrides?.get(node.name)
  if (override !== undefined) return { ...override, confidence: 1 }
  const directive = document
    .directivesFor(node)
    .find(({ verb }) => ['generate', 'ask', 'keep'].includes(verb))
  if (directive !== undefined) return directed(directive)
  const comments = commentsOf(document, node)
  const verdict = judge({ name: node.name, value: document.value(node), comment: comments.text })
  return { ...verdict, evidence: { line: comments.line, column: 1 } }
}

function directed({ verb, args }: Directive): Verdict {
  const said = { reason: 'a directive in the template says so', confidence: 1 }
  if (verb === 'generate') return { decision: 'generate', form: args[0] ?? 'hex:32', ...said }
  return { decision: verb === 'ask' ? 'ask' : 'keep', ...said }
}

/** A password inside a URL, and one password under two names, must stay one value. */
function relate(
  value: string,
  node: AssignmentNode,
  own: Verdict,
  generated: ReadonlyMap<string, string>,
  passwords: ReadonlyMap<string, string>,
): Verdict | undefined {
  const inside = passwordInUrl(value, generated)
  if (inside !== undefined) {
    return {
      decision: 'derive',
      from: `contains:${inside}`,
      reason: `it contains the password of ${inside}`,
      confidence: 0.9,
    }
  }
  if (own.decision !== 'generate' || !isPasswordName(node.name)) return undefined
  const same = sameText(value, passwords)
  if (same === undefined || same === node.name) return undefined
  return {
    decision: 'derive',
    from: `same-as:${same}`,
    reason: `the template gives it the same value as ${same}`,
    confidence: 0.7,
  }
}
